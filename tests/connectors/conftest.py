"""What the tests of the connectors share: a connector with its city, its recorded slice and its whole recording."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from connectors.sdk.accounting import Outcome
from connectors.sdk.conformance import load_subject
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Payload
from connectors.sdk.judge import outcomes
from schemas.check import Violation
from tests.fixtures.connectors.reading import payload_of, reading_of

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests" / "fixtures" / "connectors"
Row = dict[str, Any]


def told(row: Any) -> Row:
    """The row without its missing values, as `accepted.jsonl` writes it."""
    return {column: value for column, value in row.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Judged:
    """One attempted row without its message, so that a whole recording stays small."""

    index: int
    contract: str
    row: Row
    violations: tuple[Violation, ...]


@dataclass(frozen=True)
class Reading:
    """What came of one content: every row attempted, in order."""

    judged: list[Judged]

    def rows(self, contract: str) -> list[Row]:
        """Accepted rows of one contract."""
        return [one.row for one in self.judged if not one.violations and one.contract == contract]

    @property
    def accepted(self) -> list[tuple[str, Row]]:
        """Accepted rows without their missing values."""
        return [(one.contract, told(one.row)) for one in self.judged if not one.violations]

    @property
    def refused(self) -> list[tuple[int, str, str, str]]:
        """Index of the element, contract, rule and column of every violation."""
        return [
            (one.index, one.contract, violation.rule, violation.column)
            for one in self.judged
            for violation in one.violations
        ]


@dataclass(frozen=True)
class Recorded:
    """One connector, its city, and the bytes recorded for it; `fixture` is `<connector>` or `<connector>+<dialect>`."""

    fixture: str

    @property
    def name(self) -> str:
        """The connector."""
        return self.fixture.partition("+")[0]

    @property
    def folder(self) -> Path:
        """The folder of its fixtures."""
        return FIXTURES / self.fixture

    @cached_property
    def about(self) -> dict[str, Any]:
        """Address, instant of collection, content type and city of the slice; counts of the whole recording."""
        found: dict[str, Any] = yaml.safe_load((self.folder / "payload.yaml").read_text(encoding="utf-8"))
        return found

    @cached_property
    def connector(self) -> SourceConnector:
        """The connector as the city's profile sets it up."""
        return load_subject(self.fixture).connector

    @cached_property
    def slice(self) -> bytes:
        """The recorded slice: some dozens of elements with the traps among them."""
        return payload_of(self.folder)

    @cached_property
    def recording(self) -> bytes:
        """The whole recording: the only file, or the one the slice's `recording` names."""
        wanted = self.about.get("recording", "*.*")
        found = (ROOT / "cities" / self.about["city"] / "recordings" / self.name).glob(wanted)
        (path,) = (path for path in found if path.name != "LICENCE.md")
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()

    @cached_property
    def full(self) -> Reading:
        """What comes of the whole recording, read once for all tests."""
        return self.read(self.recording)

    def payload(self, content: bytes) -> Payload:
        """The content as if it had been collected when the slice was."""
        collected_at = datetime.fromisoformat(self.about["collected_at"]).astimezone(UTC)
        return Payload(content, self.about["url"], collected_at, self.about["content_type"])

    def outcomes(self, content: bytes) -> Iterator[Outcome]:
        """Take the content through the whole path of the connector, checks and messages included."""
        return outcomes(self.connector, self.payload(content))

    def read(self, content: bytes) -> Reading:
        """What comes of the content, without the messages."""
        return Reading(
            [
                Judged(o.element.index if o.element else 0, o.contract, dict(o.row or {}), o.violations)
                for o in self.outcomes(content)
            ]
        )

    def expected(self, content: bytes) -> list[tuple[str, Row]]:
        """The independent reading of the content."""
        return [(contract, told(row)) for contract, row in reading_of(self.folder)(content)]

    def stored(self) -> Iterator[tuple[str, Row]]:
        """The rows of `accepted.jsonl`."""
        for line in (self.folder / "accepted.jsonl").read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            yield entry["contract"], entry["row"]


@cache
def recorded_source(name: str) -> Recorded:
    """One connector with its recordings, made once for the whole run."""
    return Recorded(name)


@pytest.fixture(scope="session")
def recorded() -> Callable[[str], Recorded]:
    """Give a connector with its recordings by name."""
    return recorded_source
