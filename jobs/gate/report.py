"""What the gate found: one result per check, and the error that stops publication."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from jobs.sdk.errors import GateFailedError

SHOWN_FAILURES = 5


@dataclass(frozen=True)
class CheckFailure:
    """A blocking check that failed: rule, place, what was found, what was expected, what to do."""

    rule: str
    table: str
    column: str
    source_id: str
    observed: str
    expected: str
    fix: str

    def __str__(self) -> str:
        """Say the failure as one sentence."""
        place = f"{self.table}.{self.column}" if self.column else self.table
        source = f", source {self.source_id}" if self.source_id else ""
        return f"{self.rule} on {place}{source}: found {self.observed}, expected {self.expected}. {self.fix}"


@dataclass(frozen=True)
class CheckResult:
    """One check of one run, passed or not: a row of `quality.check_result`."""

    table: str
    rule: str
    column: str
    source_id: str
    is_success: bool
    is_blocking: bool
    observed: str
    expected: str
    fix: str

    def check_id(self, run_id: str) -> str:
        """Identify this check of one run."""
        text = "|".join((run_id, self.table, self.rule, self.column, self.source_id, self.expected))
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def failure(self) -> CheckFailure:
        """Return the failure that this result is."""
        return CheckFailure(self.rule, self.table, self.column, self.source_id, self.observed, self.expected, self.fix)


@dataclass(frozen=True)
class GateReport:
    """Verdict of one run of the gate over one layer.

    Attributes:
        ok: no blocking check failed.
        failures: the blocking checks that failed.
        warnings: the other checks that failed; they stop nothing.
        run_id: name of the run in `quality.check_result`.
        layer: the layer that was judged, `silver` or `gold`.
        check_count: number of checks made.
        data_docs: folder of the pages that show every check; open its `index.html`.
    """

    ok: bool
    failures: tuple[CheckFailure, ...]
    warnings: tuple[CheckFailure, ...]
    run_id: str
    layer: str
    checked_at: datetime
    check_count: int
    data_docs: Path


class GateFailed(GateFailedError):
    """A blocking check failed: gold was not published and the last good gold is still in place."""

    def __init__(self, report: GateReport) -> None:
        self.report = report
        listed = " ".join(f"({n}) {failure}" for n, failure in enumerate(report.failures[:SHOWN_FAILURES], 1))
        more = len(report.failures) - SHOWN_FAILURES
        rest = f" And {more} more in quality.check_result, run {report.run_id}." if more > 0 else ""
        super().__init__(
            f"the quality gate refused {report.layer}: {len(report.failures)} of {report.check_count} checks failed. "
            f"{listed}{rest} Gold was not changed. Every check: {report.data_docs / 'index.html'}"
        )
