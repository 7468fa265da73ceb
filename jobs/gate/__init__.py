"""The quality gate: Great Expectations suites, generated from the contracts, judge silver before gold is published."""

from __future__ import annotations

from jobs.gate.report import CheckFailure, CheckResult, GateFailed, GateReport
from jobs.gate.runner import data_docs_folder, judge_and_record, require_passed, run_gate

__all__ = [
    "CheckFailure",
    "CheckResult",
    "GateFailed",
    "GateReport",
    "data_docs_folder",
    "judge_and_record",
    "require_passed",
    "run_gate",
]
