"""Every connector found keeps every rule of the suite, and survives damaged payloads without losing a row."""

from __future__ import annotations

from functools import cache
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from connectors.sdk import Payload
from connectors.sdk.conformance import Subject, check, fixtures_of, load_subject
from connectors.sdk.conformance.mutation import HOSTILE, MUTATION_SEED, mutated
from connectors.sdk.judge import outcomes
from connectors.sdk.registry import names
from tests.connectors.sdk.hostile import spliced

FIXTURES = tuple(fixture for name in names() for fixture in fixtures_of(name))
FEW = max(40, 2_000 // len(FIXTURES))
"""Damaged payloads per fixture in every run; all fixtures together see two thousand."""
MANY = 100_000 // len(FIXTURES) + 1


@cache
def recorded(name: str) -> Subject:
    return load_subject(name)


@pytest.mark.parametrize("name", FIXTURES)
def test_connector_keeps_every_rule(name: str) -> None:
    report = check(recorded(name))
    assert report.is_passed, str(report)


def _survives(name: str, content: bytes) -> None:
    """No exception escapes, and every element is told exactly once: read = accepted + rejected."""
    subject = recorded(name)
    payload = Payload(content, subject.payload.url, subject.payload.collected_at)
    told = list(outcomes(subject.connector, payload))
    elements = list(subject.connector.split(payload))
    accepted = sum(outcome.is_accepted for outcome in told)
    rejected = sum(bool(outcome.violations) for outcome in told)
    assert accepted + rejected == len(told)
    assert [outcome.element.index for outcome in told] == sorted(outcome.element.index for outcome in told)
    assert {outcome.element.index for outcome in told} == set(range(len(elements)))
    assert all(violation.rule and violation.message for outcome in told for violation in outcome.violations)
    assert all(len(outcome.message.value) <= 1_000_000 for outcome in told)


@pytest.mark.parametrize("name", FIXTURES)
def test_damaged_payload_loses_nothing(name: str) -> None:
    content = recorded(name).payload.content
    for damaged in mutated(content, Random(MUTATION_SEED), FEW // 2, max_bytes=2_500):
        _survives(name, damaged)


@pytest.mark.parametrize("name", FIXTURES)
def test_hostile_fragments_lose_nothing(name: str) -> None:
    content = recorded(name).payload.content[:2_000]

    @seed(MUTATION_SEED)
    @settings(max_examples=FEW // 2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(spliced(content, st.sampled_from(HOSTILE) | st.binary(max_size=60)))
    def survives(damaged: bytes) -> None:
        _survives(name, damaged)

    survives()


@pytest.mark.slow
@pytest.mark.parametrize("name", FIXTURES)
def test_many_damaged_payloads_lose_nothing(name: str) -> None:
    content = recorded(name).payload.content
    for damaged in mutated(content, Random(MUTATION_SEED + 1), MANY, max_bytes=1_500):
        _survives(name, damaged)
