"""The traps of the traffic counts of San Diego."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MEASURE = "silver.traffic_measure"
HEADER = (
    '"id","street_name","limits","northbound_count","southbound_count","eastbound_count","westbound_count",'
    '"total_count","file_no","date_count"\n'
)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recording."""
    return recorded("san_diego_traffic_counts")


def line(source: Any, *fields: str) -> dict[str, Any]:
    """The only row of one line."""
    ((_, row),) = source.read((HEADER + ",".join(f'"{field}"' for field in fields) + "\n").encode()).accepted
    return dict(row)


def test_every_line_of_the_recording_is_a_row_or_a_refusal_with_a_reason(source: Any) -> None:
    """13,691 lines; two have no day; equal lines are one count told twice."""
    rows = source.full.rows(MEASURE)
    assert len(rows) == 13_689
    assert len({row["traffic_measure_id"] for row in rows}) == 13_654
    assert {(rule, column) for _, _, rule, column in source.full.refused} == {
        ("required", "traffic_measure_id"),
        ("required", "period_started_at"),
    }
    assert source.full.accepted == source.expected(source.recording)


def test_a_direction_not_counted_is_missing_and_never_0(source: Any) -> None:
    """An empty text and a blank say nothing; a written zero says zero."""
    row = line(source, "A1", "A ST", "B - C", " ", "", "0.0", "477.0", "477", "1-14", "2014-03-05 00:00:00")
    assert {"northbound_count", "southbound_count"}.isdisjoint(row)
    assert (row["eastbound_count"], row["westbound_count"], row["vehicle_count"]) == (0, 477, 477)


def test_a_total_without_directions_is_a_count(source: Any) -> None:
    """Some files hold the total alone."""
    row = line(source, "A1", "A ST", "B - C", "", "", "", "", "362", "1-06", "2006-08-02 00:00:00")
    assert row["vehicle_count"] == 362
    assert not [name for name in row if name.endswith("bound_count")]


def test_the_day_is_local_and_has_23_or_25_hours_when_clocks_change(source: Any) -> None:
    """Midnight is Pacific time."""
    spring = line(source, "A1", "A ST", "B - C", "1", "", "", "", "1", "1-14", "2014-03-09 00:00:00")
    assert (spring["period_started_at"], spring["period_ended_at"]) == ("2014-03-09T08:00:00Z", "2014-03-10T07:00:00Z")
    autumn = line(source, "A1", "A ST", "B - C", "1", "", "", "", "1", "1-14", "2014-11-02 00:00:00")
    assert (autumn["period_started_at"], autumn["period_ended_at"]) == ("2014-11-02T07:00:00Z", "2014-11-03T08:00:00Z")


def test_two_axes_of_one_crossing_file_stay_two_counts(source: Any) -> None:
    """Same identifier, day and section; the directions differ."""
    content = HEADER + (
        '"AIRWAYRD003615","AIRWAY RD","A - B","","","4277.0","3699.0","7976","0036-15","2015-02-25 00:00:00"\n'
        '"AIRWAYRD003615","AIRWAY RD","A - B","4734","4996.0","","","9730","0036-15","2015-02-25 00:00:00"\n'
    )
    rows = source.read(content.encode()).rows(MEASURE)
    assert len({row["traffic_measure_id"] for row in rows}) == 2
    assert len({row["counting_site_id"] for row in rows}) == 1
