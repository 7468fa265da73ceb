"""Filming permits as a workbook: set-up and removal are told, and whether the street is closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from simulator.city import City
from simulator.clock import first_passage_of
from simulator.facts import DayFacts
from simulator.truth.registers import Telling
from simulator.wire import Message
from simulator.wire._mapped import Fields, header_of
from simulator.wire._registers import told_in
from simulator.wire._workbook import workbook

SUFFIX = ".xlsx"
SOURCE = "film_shoots"
KIND = "Tournage"
FREE_TEXT = {"Titre": "SIMULÉ", "Production": "SIMULÉE", "Régisseur": "SIMULÉ"}
CREW_OF_M = 0.6
"""Persons of the crew for each metre of the radius it takes."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """The cells of one line per permit, as JSON; a file of some is a workbook."""
    for telling in told_in(facts, SOURCE):
        fields = Fields(city, SOURCE)
        _fill(fields, telling)
        texts = {**FREE_TEXT, **fields.texts}
        cells = [texts.get(name, "") for name in header_of(fields.columns, tuple(FREE_TEXT))]
        yield Message(facts.day.starts_s, orjson.dumps(cells))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """A workbook: a title, an empty line, the header, the permits."""
    settings: Any = city.simulation.city.source(SOURCE).settings
    lines_above = settings.get("header_row", 1) - 1
    above = [["Données simulées"], *([[]] * lines_above)][:lines_above]
    rows = [*above, header_of(settings["columns"], tuple(FREE_TEXT)), *(orjson.loads(one) for one in messages)]
    return workbook(str(settings.get("sheet", "Sheet1")), rows)


def crew(telling: Telling) -> int:
    """How many are announced to come and film."""
    return round(telling.occupation.radius_m * CREW_OF_M)


def _fill(fields: Fields, telling: Telling) -> None:
    one = telling.occupation
    fields.put("occupation_id", telling.number)
    fields.put("source_kind", KIND)
    fields.instant("setup_from_at", first_passage_of(fields.city, one.setup_s))
    fields.period("starts_at", "ends_at", one.starts_s, one.ends_s)
    begins = first_passage_of(fields.city, one.starts_s)
    fields.instant("removal_until_at", fields.behind(begins, one.removed_s))
    fields.put("occupation_status_code", fields.word("occupation_status_code", "confirmed"))
    fields.number("expected_attendance_max_count", crew(telling))
    fields.measures(telling.measures)
    fields.put("address", fields.city.places.names[one.place])
    fields.position(one.longitude, one.latitude)
    if telling.is_spoilt:
        fields.spoil("starts_at")
