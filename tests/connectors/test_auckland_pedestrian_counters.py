"""The traps of a wide table of hours on the clock of the wall."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

COUNT = "silver.crowd_count"
HEADER = "date,hour,year,150 K Road,183 K Road\n"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("auckland_pedestrian_counters")


def period(source: Any, day: str, hour: str) -> tuple[str, str, float]:
    """Start, end and hours of one line."""
    (_, row), _ = source.read(f"{HEADER}{day},{hour},2023,1.0,2.0\n".encode()).accepted
    start, end = row["measured_from_at"], row["measured_until_at"]
    return start, end, (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds() / 3600


def test_an_empty_cell_is_missing_and_zero_is_nobody(source: Any) -> None:
    """139 hours of one counter are empty in 2023; a sum over them is not a quiet street."""
    rows = source.full.rows(COUNT)
    empty = [row for row in rows if row["counter_id"].endswith("150 K Road") and row["count_state_code"] == "missing"]
    assert len(empty) == 139
    assert all(row.get("counted_count") is None for row in empty)
    nobody = [row for row in rows if row.get("counted_count") == 0]
    assert nobody
    assert {row["count_state_code"] for row in nobody} == {"measured"}


def test_the_hour_that_occurs_twice_is_one_line_of_two_hours(source: Any) -> None:
    assert period(source, "2023-04-02", "1:00-1:59") == ("2023-04-01T12:00:00Z", "2023-04-01T13:00:00Z", 1)
    assert period(source, "2023-04-02", "2:00-2:59") == ("2023-04-01T13:00:00Z", "2023-04-01T15:00:00Z", 2)
    assert period(source, "2023-04-02", "3:00-3:59") == ("2023-04-01T15:00:00Z", "2023-04-01T16:00:00Z", 1)


def test_the_hour_that_does_not_exist_keeps_its_line(source: Any) -> None:
    """The table has it with counts in it; it lands on the next hour and is told apart by its key."""
    assert period(source, "2023-09-24", "1:00-1:59") == ("2023-09-23T13:00:00Z", "2023-09-23T14:00:00Z", 1)
    assert period(source, "2023-09-24", "2:00-2:59") == ("2023-09-23T14:00:00Z", "2023-09-23T15:00:00Z", 1)
    assert period(source, "2023-09-24", "3:00-3:59") == ("2023-09-23T14:00:00Z", "2023-09-23T15:00:00Z", 1)


def test_midnight_belongs_to_the_next_day(source: Any) -> None:
    assert period(source, "2023-06-30", "23:00-23:59") == ("2023-06-30T11:00:00Z", "2023-06-30T12:00:00Z", 1)


def test_every_counter_stands_somewhere(source: Any) -> None:
    places = {(row["counter_id"], row.get("longitude"), row.get("latitude")) for row in source.full.rows(COUNT)}
    assert len(places) == 21
    assert all(longitude is not None and latitude is not None for _, longitude, latitude in places)


def test_a_new_counter_is_taken_in_and_has_no_place_yet(source: Any) -> None:
    read = source.read(b"hour,date,99 New Street\n6:00-6:59,2023-01-01,17\n")
    ((_, row),) = read.accepted
    assert (row["counter_id"], row["counted_count"]) == ("auckland_pedestrian:99 New Street", 17)
    assert row.get("longitude") is None


def test_the_order_of_the_columns_changes_no_key(source: Any) -> None:
    one = source.read(b"date,hour,year,A,B\n2023-01-01,6:00-6:59,2023,1,2\n").accepted
    other = source.read(b"B,year,hour,A,date\n2,2023,6:00-6:59,1,2023-01-01\n").accepted
    assert {row["count_id"]: row["counted_count"] for _, row in one} == {
        row["count_id"]: row["counted_count"] for _, row in other
    }
