"""What the tests of the SDK share: a sink that keeps what it is given, and a small connector with its city."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from connectors.sdk.envelope import Message
from schemas.city import CityProfile, SourceSettings, load_city


@dataclass
class MemorySink:
    """A sink whose acknowledged messages can be read; ``fails_at`` makes the n-th flush fail once."""

    fails_at: int = 0
    taken: list[Message] = field(default_factory=list)
    acknowledged: list[Message] = field(default_factory=list)
    flushes: int = 0

    def send(self, message: Message) -> None:
        self.taken.append(message)

    def flush(self) -> None:
        self.flushes += 1
        if self.flushes == self.fails_at:
            self.taken.clear()
            raise ConnectionError("the broker went away")
        self.acknowledged += self.taken
        self.taken.clear()


@pytest.fixture
def sink() -> MemorySink:
    return MemorySink()


@pytest.fixture
def city() -> CityProfile:
    return load_city("san_francisco")


@pytest.fixture
def source(city: CityProfile, tmp_path: Path) -> SourceSettings:
    return replace(
        city.sources[0],
        time_zone="America/Los_Angeles",
        recordings=(),
        settings={"url": "https://data.example/feed.csv?key=abc&day=1"},
    )
