"""Hourly weather as aerodrome reports (METAR) under a line with the date, as weather services list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.weather import air
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".txt"
STATION = "XSIM"
"""An aerodrome that does not exist: a report of a real one would pass for a real report."""

SKIES = {"storm": "9999 +TSRA BKN020CB", "rain": "9999 RA BKN030", "": "CAVOK"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One report per hour."""
    for hour in range(len(facts.day.hours)):
        at, found = facts.day.starts_s + hour * 3600, air(city, facts.day, hour)
        shown = f"{'M' if round(found.temperature_c) < 0 else ''}{abs(round(found.temperature_c)):02d}"
        gust = "" if found.gust_kt is None else f"G{found.gust_kt}"
        wind = f"{found.wind_deg}{found.wind_kt:02d}{gust}KT"
        groups = f"{wind} {SKIES[found.weather]} {shown}/// Q{found.pressure_hpa}"
        report = f"{utc(at, '%Y/%m/%d %H:%M')}\n{STATION} {utc(at, '%d%H%MZ')} {groups}\n"
        yield Message(at, report.encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Reports below each other."""
    return b"".join(messages)
