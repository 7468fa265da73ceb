"""What the operator announces of disturbances, as a GTFS-Realtime feed: a whole state every few minutes.

An alert is in the feed from when the operator knows until the disturbance ends. It names lines and stops, and what
kind of thing holds them up in the words of the format; whose report it is about, nobody is told. A spoilt alert tells
its begin in milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from google.transit.gtfs_realtime_pb2 import Alert, FeedMessage

from simulator.chance import Columns, taken
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts
from simulator.feeds import feed, spoilt
from simulator.wire import Message
from simulator.wire._gtfs_rt import line_id, new_feed, stop_id, told_ms
from simulator.wire._gtfs_rt import packed as packed

SUFFIX = ".pb"
MOST_MESSAGES = 1
SOURCE = "gtfs_rt_service_alerts"
USUAL_SECONDS = 600
CAUSES = {
    "collision": Alert.ACCIDENT, "medical_or_assistance": Alert.MEDICAL_EMERGENCY, "fire": Alert.OTHER_CAUSE,
    "gathering_or_crowd": Alert.DEMONSTRATION, "dispute_or_brawl": Alert.POLICE_ACTIVITY,
}  # fmt: skip
DETOUR_S = 900
"""A delay that is longer makes the buses take another way."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Alerts in force at each state of the feed; a state without any is told too, since it ends those before."""
    found = facts.announcements
    is_spoilt = spoilt(city, SOURCE, facts.day.ordinal, len(found["told_s"]))
    step = int(feed(city, SOURCE).get("every_seconds", USUAL_SECONDS))
    for at in range(facts.day.starts_s, facts.day.ends_s, step):
        state = new_feed(at)
        for row in np.flatnonzero((found["told_s"] <= at) & (found["until_s"] > at)).tolist():
            _put(state, city, facts, row, bool(is_spoilt[row]))
        yield Message(at, state.SerializeToString(deterministic=True))


def _put(state: FeedMessage, city: City, facts: DayFacts, row: int, spoils: bool) -> None:
    found = facts.announcements
    entity = state.entity.add()
    entity.id = str(found["alert_id"][row])
    begins, delay = int(found["from_s"][row]), int(found["delay_s"][row])
    period = entity.alert.active_period.add()
    period.start, period.end = told_ms(begins) if spoils else begins, int(found["until_s"][row])
    entity.alert.cause = CAUSES.get(CATEGORIES[found["category"][row]], Alert.UNKNOWN_CAUSE)
    entity.alert.effect = Alert.DETOUR if delay >= DETOUR_S else Alert.SIGNIFICANT_DELAYS
    held_up = taken(facts.disturbances, facts.disturbances["incident_id"] == found["incident_id"][row])
    for line, stop in zip(held_up["line"].tolist(), held_up["stop"].tolist(), strict=True):
        informed = entity.alert.informed_entity.add()
        informed.route_id, informed.stop_id = line_id(line), stop_id(line, stop)
    for language, text in _texts(held_up, delay).items():
        translation = entity.alert.header_text.translation.add()
        translation.language, translation.text = language, text


def _texts(held_up: Columns, delay_s: int) -> dict[str, str]:
    lines, minutes = ", ".join(line_id(line) for line in held_up["line"].tolist()), delay_s // 60
    return {
        "fr": f"SIMULÉ : lignes {lines}, retards d'environ {minutes} minutes",
        "en": f"SIMULATED: lines {lines}, delays of about {minutes} minutes",
    }
