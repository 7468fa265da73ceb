"""Which source tells which planned occupation: one may stand in a calendar, an order and a declaration at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from simulator.chance import stream
from simulator.city import City
from simulator.day import day_of
from simulator.truth.occupations import Occupation, born

CALENDAR, ROADS, ORDERS = "icalendar_events", "datex2_situations", "municipal_orders"
CLOSED, PARKING, DIVERSION, NARROWED = "road_closed", "parking_forbidden", "diversion", "narrowed_road"
DIVERTED_RATIO = 0.5


@dataclass(frozen=True)
class Telling:
    """One occupation as one source tells it.

    Attributes:
        told_as: its identifier there, as connectors give it.
        number: its number as the source writes it.
        measures: codes of list `occupation_measure` that the source names.
        is_spoilt: told with a day that is none, to be refused.
    """

    occupation: Occupation
    source: str
    told_as: str
    number: str
    measures: tuple[str, ...] = ()
    is_spoilt: bool = False


@lru_cache(maxsize=96)
def tellings(city: City, on: date) -> tuple[Telling, ...]:
    """Give what every source tells of the occupations whose set-up begins on a day."""
    occupations = born(city, on)
    found = [Telling(one, CALENDAR, f"ical:{one.occupation_id}@simulated", one.occupation_id) for one in occupations]
    found += [
        Telling(one, ROADS, f"datex2:fr-SIMULATED-{one.occupation_id}", one.occupation_id)
        for one in occupations
        if one.kind == "works"
    ]
    for source in city.simulation["registers"]:
        found += _register(city, on, source, occupations)
    return tuple(found)


def _register(city: City, on: date, source: str, occupations: tuple[Occupation, ...]) -> list[Telling]:
    told = city.simulation["registers"][source]
    rng = stream(city.seed, f"register {source}", day_of(city, on).ordinal)
    found: list[Telling] = []
    draws = rng.random((len(occupations), 3)).tolist()
    for one, (kept, spoilt, diverts) in zip(occupations, draws, strict=True):
        is_long = one.ends_s - one.starts_s >= 3600 * told.get("shortest_hours", 0)
        if kept < told["tells"].get(one.kind, 0) and is_long:
            number = f"{on:%y%m%d}{len(found):03d}"
            issuer = _issuer(city, source)
            whole = f"{number}-1" if source == ORDERS else number  # an order numbers its places
            found.append(Telling(
                one, source, f"{issuer}:{whole}", number, _measures(one, diverts < DIVERTED_RATIO),
                spoilt < told.get("spoilt_ratio", 0),
            ))  # fmt: skip
    return found


def _measures(one: Occupation, diverts: bool) -> tuple[str, ...]:
    """What is ordered for the street: closed and perhaps diverted, or narrowed; nobody parks there."""
    if one.closes_street:
        return (CLOSED, PARKING, DIVERSION) if diverts else (CLOSED, PARKING)
    return (NARROWED, PARKING) if one.kind == "works" else (PARKING,)


def _issuer(city: City, source: str) -> str:
    columns: Any = city.simulation.city.source(source).settings["columns"]
    return str(columns["occupation_id"]["issuer"])


def rows(told: Iterable[Telling]) -> Iterator[dict[str, object]]:
    """Give tellings as rows of a table."""
    for one in told:
        yield {
            "occupation_id": one.occupation.occupation_id, "source": one.source, "told_as": one.told_as,
            "measures": " ".join(one.measures), "is_spoilt": one.is_spoilt,
        }  # fmt: skip
