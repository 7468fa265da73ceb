"""Logbook of a municipal police, under the columns, words, clock and projection that the city's profile names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._mapped import Fields, header_of, line_of
from simulator.wire._told import Told, local_number, told_by

SUFFIX = ".csv"
SOURCE = "municipal_logbook"
STATES = {"open": "in_progress", "closed": "closed", "cancelled": "cancelled"}
FREE_TEXT = {"AGENT": "B000", "OBSERVATIONS": "RAS"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per state of an entry, in the encoding of the profile."""
    for row in told_by(facts, SOURCE):
        fields = _fields(city, row)
        texts = {**FREE_TEXT, **fields.texts}
        yield Message(row.told_s, line_of(
            fields.settings, [texts.get(name, "") for name in header_of(fields.columns, tuple(FREE_TEXT))],
        ))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    settings = city.simulation.city.source(SOURCE).settings
    return line_of(settings, header_of(settings["columns"], tuple(FREE_TEXT))) + b"".join(messages)


def _fields(city: City, row: Told) -> Fields:
    fields = Fields(city, SOURCE)
    fields.put("report_id", local_number(row, city, SOURCE))
    fields.instant("occurred_at", row.occurred_s)
    fields.instant("received_at", row.first_told_s)
    if row.status == "closed":
        fields.instant("closed_at", row.told_s)
    fields.put("source_category", row.word)
    fields.put("source_subcategory", row.second_word)
    fields.put("status_code", fields.word("status_code", STATES[row.status]))
    fields.put("address", city.places.names[row.place].upper(), str(city.simulation.city.label.fr).upper())
    if row.longitude is not None and row.latitude is not None:
        fields.position(row.longitude, row.latitude)
    if row.is_spoilt:
        fields.spoil("occurred_at")
    return fields
