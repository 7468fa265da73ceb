"""The traps of San Francisco's 311 requests."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

REPORT = "silver.incident_report"
PLACE = ("longitude", "latitude", "address", "location_precision_m")


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("datasf_311_requests")


def changed(source: Any, **values: str) -> bytes:
    """The third line of the slice, which has a place, with some fields changed."""
    reader = csv.DictReader(io.StringIO(source.slice.decode(), newline=""))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, reader.fieldnames or [])
    writer.writeheader()
    writer.writerow({**list(reader)[2], **values})
    return out.getvalue().encode()


def test_zero_pair_means_no_place(source: Any) -> None:
    """2,191 of 5,347 requests have none; none of them lands in the Atlantic."""
    rows = source.full.rows(REPORT)
    unplaced = [row for row in rows if row["longitude"] is None]
    assert len(unplaced) == 2_191
    assert all(row[column] is None for row in unplaced for column in PLACE)
    assert all(row[column] is not None for row in rows if row["longitude"] is not None for column in PLACE)


@pytest.mark.parametrize("zero", ["0", "0.0", "-0.0", "0.000"])
def test_zero_pair_is_known_however_it_is_written(source: Any, zero: str) -> None:
    """Exports write the same zero in several ways."""
    ((_, row),) = source.read(changed(source, latitude=zero, longitude=zero)).accepted
    assert "longitude" not in row


def test_line_ends_inside_a_field_cut_no_record(source: Any) -> None:
    """34 notes hold line ends; each is still one request."""
    elements = list(source.connector.split(source.payload(source.recording)))
    assert len(elements) == 5_347
    assert sum("\n" in element.value["status_notes"] for element in elements) == 34
    assert all(not element.violations for element in elements)


def test_status_and_channel_use_the_common_codes(source: Any) -> None:
    """Six channels and two states, all known."""
    rows = source.full.rows(REPORT)
    assert Counter(row["status_code"] for row in rows) == {"closed": 5_314, "open": 33}
    assert Counter(row["channel_code"] for row in rows) == {
        "phone": 3_447,
        "web": 1_806,
        "social_media": 51,
        "mobile": 24,
        "partner": 17,
        "email": 2,
    }


def test_open_request_has_no_closing_instant(source: Any) -> None:
    """An empty date is missing, not the present."""
    rows = source.full.rows(REPORT)
    assert sum(row["closed_at"] is None for row in rows) == 33
    assert all((row["closed_at"] is None) == (row["status_code"] == "open") for row in rows)


def test_version_follows_the_last_action(source: Any) -> None:
    """A request told again later is the newer version of the same report."""
    early = source.read(changed(source, resolution_action_updated_date="2012-09-21 09:25:56+00:00")).accepted[0][1]
    late = source.read(changed(source, resolution_action_updated_date="2012-09-22 09:25:56+00:00")).accepted[0][1]
    assert early["report_id"] == late["report_id"]
    assert early["source_updated_at"] == "2012-09-21T16:25:56Z"
    assert late["source_updated_at"] == "2012-09-22T16:25:56Z"


def test_free_text_stays_out_of_the_row(source: Any) -> None:
    """Notes and descriptors may name persons."""
    secret = "call Jane Roe"
    (outcome,) = source.outcomes(changed(source, status_notes=secret, descriptor=secret, media_url=secret))
    assert secret not in repr(outcome.row)


def test_both_exports_tell_a_case_alike(recorded: Callable[[str], Any]) -> None:
    """Names changed and the wrong offset went; wall clock, places and codes did not."""
    present = recorded("datasf_311_requests+2024")
    rows = {row["report_id"]: row for row in present.read(present.slice).rows(REPORT)}
    assert rows["sf311:101000001"]["occurred_at"] == "2024-03-10T07:10:05Z"
    assert rows["sf311:101000001"]["closed_at"] == "2024-03-10T15:30:00Z"
    assert all(rows["sf311:101000003"][column] is None for column in PLACE)
    assert rows["sf311:101000005"]["address"] == "100 MARKET ST, SAN FRANCISCO"
