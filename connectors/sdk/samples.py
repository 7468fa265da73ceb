"""What a connector makes of a payload, without broker, offset or city's feed: rows, refusals and their reasons.

This is the pure part that ``vigie connectors check --payload`` shows and that the catalogue takes its examples from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from connectors.sdk.accounting import Outcome
from connectors.sdk.conformance import FIXTURES, fixtures_of, load_subject
from connectors.sdk.connector import SourceConnector, read_payload
from connectors.sdk.element import Payload, Row
from connectors.sdk.errors import BadSetting
from connectors.sdk.judge import outcomes
from connectors.sdk.registry import load
from schemas.city import cities, load_city

FIRST_ROWS = 5


@dataclass
class PayloadReport:
    """What one payload gave: ``read`` is always ``accepted + rejected + duplicates``."""

    file: str
    elements: int = 0
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    violations: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, other: PayloadReport) -> None:
        """Take in the figures of another payload, its violations, and its rows as far as there is room."""
        self.elements += other.elements
        self.read += other.read
        self.accepted += other.accepted
        self.rejected += other.rejected
        self.duplicates += other.duplicates
        self.rows += other.rows[: FIRST_ROWS - len(self.rows)]
        self.violations += other.violations


def connector_for(name: str, city_id: str | None = None) -> SourceConnector:
    """The connector with the settings of a city: the one named, else that of its fixture, else the first that has it.

    Raises:
        UnknownConnector: no such connector.
        BadSetting: no city names the source.
    """
    connector = load(name)
    if city_id is None and (FIXTURES / name / "payload.yaml").exists():
        return load_subject(name).connector
    users = [city for city in map(load_city, cities()) if any(source.connector == name for source in city.sources)]
    chosen = [city for city in users if city_id in (None, city.city_id)]
    if not chosen:
        known = ", ".join(city.city_id for city in users) or "no city"
        raise BadSetting(f"{name} is named by {known}; add cities/{city_id or '<city>'}/sources/{name}.yaml")
    return connector(chosen[0].source(name), chosen[0])


def judge_files(connector: SourceConnector, paths: tuple[Path, ...]) -> Iterator[PayloadReport]:
    """Run files through the connector; what one file tells twice, or two files tell both, counts as a duplicate.

    A duplicate is a row whose key was accepted before, as silver counts it.
    """
    seen: set[tuple[str, str]] = set()
    for path in paths:
        yield judge_payload(connector, read_payload(path), path.name, seen)


def judge_payload(
    connector: SourceConnector, payload: Payload, name: str, seen: set[tuple[str, str]] | None = None
) -> PayloadReport:
    """Run one payload through the connector."""
    known = set() if seen is None else seen
    report = PayloadReport(name)
    for outcome in outcomes(connector, payload):
        report.elements = max(report.elements, outcome.element.index + 1)
        report.read += 1
        if not outcome.is_accepted:
            report.rejected += 1
            report.violations += _told(outcome, name)
            continue
        key = (outcome.contract, outcome.message.key.decode())
        if key in known:
            report.duplicates += 1
            continue
        known.add(key)
        report.accepted += 1
        if len(report.rows) < FIRST_ROWS:
            report.rows.append({"file": name, "contract": outcome.contract, "row": _filled(outcome.row or {})})
    return report


@dataclass(frozen=True)
class Example:
    """One row that a connector accepts and one element that it refuses, from its fixture."""

    contract: str
    row: Row
    refused: str
    why: str
    violations: tuple[Mapping[str, str], ...]


def example_of(name: str) -> Example | None:
    """The first accepted row and the first refused sample of a connector; ``None`` before it has a fixture."""
    if not (FIXTURES / name / "payload.yaml").exists():
        return None
    subject = load_subject(name)
    accepted = next((outcome for outcome in subject.outcomes if outcome.is_accepted), None)
    for sample in subject.refused:
        for outcome in outcomes(subject.connector, sample.payload):
            if accepted is not None and outcome.violations:
                raw = outcome.element.raw[:2_000].decode("utf-8", "backslashreplace")
                told = tuple(violation.as_dict() for violation in outcome.violations)
                return Example(accepted.contract, _filled(accepted.row or {}), raw, sample.name, told)
    return None


def licence_of(name: str) -> str:
    """Licence of the recorded sample, as the profile of its city names it; the connector's own before it has one."""
    if (FIXTURES / name / "payload.yaml").exists():
        return load_subject(name).connector.source.licence
    return load(name).attribution.licence


def sample_rows(name: str) -> int:
    """Rows that the recorded payloads of a connector give, accepted and refused, over all its dialects."""
    fixtures = [one for one in fixtures_of(name) if (FIXTURES / one / "payload.yaml").exists()]
    return sum(len(load_subject(one).outcomes) for one in fixtures)


def _told(outcome: Outcome, file: str) -> list[Mapping[str, Any]]:
    return [
        {"file": file, "element": outcome.element.index, "contract": outcome.contract, **violation.as_dict()}
        for violation in outcome.violations
    ]


def _filled(row: Row) -> dict[str, Any]:
    return {column: value for column, value in row.items() if value is not None}
