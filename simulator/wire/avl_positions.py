"""Positions of patrol vehicles as a location system exports them every few minutes: CSV, one line per vehicle and step.

They are vehicles that no other source follows. A vehicle has a number; who drives it is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import PATROLS, feed, patrols_of, spoilt
from simulator.truth.units import moved_in, tracks
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, with_offset

SUFFIX = ".csv"
SOURCE = "avl_positions"
USUAL_SECONDS = 60
EXPORTED_S = 300
"""Seconds of an export."""
HEADER = b"unit,time,latitude,longitude,speed,heading\r\n"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One export per `EXPORTED_S`, told with its last position."""
    step = int(feed(city, SOURCE).get("every_seconds", USUAL_SECONDS))
    lines: list[tuple[int, str, str]] = []
    for track in tracks(city, facts.day, facts.dispatches, PATROLS, patrols_of(city, SOURCE), step):
        speed, heading = moved_in(city, track)
        columns = (track.at_s, track.latitude, track.longitude, np.round(speed, 1), np.round(heading) % 360)
        for at, y, x, kmh, degrees in zip(*(column.tolist() for column in columns), strict=True):
            lines.append((at, track.unit_id, f"{y},{x},{kmh},{degrees:.0f}"))
    lines.sort()
    exports: dict[int, list[str]] = {}
    ends: dict[int, int] = {}
    for (at, unit_id, rest), spoils in zip(
        lines, spoilt(city, SOURCE, facts.day.ordinal, len(lines)).tolist(), strict=True
    ):
        export = (at - facts.day.starts_s) // EXPORTED_S
        moment = SPOILT_INSTANT if spoils else with_offset(city, at)
        exports.setdefault(export, []).append(f"{unit_id},{moment},{rest}\r\n")
        ends[export] = at
    for export, found in exports.items():
        yield Message(ends[export], "".join(found).encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Lines under one header."""
    return HEADER + b"".join(messages)
