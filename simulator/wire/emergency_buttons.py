"""Presses, tests, faults and signs of life of emergency buttons, as JSON messages of MQTT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from simulator.chance import taken
from simulator.city import City
from simulator.facts import DayFacts
from simulator.posts import device, post_places
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, told_by, with_offset

SUFFIX = ".jsonl"
SOURCE = "emergency_buttons"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Every press, then every other signal."""
    for row in told_by(facts, SOURCE):
        name = device(row.post)
        yield Message(row.told_s, orjson.dumps({
            "device_id": name, "event": "press", "message_id": row.report_id.rpartition("-")[2],
            "occurred_at": SPOILT_INSTANT if row.is_spoilt else with_offset(city, row.occurred_s),
            "mode": "test" if row.nature == "exercise" else "normal", "longitude": row.longitude,
            "latitude": row.latitude, "precision_m": row.precision_m,
        }))  # fmt: skip
    signals = taken(facts.signals, facts.signals["source"] == SOURCE)
    places = post_places(city, SOURCE)
    for post, at, event in zip(*(signals[name].tolist() for name in ("post", "at_s", "event")), strict=True):
        yield Message(at, orjson.dumps({
            "device_id": device(post), "event": event, "message_id": f"{event}-{at}",
            "occurred_at": with_offset(city, at), "longitude": places[post, 0], "latitude": places[post, 1],
        }, option=orjson.OPT_SERIALIZE_NUMPY))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One message per line; over MQTT each travels alone."""
    return b"\n".join(messages) + b"\n"
