"""Hourly weather as aerodrome reports (METAR) under a line with the date, as weather services list them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".txt"
STATION = "XSIM"
"""An aerodrome that does not exist: a report of a real one would pass for a real report."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One report per hour."""
    day = facts.day
    for hour, temperature in enumerate(day.temperature_c.tolist()):
        at = day.starts_s + hour * 3600
        shown = f"{'M' if round(temperature) < 0 else ''}{abs(round(temperature)):02d}"
        storm, rain = bool(day.holds["storm"][hour]), bool(day.holds["rain"][hour])
        weather = "9999 +TSRA BKN020CB" if storm else "9999 RA BKN030" if rain else "CAVOK"
        wind = "32035G58KT" if storm else "31010KT"
        report = f"{utc(at, '%Y/%m/%d %H:%M')}\n{STATION} {utc(at, '%d%H%MZ')} {wind} {weather} {shown}/// Q1015\n"
        yield Message(at, report.encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Reports below each other."""
    return b"".join(messages)
