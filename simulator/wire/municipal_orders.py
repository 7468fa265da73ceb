"""Traffic and parking orders of a town: one for each occupation that is ordered, from set-up to removal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.registers import CLOSED, Telling
from simulator.wire import Message
from simulator.wire._mapped import Fields
from simulator.wire._registers import lines, packed_lines

SUFFIX = ".csv"
SOURCE = "municipal_orders"
PLACE = "1"
FREE_TEXT = {"OBJET": "SIMULE", "DEMANDEUR": "SIMULE", "SIGNATAIRE": "SIMULE"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per order."""
    return lines(city, facts, SOURCE, FREE_TEXT, _fill)


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    return packed_lines(city, SOURCE, FREE_TEXT, messages)


def kind_of(telling: Telling) -> str:
    """What an order is: of its occupation where orders have a word for it, else of the traffic or the parking."""
    if telling.occupation.kind in ("works", "market"):
        return telling.occupation.kind
    return "traffic_order" if CLOSED in telling.measures else "parking_order"


def _fill(fields: Fields, telling: Telling) -> None:
    one = telling.occupation
    fields.put("occupation_id", telling.number, PLACE)
    fields.put("occupation_kind_code", fields.word("occupation_kind_code", kind_of(telling)))
    fields.period("starts_at", "ends_at", one.setup_s, one.removed_s)
    fields.put("occupation_status_code", fields.word("occupation_status_code", "confirmed"))
    fields.measures(telling.measures)
    fields.put("address", fields.city.places.names[one.place])
    fields.position(one.longitude, one.latitude)
    fields.instant("source_updated_at", one.announced_s)
    if telling.is_spoilt:
        fields.spoil("starts_at")
