"""Permits of building sites: works that last, by the day, in the projection of the land register."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.registers import Telling
from simulator.wire import Message
from simulator.wire._mapped import Fields
from simulator.wire._registers import lines, packed_lines

SUFFIX = ".csv"
SOURCE = "building_permits"
NATURE = "Ravalement"
FREE_TEXT = {"DEMANDEUR": "SIMULE", "ARCHITECTE": "SIMULE"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per permit, when its works begin."""
    return lines(city, facts, SOURCE, FREE_TEXT, _fill)


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    return packed_lines(city, SOURCE, FREE_TEXT, messages)


def _fill(fields: Fields, telling: Telling) -> None:
    one = telling.occupation
    fields.put("occupation_id", telling.number)
    fields.put("source_kind", NATURE)
    fields.instant("starts_at", one.starts_s)
    fields.instant("ends_at", one.ends_s)
    fields.put("occupation_status_code", fields.word("occupation_status_code", "in_progress"))
    fields.put("address", "", fields.city.places.names[one.place], "")
    fields.position(one.longitude, one.latitude)
    fields.instant("source_updated_at", one.announced_s)
    if telling.is_spoilt:
        fields.spoil("starts_at")
