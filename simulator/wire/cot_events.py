"""Positions of patrols in Cursor on Target, one event per unit and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import PATROLS, patrols_of
from simulator.truth.units import tracks
from simulator.wire import Message
from simulator.wire._told import utc

SUFFIX = ".xml"
SOURCE = "cot_events"
UID = "SIMULATED-"
VALID_S = 300
ACCURACY_M = 9.0


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Events of every patrol that no other source follows.

    ``opex`` stays away: a simulated feed is told by its source, not by its events.
    """
    for track in tracks(city, facts.day, facts.dispatches, PATROLS, patrols_of(city, SOURCE)):
        for at, x, y in zip(track.at_s.tolist(), track.longitude.tolist(), track.latitude.tolist(), strict=True):
            begins, ends = utc(at, "%Y-%m-%dT%H:%M:%SZ"), utc(at + VALID_S, "%Y-%m-%dT%H:%M:%SZ")
            yield Message(at, (
                f'<event version="2.0" uid="{UID}{track.unit_id}" type="a-f-G-E-V-C" how="m-g" time="{begins}" '
                f'start="{begins}" stale="{ends}"><point lat="{y}" lon="{x}" hae="9999999.0" ce="{ACCURACY_M}" '
                'le="9999999.0"/><detail/></event>'
            ).encode())  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Events below each other, as a client streams them."""
    return b"\n".join(messages) + b"\n"
