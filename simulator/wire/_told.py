"""Reports of one source as rows, and instants as sources write them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from simulator.chance import taken
from simulator.city import City
from simulator.facts import DayFacts

SPOILT_INSTANT = "31 of last month"


class Told(NamedTuple):
    """One version of one report; instants in UTC seconds, no position is `None`."""

    report_id: str
    version: int
    incident_id: str
    nature: str
    told_s: int
    first_told_s: int
    occurred_s: int
    status: str
    severity: int
    word: str
    second_word: str
    longitude: float | None
    latitude: float | None
    precision_m: float | None
    place: int
    post: int
    is_spoilt: bool
    is_duplicate: bool


def told_by(facts: DayFacts, source: str) -> Iterator[Told]:
    """Give the versions of the reports of one source, in the order of the table."""
    found = taken(facts.reports, facts.reports["source"] == source)
    columns = [found[name].tolist() for name in Told._fields]
    for values in zip(*columns, strict=True):
        row = Told(*values)
        if row.longitude is not None and math.isnan(row.longitude):
            row = row._replace(longitude=None, latitude=None, precision_m=None)
        yield row


@lru_cache(maxsize=4)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(city: City, seconds: int) -> datetime:
    """The wall clock of the city, with its offset."""
    return datetime.fromtimestamp(seconds, _zone(city.simulation.city.time_zone))


def with_offset(city: City, seconds: int) -> str:
    """``2026-05-01T10:00:00+02:00``."""
    return local(city, seconds).isoformat()


def utc(seconds: int, pattern: str) -> str:
    """An instant in UTC in the form given."""
    return datetime.fromtimestamp(seconds, UTC).strftime(pattern)


def local_number(row: Told, city: City, source: str) -> str:
    """The number of a report as its source writes it: without the issuer that connectors put before it."""
    issuer: Any = city.simulation["sources"][source]["issuer"]
    return row.report_id.removeprefix(str(issuer).partition(":")[0] + ":")
