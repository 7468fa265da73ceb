"""The traps of DATEX II measured data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

MEASURE = "silver.traffic_measure"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """Two sites in version 2."""
    return recorded("datex2_measured_data")


def test_each_quantity_of_a_site_is_a_row(source: Any) -> None:
    """Only its index tells one from the other."""
    first = source.read(source.slice).rows(MEASURE)[:3]
    assert [(r["flow_vehicles_per_hour"], r["mean_speed_kmh"], r["road_occupancy_ratio"]) for r in first] == [
        (1140, None, None), (None, 87.5, None), (None, None, 0.125),
    ]  # fmt: skip
    assert len({row["counting_site_id"] for row in first}) == 1
    assert [row["channel_number"] for row in first] == [1, 2, 3]


def test_an_hourly_flow_is_no_count(source: Any) -> None:
    """1,140 vehicles an hour are 19 in the minute that was measured."""
    assert all(row.get("vehicle_count") is None for row in source.read(source.slice).rows(MEASURE))


def test_an_empty_road_has_a_flow_of_0_and_no_speed_and_a_failed_sensor_has_neither(source: Any) -> None:
    """-1 and `dataError` are no figures."""
    empty, speed, failed = source.read(source.slice).rows(MEASURE)[3:6]
    assert empty["flow_vehicles_per_hour"] == 0
    assert speed["mean_speed_kmh"] is None
    assert failed["flow_vehicles_per_hour"] is None


def test_the_time_of_a_quantity_comes_before_that_of_its_site(source: Any) -> None:
    """The travel time was measured half a minute earlier."""
    assert source.read(source.slice).rows(MEASURE)[6]["period_started_at"] == "2026-07-13T19:11:30Z"


def test_prefixes_do_not_matter(source: Any) -> None:
    """As with situations."""
    content = source.slice.replace(b"ns2:", b"d2:").replace(b":ns2", b":d2")
    assert source.read(content).accepted == source.read(source.slice).accepted
