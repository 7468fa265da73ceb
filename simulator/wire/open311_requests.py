"""Requests of citizens as an Open311 server lists them (GeoReport v2, JSON); zero and zero where there is no place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, local_number, told_by, with_offset

SUFFIX = ".json"
SOURCE = "open311_requests"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One request per state."""
    for row in told_by(facts, SOURCE):
        requested = SPOILT_INSTANT if row.is_spoilt else with_offset(city, row.first_told_s)
        yield Message(row.told_s, orjson.dumps({
            "service_request_id": local_number(row, city, SOURCE), "status": row.status, "service_name": row.word,
            "service_code": row.second_word or None, "description": None, "requested_datetime": requested,
            "updated_datetime": with_offset(city, row.told_s) if row.version > 1 else None,
            "expected_datetime": None, "address": city.places.names[row.place],
            "lat": row.latitude or 0, "long": row.longitude or 0, "media_url": None,
        }))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The list that a server answers with."""
    return b"[" + b",\n".join(messages) + b"]\n"
