"""The same messages, told one by one in the order of their instants, at a chosen speed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from heapq import heappop, heappush
from itertools import count

from simulator.city import City
from simulator.day import day_of
from simulator.facts import simulate_day
from simulator.send import Sender
from simulator.wire import Writer

Told = tuple[int, str, bytes]
"""UTC seconds, name of the source, content."""


def ordered(city: City, first: date, last: date, writers: Mapping[str, Writer]) -> Iterator[Told]:
    """Give what is told from the first to the last day, both included, about what happens in them, oldest first."""
    waiting: list[tuple[int, int, str, bytes]] = []
    number = count()
    on = first
    while on <= last:
        facts = simulate_day(city, on)
        for name, writer in writers.items():
            for message in writer.messages(city, facts):
                heappush(waiting, (message.at_s, next(number), name, message.content))
        # Nothing of a later day is told before that day begins.
        while waiting and waiting[0][0] < day_of(city, on).ends_s:
            at, _, name, content = heappop(waiting)
            yield at, name, content
        on += timedelta(days=1)


def play(
    messages: Iterator[Told], senders: Mapping[str, Sender], speed: float, stop: threading.Event,
    progress: Callable[[int, int], None] = lambda at, sent: None,
) -> int:  # fmt: skip
    """Send each message when it is due; give how many were sent.

    Args:
        messages: oldest first.
        senders: by the name of the source.
        speed: simulated seconds in a real one; infinity for no waiting at all.
        stop: ends the play when it is set, also in the middle of a wait.
        progress: called after each message with its instant and the count.
    """
    began: tuple[int, float] | None = None
    sent = 0
    for at, name, content in messages:
        if began is None:
            began = (at, time.monotonic())
        due = began[1] + (at - began[0]) / speed
        if stop.wait(max(0.0, due - time.monotonic())):
            break
        senders[name].send(content)
        sent += 1
        progress(at, sent)
    return sent
