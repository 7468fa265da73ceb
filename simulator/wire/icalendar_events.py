"""Planned occupations as iCalendar events: begin and end for the public; set-up and removal are not told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".ics"
SOURCE = "icalendar_events"
STAMP = "%Y%m%dT%H%M%SZ"
LONGEST_LINE = 75


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One event per occupation that begins on the day, in the words of the profile."""
    kinds = city.simulation.city.source(SOURCE).settings.get("kinds")
    words = {code: word for word, code in kinds.items()} if isinstance(kinds, Mapping) else {}
    for one in facts.occupations:
        lines = (
            "BEGIN:VEVENT", f"UID:{one.occupation_id}@simulated", f"DTSTAMP:{utc(one.announced_s, STAMP)}",
            f"DTSTART:{utc(one.starts_s, STAMP)}", f"DTEND:{utc(one.ends_s, STAMP)}", "STATUS:CONFIRMED",
            f"CATEGORIES:{words.get(one.kind, one.kind)}", f"LOCATION:{_text(city.places.names[one.place])}",
            f"GEO:{one.latitude};{one.longitude}", "END:VEVENT",
        )  # fmt: skip
        yield Message(facts.day.starts_s, b"".join(map(_folded, lines)))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One calendar."""
    head = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Vigie//City simulator//EN\r\n"
    return head + b"".join(messages) + b"END:VCALENDAR\r\n"


def _text(value: str) -> str:
    for mark in ("\\", ";", ","):
        value = value.replace(mark, f"\\{mark}")
    return value


def _folded(line: str) -> bytes:
    """A content line, broken after 75 bytes without cutting a letter."""
    parts: list[str] = []
    rest = line
    while len(rest.encode()) > LONGEST_LINE - bool(parts):
        cut = LONGEST_LINE - 1
        while len(rest[:cut].encode()) > LONGEST_LINE - 1:
            cut -= 1
        parts.append(rest[:cut])
        rest = rest[cut:]
    return "\r\n ".join([*parts, rest]).encode() + b"\r\n"
