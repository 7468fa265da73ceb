"""The traps of GTFS-Realtime vehicle positions."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from google.transit.gtfs_realtime_pb2 import FeedMessage

FEED_TIME = 1_639_668_542


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("gtfs_rt_vehicle_positions")


def feed() -> FeedMessage:
    """A feed with one vehicle that says where it is."""
    message = FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = FEED_TIME
    vehicle = message.entity.add(id="e1").vehicle
    vehicle.vehicle.id = "4101"
    vehicle.position.longitude, vehicle.position.latitude = -4.48611, 48.39043
    return message


def row(source: Any, message: FeedMessage) -> dict[str, Any]:
    """The only accepted row of a feed."""
    reading = source.read(message.SerializeToString())
    assert reading.refused == []
    ((_, found),) = reading.accepted
    return dict(found)


def test_positions_have_no_more_digits_than_the_feed(source: Any) -> None:
    """48.39043 in 32 bits is 48.39042663574219; nobody measured that."""
    found = row(source, feed())
    assert (found["longitude"], found["latitude"]) == (-4.48611, 48.39043)


def test_the_feeds_time_stands_in_for_a_missing_or_zero_one(source: Any) -> None:
    """Either is POSIX seconds."""
    message = feed()
    assert row(source, message)["observed_at"] == "2021-12-16T15:29:02Z"
    message.entity[0].vehicle.timestamp = 0
    assert row(source, message)["vehicle_position_id"] == f"gtfs_rt:4101-{FEED_TIME}"
    message.entity[0].vehicle.timestamp = FEED_TIME - 60
    assert row(source, message)["observed_at"] == "2021-12-16T15:28:02Z"


def test_a_vehicle_without_identifier_is_known_by_trip_then_by_entity(source: Any) -> None:
    """Entity identifiers change from state to state in some feeds, so they come last."""
    message = feed()
    vehicle = message.entity[0].vehicle
    vehicle.ClearField("vehicle")
    assert row(source, message)["vehicle_position_id"] == f"gtfs_rt:e1-{FEED_TIME}"
    vehicle.trip.trip_id = "7"
    assert row(source, message)["vehicle_position_id"] == f"gtfs_rt:7-{FEED_TIME}"
    vehicle.trip.start_date = "20211216"
    found = row(source, message)
    assert found["vehicle_position_id"] == f"gtfs_rt:20211216-7-{FEED_TIME}"
    assert "vehicle_id" not in found


def test_zero_zero_is_no_position_and_one_zero_is_one(source: Any) -> None:
    """The vehicle still says its trip and stop."""
    message = feed()
    position = message.entity[0].vehicle.position
    position.longitude = position.latitude = 0
    assert not row(source, message).keys() & {"longitude", "latitude", "location_precision_m"}
    position.latitude = 48.4
    assert row(source, message)["longitude"] == 0


def test_speed_comes_in_metres_per_second(source: Any) -> None:
    """10 m/s is 36 km/h; 0 is a speed."""
    message = feed()
    message.entity[0].vehicle.position.speed = 10
    assert row(source, message)["speed_kmh"] == 36.0
    message.entity[0].vehicle.position.speed = 0
    assert row(source, message)["speed_kmh"] == 0.0


def test_status_is_about_a_stop(source: Any) -> None:
    """None without a stop; on its way when only the stop is named."""
    message = feed()
    assert "current_status_code" not in row(source, message)
    message.entity[0].vehicle.stop_id = "x"
    assert row(source, message)["current_status_code"] == "in_transit_to"
    message.entity[0].vehicle.current_status = 1
    assert row(source, message)["current_status_code"] == "stopped_at"


def test_licence_plates_are_kept_nowhere(recorded: Callable[[str], Any]) -> None:
    """Neither in the row nor in the original beside it."""
    for name, plate in (("gtfs_rt_vehicle_positions", "AB-123-CD"), ("gtfs_rt_vehicle_positions+json", "ZZ000")):
        found = recorded(name)
        assert plate.encode() in found.slice
        kept = b"".join(outcome.message.value for outcome in found.outcomes(found.slice))
        assert plate.encode() not in kept


def test_json_rendering_gives_the_rows_of_the_binary_feed(source: Any) -> None:
    """Camel case, times as text."""
    message = FeedMessage.FromString(source.slice)
    assert source.read(MessageToJson(message).encode()).accepted == source.read(source.slice).accepted


def test_codes_newer_than_the_list_are_unknown_and_shown(recorded: Callable[[str], Any]) -> None:
    """The occupancy 42 of the JSON sample."""
    source = recorded("gtfs_rt_vehicle_positions+json")
    found = [row for _, row in source.read(source.slice).accepted if row["occupancy_code"] == "unknown"]
    assert [row["source_occupancy"] for row in found] == ["42"]


def test_one_broken_vehicle_leaves_its_neighbours_alone(recorded: Callable[[str], Any]) -> None:
    """In JSON every entity is judged alone."""
    source = recorded("gtfs_rt_vehicle_positions+json")
    document = json.loads(source.slice)
    entities = document["response"]["entity"]
    entities[1], entities[3], entities[5]["vehicle"]["position"] = None, "vehicle", {"latitude": -36.8}
    reading = source.read(json.dumps(document).encode())
    assert [(index, rule) for index, _, rule, _ in reading.refused] == [(1, "shape"), (3, "shape"), (5, "shape")]
    assert len(reading.accepted) == len(entities) - 3
