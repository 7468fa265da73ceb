"""The traps of decisions: a pair has no order, what was said last holds, and nobody who decided is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.sdk.envelope import key_of
from schemas.contract import load

DECISION = "silver.incident_decision"
SAID = {
    "first_report_id": "police:7",
    "second_report_id": "fire:12",
    "decision": "same",
    "decided_at": "2026-11-24T09:30:00Z",
}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("incident_decisions")


def line(**fields: object) -> bytes:
    """One decision as a line."""
    return json.dumps(SAID | fields).encode() + b"\n"


def leaving(source: Any, content: bytes) -> bytes:
    """Everything that leaves the connector for this content."""
    told = list(source.outcomes(content))
    parts = [part for one in told for part in (one.message.key, one.message.value, *dict(one.message.headers).values())]
    return b"\n".join([*parts, *(repr(one.violations).encode() for one in told)])


def test_a_pair_has_one_key_however_it_is_told(source: Any) -> None:
    turned = line(first_report_id="fire:12", second_report_id="police:7", decision="withdrawn")
    rows = source.read(line() + turned).rows(DECISION)
    assert [(row["first_report_id"], row["second_report_id"]) for row in rows] == [("fire:12", "police:7")] * 2
    assert len({key_of(row, load(DECISION)) for row in rows}) == 1
    assert load(DECISION).version_by == ("decided_at",)


def test_two_decisions_of_one_second_differ(source: Any) -> None:
    later = line(decided_at="2026-11-24T10:30:00.000001+01:00")
    instants = [row["decided_at"] for row in source.read(line() + later).rows(DECISION)]
    assert instants == ["2026-11-24T09:30:00Z", "2026-11-24T09:30:00.000001Z"]


@pytest.mark.parametrize(
    "content",
    [
        line(analyst="Jeanne"),
        line(author={"name": "Jeanne"}),
        line(decision={"word": "same", "by": "Jeanne"}),
        line(decided_at=["Jeanne"]),
        line(analyst="Jeanne")[:-3],
        b'"Jeanne"\n',
        b'["Jeanne"]\n',
        '{"analyst": "Jeanne é"}\n'.encode("latin-1"),
        b'{"analyst": "Jeanne", "analyst": "Jeanne"}\n',
        line(analyst="Jeanne", decision="perhaps"),
        line(analyst="Jeanne", second_report_id="police:7"),
    ],
)
def test_who_decided_leaves_nowhere(source: Any, content: bytes) -> None:
    assert b"Jeanne" in content
    left = leaving(source, content)
    assert left
    assert b"Jeanne" not in left


@pytest.mark.parametrize("cut", range(0, 700, 29))
def test_a_damaged_file_does_not_tell_who_decided(source: Any, cut: int) -> None:
    names = (b"EXEMPLE", b"MODELE", b"j.exemple")
    assert all(name in source.slice for name in names)
    for damaged in (source.slice[:cut], source.slice[cut:], source.slice[:cut] + b'"' + source.slice[cut:]):
        assert not [name for name in names if name in leaving(source, damaged)]


def test_a_refused_line_is_refused_again_when_it_is_read_from_its_original(source: Any) -> None:
    connector = source.connector
    (element,) = connector.split(source.payload(line(second_report_id="police:7")))
    assert [each.rule for each in element.violations] == ["shape"]
    again = connector.reread(connector.text(element))
    assert [each.rule for each in again.violations] == ["shape"]
    (kept,) = connector.split(source.payload(line(analyst="Jeanne")))
    assert connector.reread(connector.text(kept)).value == SAID


@pytest.mark.parametrize("city", ["marseille", "san_francisco", "lancashire"])
def test_a_city_that_fuses_takes_decisions_without_waiting_for_them(city: str) -> None:
    from schemas.city import load_city

    found = load_city(city).source("incident_decisions")
    assert not found.is_expected
    assert not replace(found, expected=None).is_expected
    assert found.settings["folder"] == "decisions"
    assert found.settings["quiet_seconds"] == 0
