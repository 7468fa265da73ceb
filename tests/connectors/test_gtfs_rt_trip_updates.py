"""The traps of GTFS-Realtime."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson
from google.transit.gtfs_realtime_pb2 import FeedMessage

from connectors.sdk.connector import read_payload

DELAY = "silver.trip_delay"
FEED_TIME = 1_417_387_583


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("gtfs_rt_trip_updates")


def feed(timestamp: int = FEED_TIME) -> FeedMessage:
    """A feed without entities."""
    message = FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = timestamp
    return message


def trip(message: FeedMessage, trip_id: str = "7", day: str = "20141130") -> Any:
    """Add a trip without stops."""
    entity = message.entity.add(id=f"e{len(message.entity)}")
    entity.trip_update.trip.trip_id = trip_id
    if day:
        entity.trip_update.trip.start_date = day
    return entity.trip_update


def rows(source: Any, message: FeedMessage) -> list[dict[str, Any]]:
    """Accepted rows of a feed."""
    return [row for _, row in source.read(message.SerializeToString()).accepted]


def test_every_stop_of_every_trip_is_a_row(source: Any) -> None:
    """2,847 trips, 60,074 stops."""
    found = source.full.rows(DELAY)
    assert len({row["trip_id"] for row in found}) == 2_847
    assert len(found) == 60_074
    assert {row["feed_at"] for row in found} == {"2014-11-30T22:46:23Z"}


def test_cancelled_and_skipped_stops_are_told_apart(source: Any) -> None:
    """Three cancelled trips with 108 stops; 20 stops skipped by trips that run."""
    found = source.full.rows(DELAY)
    assert Counter(row["schedule_relationship_code"] for row in found) == {
        "scheduled": 59_946,
        "canceled": 108,
        "skipped": 20,
    }
    assert len({row["trip_id"] for row in found if row["schedule_relationship_code"] == "canceled"}) == 3


def test_missing_arrival_stays_missing(source: Any) -> None:
    """A first stop has no arrival; a skipped one has neither; 0 seconds is a delay and not a missing one."""
    found = source.full.rows(DELAY)
    assert sum(row["arrival_at"] is None for row in found) == 776
    assert sum(row["departure_at"] is None for row in found) == 128
    assert all((row["arrival_at"] is None) == (row["arrival_delay_seconds"] is None) for row in found)
    assert any(row["arrival_delay_seconds"] == 0 for row in found)


def test_early_vehicle_has_a_negative_delay(source: Any) -> None:
    """The sign is kept over the whole range of the recording."""
    delays = [r["arrival_delay_seconds"] for r in source.full.rows(DELAY) if r["arrival_delay_seconds"] is not None]
    assert (min(delays), max(delays)) == (-3_321, 15_294)


def test_stop_served_twice_by_one_trip_is_two_rows(source: Any) -> None:
    """35 pairs of trip and stop occur twice; the order of the stop tells them apart."""
    pairs = Counter((row["trip_id"], row["stop_id"]) for row in source.full.rows(DELAY))
    assert sum(count > 1 for count in pairs.values()) == 35


def test_trip_without_stops_is_one_row_without_a_stop(source: Any) -> None:
    """A cancelled trip must not vanish because it names no stop."""
    message = feed()
    trip(message).trip.schedule_relationship = 3
    (row,) = rows(source, message)
    assert row["trip_delay_id"] == "gtfs_rt:20141130-7-trip"
    assert row["schedule_relationship_code"] == "canceled"
    assert "stop_id" not in row


def test_vehicles_and_alerts_of_a_mixed_feed_are_left_to_others(source: Any) -> None:
    """Only trip updates are trip updates."""
    message = feed()
    message.entity.add(id="v").vehicle.vehicle.id = "12"
    message.entity.add(id="a").alert.header_text.translation.add(text="works")
    trip(message)
    assert len(list(source.outcomes(message.SerializeToString()))) == 1


def test_later_feed_is_a_newer_version_of_the_same_rows(source: Any) -> None:
    """FULL_DATASET replaces: the key does not hold the feed's time, the version does."""
    early, late = feed(), feed(FEED_TIME + 60)
    trip(early)
    trip(late)
    (first,), (second,) = rows(source, early), rows(source, late)
    assert first["trip_delay_id"] == second["trip_delay_id"]
    assert second["feed_at"] == "2014-11-30T22:47:23Z"


def test_same_trip_on_another_day_is_another_row(source: Any) -> None:
    """Trip identifiers are valid for one service day."""
    message = feed()
    trip(message)
    trip(message, day="20141201")
    assert len({row["trip_delay_id"] for row in rows(source, message)}) == 2


def test_feed_without_service_day_uses_its_own_local_day(source: Any) -> None:
    """The key needs a day: 23:30 UTC is the next day in the city. The column stays missing."""
    message = feed(FEED_TIME + 45 * 60)
    trip(message, day="")
    (row,) = rows(source, message)
    assert row["trip_delay_id"] == "gtfs_rt:20141201-7-trip"
    assert "start_date" not in row


def test_stop_without_order_is_known_by_its_identifier(source: Any) -> None:
    """Either names the stop."""
    message = feed()
    trip(message).stop_time_update.add(stop_id="50374").departure.time = FEED_TIME
    (row,) = rows(source, message)
    assert row["trip_delay_id"] == "gtfs_rt:20141130-7-50374"


