"""The traps of the rain forecast."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

RAIN = "silver.rain_forecast"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The answer for one place."""
    return recorded("meteofrance_rain")


def test_steps_are_of_five_and_then_of_ten_minutes(source: Any) -> None:
    """A step lasts until the next one; nobody says how long the last one lasts."""
    rows = source.read(source.slice).rows(RAIN)
    assert all(
        before["forecast_until_at"] == after["forecast_at"] for before, after in pairwise(rows)
    )
    assert rows[-1]["forecast_until_at"] is None


def test_a_newer_forecast_of_the_same_step_has_the_same_key(source: Any) -> None:
    """The time of its making tells which one is newer."""
    later = {**json.loads(source.slice), "update_time": 1589995500}
    before, after = source.read(source.slice).rows(RAIN), source.read(json.dumps(later).encode()).rows(RAIN)
    assert [row["rain_forecast_id"] for row in before] == [row["rain_forecast_id"] for row in after]
    assert before[0]["issued_at"] < after[0]["issued_at"]


def test_times_in_iso_8601_are_read_alike(source: Any) -> None:
    """Newer answers write them so."""
    document = json.loads(source.slice)
    document["update_time"] = "2020-05-20T17:20:00.000Z"
    for step, row in zip(document["properties"]["forecast"], source.read(source.slice).rows(RAIN), strict=True):
        step["time"] = row["forecast_at"].replace("Z", ".000Z")
    assert source.read(json.dumps(document).encode()).accepted == source.read(source.slice).accepted


def test_no_radar_is_not_dry(recorded: Callable[[str], Any]) -> None:
    """0 says nothing."""
    source = recorded("meteofrance_rain+older")
    assert [row["rain_intensity_code"] for row in source.read(source.slice).rows(RAIN)] == ["none", "heavy", "unknown"]


def test_times_as_texts_of_numbers_are_read_alike(source: Any) -> None:
    document = json.loads(source.slice)
    for step in document["properties"]["forecast"]:
        step["time"] = str(step["time"])
    assert source.read(json.dumps(document).encode()).accepted == source.read(source.slice).accepted
