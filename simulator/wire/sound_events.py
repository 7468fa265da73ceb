"""Alerts of sound sensors as JSON messages: classes of AudioSet and how sure the sensor is; never a sound.

The source is off without a decision: ``vigie simulate`` writes it only where it is named.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.sounds import places
from simulator.wire import Message
from simulator.wire._told import with_offset

SUFFIX = ".jsonl"
NEEDS_DECISION = True
PRECISION_M = 30
RUNNER_UP = {"label": "Vehicle", "confidence": 0.05}
"""What a sensor finds possible besides."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One message per alert, with the classes that the sensor finds possible."""
    found, at = facts.sound_alerts, places(city)
    names = ("alert_id", "event", "sensor", "at_s", "confidence")
    for alert, event, sensor, moment, confidence in zip(*(found[name].tolist() for name in names), strict=True):
        yield Message(moment, orjson.dumps({
            "sensor_id": name_of(sensor), "event_id": alert, "detected_at": with_offset(city, moment),
            "predictions": [{"label": event, "confidence": confidence}, RUNNER_UP],
            "longitude": round(float(at[sensor, 0]), 6), "latitude": round(float(at[sensor, 1]), 6),
            "precision_m": PRECISION_M,
        }))  # fmt: skip


def name_of(sensor: int) -> str:
    """Name of a sensor."""
    return f"mic-{sensor:03d}"


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One message per line; over MQTT each travels alone."""
    return b"\n".join(messages) + b"\n"
