"""The conformance suite: what must hold for every connector, checked on its recorded payload.

check(load_subject("datasf_police_incidents")).is_passed
"""

from __future__ import annotations

from dataclasses import dataclass

from connectors.sdk.conformance import declaration, identity, mapping, persons, samples
from connectors.sdk.conformance.rule import RULES, ConformanceRule
from connectors.sdk.conformance.subject import (
    FIXTURES,
    Mapped,
    RefusedSample,
    Subject,
    fixtures_of,
    load_subject,
)

__all__ = [
    "FIXTURES",
    "RULES",
    "ConformanceRule",
    "Finding",
    "Mapped",
    "RefusedSample",
    "Report",
    "Subject",
    "check",
    "fixtures_of",
    "load_subject",
]

_RULE_MODULES = (declaration, mapping, identity, persons, samples)


@dataclass(frozen=True)
class Finding:
    """One breach of one rule."""

    code: str
    message: str


@dataclass(frozen=True)
class Report:
    """What the suite found on one recorded payload of a connector; ``connector`` names its fixture folder."""

    connector: str
    findings: tuple[Finding, ...]
    rules: int
    elements: int
    rows: int
    samples: int

    @property
    def is_passed(self) -> bool:
        """Whether no rule is broken."""
        return not self.findings

    def __str__(self) -> str:
        """A line per breach, or one line that says what was checked."""
        if self.is_passed:
            return (
                f"{self.connector}: {self.rules} rules hold on {self.elements} elements, {self.rows} rows "
                f"and {self.samples} refused samples"
            )
        lines = [f"{self.connector}: {len(self.findings)} findings"]
        return "\n".join([*lines, *(f"  {finding.code}: {finding.message}" for finding in self.findings)])


def check(subject: Subject, fixture: str = "") -> Report:
    """Apply every rule; a rule that cannot run because of the connector counts as broken."""
    findings = [Finding(rule.code, message) for rule in RULES.values() for message in _messages(rule, subject)]
    known = not any(finding.code == "contracts_known" for finding in findings)
    rows = len(subject.outcomes) if known else 0
    name = fixture or subject.connector.name
    return Report(name, tuple(findings), len(RULES), len(subject.elements) if known else 0, rows, len(subject.refused))


def _messages(rule: ConformanceRule, subject: Subject) -> list[str]:
    try:
        return list(rule.check(subject))
    except Exception as error:  # a stranger's code
        return [f"cannot be checked: {type(error).__name__}: {str(error)[:200]}"]
