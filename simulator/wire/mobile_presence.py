"""Presences of a mobile operator by zone and half-hour; it withholds cells under the threshold agreed with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.presence import presences
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".csv"
SOURCE = "mobile_presence"
HEADER = "zone_code,period_start,period_end,present_count"
STAMP = "%Y-%m-%dT%H:%M:%SZ"
LATE_S = 1200
USUAL_THRESHOLD = 20


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per zone and period, some minutes after it is over."""
    threshold = threshold_of(city)
    begins, step, persons = presences(city, facts.day)
    zones = city.zone_names.tolist()[:-1]
    for row, at in enumerate(begins.tolist()):
        start, end = utc(at, STAMP), utc(at + step, STAMP)
        for zone, count in zip(zones, persons[row].tolist(), strict=True):
            shown = str(count) if count >= threshold else f"<{threshold}"
            yield Message(at + step + LATE_S, f"{zone},{start},{end},{shown}\n".encode())


def threshold_of(city: City) -> int:
    """Persons below which no count leaves the operator."""
    return int(str(city.simulation.city.source(SOURCE).settings.get("k_threshold", USUAL_THRESHOLD)))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    return f"{HEADER}\n".encode() + b"".join(messages)
