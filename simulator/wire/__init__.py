"""Writers: what the sources tell, in the formats they really use; one module per source, found by being there.

A module is named as the connector that reads it and holds ``SUFFIX``, ``messages(city, facts)`` and
``packed(city, messages)``. It may hold ``MOST_BYTES`` or ``MOST_MESSAGES``: a file grows no larger; and
``IS_ISOLATED`` (the law keeps the source apart) or ``NEEDS_DECISION`` (it is off without one): then it is written only
where it is named.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

from simulator.city import City
from simulator.facts import DayFacts


class Message(NamedTuple):
    """One message as it travels, and when: UTC seconds."""

    at_s: int
    content: bytes


class Writer(Protocol):
    """What a module of this folder is."""

    SUFFIX: str

    def messages(self, city: City, facts: DayFacts) -> Iterator[Message]:
        """Everything the source tells of the day's facts, in any order."""

    def packed(self, city: City, messages: Sequence[bytes]) -> bytes:
        """One file of some messages, as the connector reads a file."""


def writers() -> dict[str, Writer]:
    """Give every writer by the name of its connector, in alphabetical order."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    return {name: cast(Writer, importlib.import_module(f"{__name__}.{name}")) for name in names}


def usual_writers() -> dict[str, Writer]:
    """Give those that are written where no source is named: all but what the law keeps apart or off."""
    kept = ("IS_ISOLATED", "NEEDS_DECISION")
    return {name: one for name, one in writers().items() if not any(getattr(one, mark, False) for mark in kept)}
