"""Levels of sound-level meters as JSON messages: mean, loudest and quiet level of every period; never a sound.

Where a meter gave nothing the level is ``null``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.noise import levels, meters
from simulator.wire import Message
from simulator.wire._told import with_offset

SUFFIX = ".jsonl"
PRECISION_M = 20
LATE_S = 5


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One message per meter, period and indicator, told when the period is over."""
    at, found = meters(city), levels(city, facts)
    indicators = {f"LAeq,{found.step_s // 60}min": found.mean, "LAFmax": found.loudest, "LA90": found.quiet}
    for period, begins in enumerate(found.from_s.tolist()):
        start, end = with_offset(city, begins), with_offset(city, begins + found.step_s)
        for meter, (longitude, latitude) in enumerate(at.tolist()):
            about = {"sensor_id": name_of(meter), "start": start, "end": end}
            place = {"longitude": round(longitude, 6), "latitude": round(latitude, 6), "precision_m": PRECISION_M}
            for indicator, table in indicators.items():
                level = float(table[period, meter])
                measured = {"indicator": indicator, "level_db": None if math.isnan(level) else level}
                yield Message(begins + found.step_s + LATE_S, orjson.dumps({**about, **measured, **place}))


def name_of(meter: int) -> str:
    """Name of a meter."""
    return f"meter-{meter:03d}"


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One message per line; over MQTT each travels alone."""
    return b"\n".join(messages) + b"\n"
