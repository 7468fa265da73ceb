"""Registers of planned occupations: what all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.registers import Telling
from simulator.wire import Message
from simulator.wire._mapped import Fields, header_of, line_of

ANNOUNCED_RANGE = (0.7, 1.0, 1.6)
"""What is announced as least, most likely and most, for each person who comes: announced is about twice measured."""
ANNOUNCED_RATIO = 1.8


def told_in(facts: DayFacts, source: str) -> Iterator[Telling]:
    """What one register tells of the occupations that begin on the day."""
    return (one for one in facts.tellings if one.source == source)


def lines(
    city: City, facts: DayFacts, source: str, free_text: Mapping[str, str], fill: Callable[[Fields, Telling], None]
) -> Iterator[Message]:
    """One line of a delimited table per occupation, told with the export of the day it begins on."""
    for telling in told_in(facts, source):
        fields = Fields(city, source)
        fill(fields, telling)
        texts = {**free_text, **fields.texts}
        header = header_of(fields.columns, tuple(free_text))
        yield Message(facts.day.starts_s, line_of(fields.settings, [texts.get(name, "") for name in header]))


def packed_lines(city: City, source: str, free_text: Mapping[str, str], messages: Sequence[bytes]) -> bytes:
    """Header and lines."""
    settings = city.simulation.city.source(source).settings
    return line_of(settings, header_of(settings["columns"], tuple(free_text))) + b"".join(messages)


def announced(attendance: int) -> tuple[int, int, int]:
    """Least, most likely and most persons that an organiser announces."""
    least, likely, most = (round(attendance * ANNOUNCED_RATIO * share, -1) for share in ANNOUNCED_RANGE)
    return int(least), int(likely), int(most)
