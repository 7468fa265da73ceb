"""The traps of GTFS-Realtime service alerts."""

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
    return recorded("gtfs_rt_service_alerts")


def alert(message: FeedMessage, alert_id: str = "a") -> Any:
    """Add an alert that says nothing."""
    entity = message.entity.add(id=alert_id)
    entity.alert.SetInParent()
    return entity.alert


def feed() -> FeedMessage:
    """A feed without alerts."""
    message = FeedMessage()
    message.header.gtfs_realtime_version = "2.0"
    message.header.timestamp = FEED_TIME
    return message


def rows(source: Any, message: FeedMessage) -> list[dict[str, Any]]:
    """Accepted rows of a feed."""
    reading = source.read(message.SerializeToString())
    assert reading.refused == []
    return [row for _, row in reading.accepted]


def test_ends_weeks_after_the_feed_and_texts_without_language_are_accepted(source: Any) -> None:
    """Twelve alerts of Brest, as told on 16 December 2021."""
    found = [row for _, row in source.read(source.slice).accepted]
    assert len(found) == 12
    assert max(row["active_until_at"] for row in found) == "2022-02-09T19:00:00Z"
    assert not any("language" in row for row in found)
    assert sum("Démolition" in row["description_text"] for row in found) == 1
    assert next(row["route_ids"] for row in found if "Chapalain est supprimé" in row["description_text"]) == (
        '["02","04","14"]'
    )


def test_every_period_is_a_row_of_its_own(source: Any) -> None:
    """Works by night: three periods, three rows of one alert."""
    message = feed()
    periods = alert(message).active_period
    for night in range(3):
        periods.add(start=FEED_TIME + night * 86_400, end=FEED_TIME + night * 86_400 + 3_600)
    found = rows(source, message)
    assert len({row["alert_period_id"] for row in found}) == 3
    assert {row["alert_id"] for row in found} == {"a"}


@pytest.mark.parametrize("end", [None, 0, 2**64 - 1, 2**63 - 1])
def test_an_open_end_stays_open(source: Any, end: int | None) -> None:
    """Zero, nothing and the greatest number all mean that no end is known."""
    message = feed()
    period = alert(message).active_period.add(start=FEED_TIME)
    if end is not None:
        period.end = end
    (row,) = rows(source, message)
    assert row["active_from_at"] == "2021-12-16T15:29:02Z"
    assert "active_until_at" not in row


def test_an_end_in_the_year_3000_is_accepted_and_milliseconds_are_not(source: Any) -> None:
    """A far end is how some operators say "until further notice"."""
    message = feed()
    alert(message).active_period.add(end=32_503_680_000)
    (row,) = rows(source, message)
    assert (row["alert_period_id"], row["active_until_at"]) == ("gtfs_rt:a-open", "3000-01-01T00:00:00Z")


def test_an_alert_without_period_or_anything_else_is_a_row(source: Any) -> None:
    """It holds for as long as the feed shows it; cause and effect have their defaults."""
    message = feed()
    alert(message)
    (row,) = rows(source, message)
    assert row == {
        "alert_period_id": "gtfs_rt:a-open",
        "alert_id": "a",
        "cause_code": "unknown",
        "effect_code": "unknown",
        "is_withdrawn": False,
        "is_full_dataset": True,
        "feed_at": "2021-12-16T15:29:02Z",
    }


def test_a_later_state_of_an_alert_replaces_the_earlier_one(source: Any) -> None:
    """The end moves, the key stays, the feed's own time decides."""
    keys = set()
    for end in (FEED_TIME + 60, FEED_TIME + 120):
        message = feed()
        alert(message).active_period.add(start=FEED_TIME, end=end)
        keys |= {row["alert_period_id"] for row in rows(source, message)}
    assert len(keys) == 1


def test_the_citys_language_comes_first_then_the_text_without_one(source: Any) -> None:
    """Brest reads French."""
    message = feed()
    texts = alert(message).header_text.translation
    texts.add(text="Detour", language="en")
    texts.add(text="Déviation", language="fr-FR")
    first = rows(source, message)[0]
    assert (first["header_text"], first["language"]) == ("Déviation", "fr-FR")
    texts[1].ClearField("language")
    second = rows(source, message)[0]
    assert second["header_text"] == "Déviation"
    assert "language" not in second
    texts[1].language = "br"
    assert rows(source, message)[0]["header_text"] == "Detour"


def test_routes_of_trips_count_and_repeat_once(source: Any) -> None:
    """An entity may name a route twice, a trip, a stop or an agency."""
    message = feed()
    places = alert(message).informed_entity
    places.add(route_id="02", stop_id="É1")
    places.add(route_id="02", agency_id="BIB")
    places.add().trip.trip_id = "t9"
    places[2].trip.route_id = "04"
    (row,) = rows(source, message)
    assert [row[f"{name}_ids"] for name in ("route", "stop", "agency", "trip")] == [
        '["02","04"]',
        '["É1"]',
        '["BIB"]',
        '["t9"]',
    ]


def test_codes_newer_than_the_list_are_unknown_and_shown(source: Any) -> None:
    """A number of the binary form, a word of the JSON form."""
    message = feed()
    alert(message).cause = 10
    content = message.SerializeToString().replace(b"\x30\x0a", b"\x30\x63")
    ((_, row),) = source.read(content).accepted
    assert (row["cause_code"], row["source_cause"]) == ("unknown", "99")
    document = json.loads(MessageToJson(message))
    document["entity"][0]["alert"].update(cause="ALIENS", effect="STOP_MOVED", severityLevel="UNKNOWN_SEVERITY")
    ((_, row),) = source.read(json.dumps(document).encode()).accepted
    assert (row["cause_code"], row["source_cause"]) == ("unknown", "ALIENS")
    assert (row["effect_code"], row["alert_severity_code"]) == ("stop_moved", "unknown")


def test_a_deleted_entity_withdraws_its_alert(source: Any) -> None:
    """A differential feed names what is over and says nothing more."""
    message = feed()
    message.header.incrementality = 1
    message.entity.add(id="a").is_deleted = True
    (row,) = rows(source, message)
    assert (row["alert_id"], row["is_withdrawn"], row["is_full_dataset"]) == ("a", True, False)


def test_vehicles_and_trips_of_a_mixed_feed_are_no_alerts(source: Any) -> None:
    """Other connectors read them."""
    message = feed()
    message.entity.add(id="v").vehicle.timestamp = FEED_TIME
    message.entity.add(id="t").trip_update.trip.trip_id = "7"
    assert rows(source, message) == []
