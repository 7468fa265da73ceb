"""One day as it is told until its midnight, source by source, in the parcels that transports carry.

A transport of messages carries them one by one; one of files carries those of an hour together, in as many files as the
source's limits ask for. A source that is read file by file and tells little drops a file for each: of two states of one
thing in one file nobody could say which is the newer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq

from schemas.simulated import SimulatedRun, mark
from simulator.city import City
from simulator.facts import DayFacts, simulate_day
from simulator.output import READ, as_read, cut
from simulator.wire import Message, Writer
from simulator.wire._told import utc

FEW = 1_000
"""Messages of a day up to which a source that drops files drops one for each."""


@dataclass(frozen=True)
class ToldDay:
    """The messages of every source that has something to tell, in the order of their instants.

    Attributes:
        messages: by the name of the connector that reads them.
        writers: what wrote them, by the same name.
        dropping: names of the sources that are read file by file.
    """

    city: City
    on: date
    facts: DayFacts
    writers: Mapping[str, Writer]
    messages: Mapping[str, Sequence[Message]]
    dropping: Collection[str] = ()

    def files(self, name: str) -> Iterator[tuple[str, list[bytes]]]:
        """What a transport of files carries: the name of each file, and the messages in it."""
        is_each_alone = name in self.dropping and len(self.messages[name]) <= FEW
        hours: dict[str, list[bytes]] = {}
        for number, message in enumerate(self.messages[name]):
            alone = f"{utc(message.at_s, '%Y-%m-%dT%H%M%SZ')}_{number:04d}"
            hour = alone if is_each_alone else utc(message.at_s, "%Y-%m-%dT%HZ")
            hours.setdefault(hour, []).append(message.content)
        for hour, told in hours.items():
            parts = list(cut(told, self.writers[name]))
            for number, part in enumerate(parts, start=1):
                ordinal = f"_{number:03d}" if len(parts) > 1 else ""
                yield f"{hour}{ordinal}{self.writers[name].SUFFIX}", part

    def keep(self, folder: Path) -> None:
        """Write the files of every source, and what a perfect reading of the day gives, into a marked folder."""
        mark(folder, SimulatedRun(self.city.simulation.city.city_id, self.city.seed, self.on, self.on))
        pq.write_table(as_read(self.city, self.facts, self.facts.day.ends_s), folder / f"{READ}.parquet")
        for name in self.messages:
            (folder / name).mkdir()
            for file, told in self.files(name):
                (folder / name / file).write_bytes(self.writers[name].packed(self.city, told))


def tell_day(city: City, on: date, writers: Mapping[str, Writer], dropping: Collection[str] = ()) -> ToldDay:
    """Simulate a day, and have every source tell what it tells before the day ends."""
    facts = simulate_day(city, on)
    messages = {}
    for name, writer in writers.items():
        told = [message for message in writer.messages(city, facts) if message.at_s < facts.day.ends_s]
        if told:
            messages[name] = sorted(told, key=lambda message: message.at_s)
    return ToldDay(city, on, facts, writers, messages, dropping)
