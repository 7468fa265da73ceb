"""What became of every row of a run, counted per contract so that nothing is lost without a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Element, Row
from connectors.sdk.envelope import Message
from connectors.sdk.errors import AccountingBroken
from schemas.check import Violation

_MAX_NOTES = 100
Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


class Sink(Protocol):
    """Where messages go."""

    def send(self, message: Message) -> None:
        """Take one message; may block while the buffer is full."""

    def flush(self) -> None:
        """Return once everything taken is acknowledged by the broker or safe on disk; raise when neither can be."""


@dataclass(frozen=True)
class Outcome:
    """One attempted row: the contract it counts under, the message it became, and why it was refused."""

    contract: str
    message: Message
    violations: tuple[Violation, ...]
    row: Row | None
    element: Element

    @property
    def is_accepted(self) -> bool:
        """Whether the row keeps its contract."""
        return not self.violations


@dataclass
class Counts:
    """Accounting of one contract of one source: ``read`` is always ``accepted + rejected``."""

    read: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass
class RunReport:
    """What one run did, per contract. Duplicates are told apart later, in silver."""

    source_id: str
    counts: dict[str, Counts] = field(default_factory=dict)
    payloads: int = 0
    seconds: float = 0.0
    waiting: int = 0
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, connector: SourceConnector) -> RunReport:
        """An empty report that names every contract of the connector."""
        return cls(connector.name, {contract: Counts() for contract in connector.contracts})

    @property
    def read(self) -> int:
        """Rows attempted, over all contracts."""
        return sum(counts.read for counts in self.counts.values())

    @property
    def accepted(self) -> int:
        """Rows sent to the connector's topic."""
        return sum(counts.accepted for counts in self.counts.values())

    @property
    def rejected(self) -> int:
        """Elements and rows sent to the dead-letter topic."""
        return sum(counts.rejected for counts in self.counts.values())

    def count(self, outcome: Outcome) -> None:
        """Enter one attempted row."""
        counts = self.counts.setdefault(outcome.contract, Counts())
        counts.read += 1
        if outcome.is_accepted:
            counts.accepted += 1
        else:
            counts.rejected += 1

    def note(self, message: str) -> None:
        """Keep what a person should know though nothing failed; the first hundred of a run."""
        if len(self.notes) < _MAX_NOTES:
            self.notes.append(message)

    def add(self, other: RunReport) -> None:
        """Take in the figures of a later run of the same source."""
        self.payloads += other.payloads
        self.seconds += other.seconds
        self.waiting = other.waiting
        self.notes += other.notes[: _MAX_NOTES - len(self.notes)]
        for contract, counts in other.counts.items():
            mine = self.counts.setdefault(contract, Counts())
            mine.read += counts.read
            mine.accepted += counts.accepted
            mine.rejected += counts.rejected

    def balance(self) -> None:
        """Check the invariant.

        Raises:
            AccountingBroken: read is not accepted plus rejected for some contract.
        """
        for contract, counts in self.counts.items():
            if counts.read != counts.accepted + counts.rejected:
                raise AccountingBroken(
                    f"{self.source_id} {contract}: read {counts.read} is not accepted {counts.accepted} + "
                    f"rejected {counts.rejected}; do not trust this run, keep its log and report it"
                )
