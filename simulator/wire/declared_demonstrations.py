"""Demonstrations declared to the authority: where they gather, the way they walk, and how many are announced."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.registers import Telling
from simulator.truth.routes import geojson
from simulator.wire import Message
from simulator.wire._mapped import Fields
from simulator.wire._registers import announced, lines, packed_lines

SUFFIX = ".csv"
SOURCE = "declared_demonstrations"
WALKS, STANDS = "Cortège", "Rassemblement"
FREE_TEXT = {"DECLARANT": "SIMULE", "TELEPHONE": "-", "MOT D'ORDRE": "SIMULE"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per declaration."""
    return lines(city, facts, SOURCE, FREE_TEXT, _fill)


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    return packed_lines(city, SOURCE, FREE_TEXT, messages)


def _fill(fields: Fields, telling: Telling) -> None:
    one = telling.occupation
    fields.put("occupation_id", telling.number)
    fields.put("source_kind", WALKS if one.route else STANDS)
    fields.period("starts_at", "ends_at", one.starts_s, one.ends_s)
    fields.put("occupation_status_code", fields.word("occupation_status_code", "confirmed"))
    for bound, count in zip(("min", "central", "max"), announced(one.attendance), strict=True):
        fields.number(f"expected_attendance_{bound}_count", count)
    fields.put("address", fields.city.places.names[one.place])
    fields.position(one.longitude, one.latitude)
    fields.put("footprint_geojson", geojson(one.route))
    fields.instant("source_updated_at", one.announced_s)
    if telling.is_spoilt:
        fields.spoil("starts_at")
