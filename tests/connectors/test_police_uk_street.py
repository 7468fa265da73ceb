"""The traps of the monthly files of data.police.uk."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.police_uk_street import STATUSES
from schemas.city import load_city

REPORT = "silver.incident_report"
HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
CRIME = "ab12,2016-07,A,A,-1.550626,53.5974,On or near Swithen Hill,E01,Leeds 1,Robbery,Under investigation,"
NUISANCE = ",2016-07,A,A,-1.550626,53.5974,On or near Swithen Hill,E01,Leeds 1,Anti-social behaviour,,"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("police_uk_street")


def rows(source: Any, *lines: str) -> list[dict[str, Any]]:
    reading = source.read(("\r\n".join((HEADER, *lines)) + "\r\n").encode())
    assert reading.refused == []
    return reading.rows(REPORT)


def test_equal_nuisances_are_different_incidents_though_none_has_an_identifier(source: Any) -> None:
    """7,429 of 27,176 lines have no identifier."""
    assert len({row["report_id"] for row in rows(source, NUISANCE, NUISANCE, NUISANCE)}) == 3
    keys = Counter(row["report_id"] for row in source.full.rows(REPORT))
    assert (len(keys), max(keys.values())) == (27_176, 1)


def test_a_later_file_tells_the_same_crime_with_a_newer_outcome(source: Any) -> None:
    (before,), (after,) = rows(source, CRIME), rows(source, CRIME.replace("Under investigation", "Local resolution"))
    assert before["report_id"] == after["report_id"] == "police_uk:ab12"
    assert (before["status_code"], after["status_code"]) == ("in_progress", "closed")


def test_columns_in_another_order_and_new_ones_change_no_key(source: Any) -> None:
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, NUISANCE)]
    (row,) = source.read("\r\n".join(turned).encode()).rows(REPORT)
    assert [row["report_id"]] == [each["report_id"] for each in rows(source, NUISANCE)]


def test_a_place_that_is_not_told_has_no_precision(source: Any) -> None:
    """Coordinates are blank on 1,347 lines, one in twenty."""
    nowhere = [row for row in source.full.rows(REPORT) if row["longitude"] is None]
    assert len(nowhere) == 1_347
    assert {(row["latitude"], row["location_precision_m"], row["address"]) for row in nowhere} == {(None, None, None)}


def test_only_the_month_is_known(source: Any) -> None:
    found = source.full.rows(REPORT)
    assert {(row["occurred_at"], row["occurred_until_at"], row["time_precision_code"]) for row in found} == {
        ("2016-06-30T23:00:00Z", "2016-07-31T23:00:00Z", "month")
    }


def test_an_outcome_that_is_not_known_is_no_status_and_costs_no_crime(source: Any) -> None:
    for outcome in ("Status update unavailable", "Court result unavailable", "A new word of 2031", ""):
        (row,) = rows(source, CRIME.replace("Under investigation", outcome))
        assert row["status_code"] is None


@pytest.mark.parametrize("year", [2016, 2017])
def test_every_word_of_the_recordings_is_known(year: int) -> None:
    """Both months: every crime type is mapped, every outcome is listed or says that nothing is known."""
    city = load_city("west_yorkshire")
    source = city.source("police_uk_street")
    (path,) = (path for path in source.recordings if Path(path).name.startswith(str(year)))
    lines = [line.split(",") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[1:]]
    assert {line[9] for line in lines} == {mapping.source_code for mapping in source.category_map}
    untold = {"", "Status update unavailable", "Court result unavailable"}
    assert {line[10] for line in lines} - STATUSES.keys() == untold


def test_both_months_are_read_whole(source: Any) -> None:
    paths = source.connector.source.recordings
    counts = [len(source.read(gzip.decompress(path.read_bytes())).rows(REPORT)) for path in paths]
    assert counts == [27_176, 28_537]
