"""The traps of San Francisco's fire calls."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

REPORT, DISPATCH = "silver.incident_report", "silver.unit_dispatch"
EMPTY_STAGES = {
    "received_at": 0,
    "answered_at": 0,
    "dispatched_at": 0,
    "en_route_at": 823,
    "arrived_at": 1_993,
    "transport_started_at": 5_713,
    "hospital_arrived_at": 6_002,
    "closed_at": 203,
}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("datasf_fire_calls")


def changed(source: Any, **values: str) -> bytes:
    """The first line of the slice with some fields changed."""
    reader = csv.DictReader(io.StringIO(source.slice.decode(), newline=""))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, reader.fieldnames or [])
    writer.writeheader()
    writer.writerow({**next(reader), **values})
    return out.getvalue().encode()


def test_stage_that_did_not_happen_stays_missing(source: Any) -> None:
    """An empty stage is counted as missing and never 0."""
    rows = source.full.rows(DISPATCH)
    assert {stage: sum(row[stage] is None for row in rows) for stage in EMPTY_STAGES} == EMPTY_STAGES
    assert all(row[stage] is None or row[stage].endswith("Z") for row in rows for stage in EMPTY_STAGES)


def test_all_units_of_a_call_tell_the_identical_report(source: Any) -> None:
    """Otherwise the last unit read would decide what the call was."""
    told: dict[str, set[str]] = defaultdict(set)
    for row in source.full.rows(REPORT):
        told[row["report_id"]].add(repr(sorted(row.items())))
    assert len(told) == 6_489
    assert {len(versions) for versions in told.values()} == {1}


def test_every_dispatch_belongs_to_a_report(source: Any) -> None:
    """The two tables join without a remainder."""
    reports = {row["report_id"] for row in source.full.rows(REPORT)}
    assert {row["report_id"] for row in source.full.rows(DISPATCH)} == reports


def test_unit_columns_stay_out_of_the_report(source: Any) -> None:
    """What differs between the units of a call is no property of the call."""
    (_, report), (_, dispatch) = source.read(source.slice).accepted[:2]
    assert {"en_route_at", "arrived_at", "closed_at", "source_disposition", "unit_id"}.isdisjoint(report)
    assert {"unit_id", "unit_type", "closed_at", "source_disposition"} <= set(dispatch)


def test_stage_before_the_one_that_precedes_it_is_kept(source: Any) -> None:
    """Clocks of units disagree; the figure, not the connector, decides what to do with it."""
    rows = source.full.rows(DISPATCH)
    negative = [r for r in rows if r["en_route_at"] and r["arrived_at"] and r["arrived_at"] < r["en_route_at"]]
    assert len(negative) == 7


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2006-01-10 19:44:46+00:00", "2006-01-11T03:44:46Z"),
        ("2006-07-10 19:44:46+00:00", "2006-07-11T02:44:46Z"),
        ("2006-10-29 01:15:00+00:00", "2006-10-29T08:15:00Z"),
        ("2006-04-02 02:15:00+00:00", "2006-04-02T10:15:00Z"),
    ],
    ids=["winter", "summer", "hour_that_occurs_twice", "hour_that_does_not_exist"],
)
def test_label_utc_is_read_as_pacific_wall_clock(source: Any, written: str, instant: str) -> None:
    """All stages alike, the call's and the unit's."""
    content = changed(source, received_timestamp=written, on_scene_timestamp=written)
    (_, report), (_, dispatch) = source.read(content).accepted
    assert report["occurred_at"] == report["received_at"] == dispatch["received_at"] == instant
    assert dispatch["arrived_at"] == instant


def test_priority_is_the_final_one(source: Any) -> None:
    """The first guess of the call taker is corrected later."""
    ((_, report), _) = source.read(changed(source, original_priority="E", priority="3", final_priority="2")).accepted
    assert report["source_priority"] == "2"