def test_raw_is_readable_and_names_the_trip(source: Any) -> None:
    """An element lifted out of a binary feed still says what it was."""
    outcome = next(source.outcomes(source.slice))
    raw = json.loads(outcome.element.raw)
    assert raw["trip"]["trip_id"] == outcome.row["trip_id"]
    assert raw["header"]["timestamp"] == FEED_TIME


def test_unknown_relationship_is_shown_and_not_taken_for_scheduled(source: Any) -> None:
    """A number newer than the list stays visible in the refusal."""
    content = (source.folder / "refused" / "unknown_relationship.pb").read_bytes()
    (violation,) = next(source.outcomes(content)).violations
    assert (violation.rule, violation.value) == ("code", "66")


class TestJson:
    """The same feed in JSON."""

    @pytest.fixture
    def auckland(self, recorded: Callable[[str], Any]) -> Any:
        return recorded("gtfs_rt_trip_updates+json")

    @pytest.mark.parametrize("as_written", [False, True])
    def test_json_rendering_gives_the_rows_of_the_binary_feed(self, source: Any, as_written: bool) -> None:
        """Names in camel or snake case, times as text, enumerations as names."""
        message = FeedMessage.FromString(source.slice)
        text = MessageToJson(message, preserving_proto_field_name=as_written)
        assert source.read(text.encode()).accepted == source.read(source.slice).accepted
        wrapped = json.dumps({"status": "OK", "response": json.loads(text), "error": None})
        assert source.read(b"\xef\xbb\xbf\n" + wrapped.encode()).accepted == source.read(source.slice).accepted

    def test_enumerations_as_numbers_are_those_of_the_specification(self, source: Any) -> None:
        """1 is SKIPPED for a stop and ADDED for a trip; 3 is CANCELED."""
        text = MessageToJson(FeedMessage.FromString(source.slice), use_integers_for_enums=True)
        assert source.read(text.encode()).accepted == source.read(source.slice).accepted

    def test_every_snapshot_of_the_recording_is_accepted(self, auckland: Any) -> None:
        """Five states of the feed, not exactly a minute apart."""
        readings = [auckland.read(read_payload(path).content) for path in auckland.connector.source.recordings]
        assert [len(reading.accepted) for reading in readings] == [650, 660, 661, 654, 651]
        assert not any(reading.refused for reading in readings)
        assert [reading.accepted[0][1]["feed_at"][14:19] for reading in readings] == [
            "00:20",
            "01:20",
            "02:20",
            "03:29",
            "04:29",
        ]

    def test_snapshots_match_the_timetable_by_trip(self, auckland: Any, recorded: Callable[[str], Any]) -> None:
        """Delays and timetable join by `trip_id` on the same publication."""
        trips = {row["trip_id"] for row in recorded("gtfs_static").full.rows("reference.trip")}
        assert sum(row["trip_id"] in trips for row in auckland.full.rows(DELAY)) > 10

    def test_a_deleted_entity_is_a_withdrawn_trip(self, auckland: Any) -> None:
        """The snapshots say `is_deleted: false` everywhere; true outweighs what stands beside it."""
        feed = json.loads(auckland.slice)
        feed["entity"] = feed["entity"][:2]
        feed["entity"][0]["is_deleted"] = True
        codes = [row["schedule_relationship_code"] for _, row in auckland.read(json.dumps(feed).encode()).accepted]
        assert codes == ["deleted", "scheduled"]

    def test_a_single_stop_may_stand_without_its_list(self, auckland: Any) -> None:
        """A repeated field of one item, as some servers write it."""
        feed = json.loads(auckland.slice)
        for entity in feed["entity"]:
            entity["trip_update"]["stop_time_update"] = entity["trip_update"]["stop_time_update"][0]
        assert auckland.read(json.dumps(feed).encode()).accepted == auckland.read(auckland.slice).accepted

    def test_an_empty_feed_has_no_elements(self, auckland: Any) -> None:
        """JSON leaves empty lists out."""
        assert list(auckland.outcomes(b'{"header": {"gtfsRealtimeVersion": "2.0", "timestamp": "1463601620"}}')) == []

    def test_a_binary_feed_is_never_taken_for_json(self, source: Any) -> None:
        """A header of 123 bytes begins with a line feed and a brace."""
        message = feed()
        message.header.gtfs_realtime_version = "2" * (123 - len(message.header.SerializeToString()) + 3)
        trip(message)
        content = message.SerializeToString()
        assert content[:2] == b"\n{"
        assert len(rows(source, message)) == 1

    @pytest.mark.parametrize("text", ["yesterday", True, 1e300, [1], {"low": 1}])
    def test_a_strange_feed_time_is_refused_and_never_raises(self, auckland: Any, text: object) -> None:
        """What JSON allows and Protocol Buffers do not."""
        feed = json.loads(auckland.slice)
        feed["header"]["timestamp"] = text
        reading = auckland.read(json.dumps(feed).encode())
        assert reading.accepted == []
        assert {rule for _, _, rule, _ in reading.refused} in ({"type", "required"}, {"shape"})
