"""The suite itself: a good connector passes, and for every rule one bad connector is caught by it."""

from __future__ import annotations

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.sdk import Payload, SourceConnector
from connectors.sdk.conformance import RULES, Mapped, RefusedSample, Subject, check
from connectors.sdk.conformance.subject import FIXTURE_KEY
from connectors.sdk.judge import outcomes
from connectors.sdk.registry import connector_in
from schemas.city import load_city
from tests.connectors.sdk.good import CONTENT, EXPECTED, REFUSED, GoodLines

BAD = Path(__file__).parent / "bad"
SAMPLE_RULES = {"accepted_rows_as_recorded", "refused_as_recorded"}


def _payload(content: bytes) -> Payload:
    return Payload(content, "file:lines.csv", datetime(2011, 1, 1, tzinfo=UTC))


def _subject(connector_class: type[SourceConnector]) -> Subject:
    city = load_city("san_francisco")
    source = city.sources[0]
    recorded = outcomes(GoodLines(source, city), _payload(CONTENT))
    accepted = tuple(Mapped(o.contract, o.row) for o in recorded if o.row is not None)
    sample = RefusedSample("bad_date", _payload(REFUSED), EXPECTED, 1)
    connector = connector_class(source, city)
    connector.guard = connector.guard_with(FIXTURE_KEY)
    return Subject(connector, _payload(CONTENT), accepted, (sample,))


class GoodEnough(GoodLines):
    """One line is one report."""


GoodEnough.__module__ = "good_lines"


def _bad(code: str) -> type[SourceConnector]:
    import sys

    name = "named" if code == "named" else f"bad_{code}"
    spec = importlib.util.spec_from_file_location(name, BAD / f"{code}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        return connector_in(name)
    finally:
        del sys.modules[name]


def test_a_good_connector_passes_every_rule() -> None:
    assert str(check(_subject(GoodEnough))) == (
        f"good_lines: {len(RULES)} rules hold on 4 elements, 4 rows and 1 refused samples"
    )


def test_every_rule_has_a_bad_connector() -> None:
    assert {path.stem for path in BAD.glob("*.py")} == set(RULES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_the_bad_connector_of_a_rule_is_caught_by_it(code: str) -> None:
    report = check(_subject(_bad(code)))
    caught = {finding.code for finding in report.findings}
    assert code in caught, str(report)
    assert all(finding.message for finding in report.findings)
    assert code in str(report)


@pytest.mark.parametrize("code", sorted(set(RULES) - SAMPLE_RULES - {"contracts_known", "same_when_shuffled"}))
def test_a_bad_connector_is_caught_by_its_rule_alone(code: str) -> None:
    related = {
        "total": set(),
        "reads_again": set(),
        "filters_nothing": set(),
        "gives_json_values": set(),
        "pure": {"same_when_read_later"},
    }
    caught = {finding.code for finding in check(_subject(_bad(code))).findings}
    assert caught - SAMPLE_RULES - related.get(code, set()) == {code}


def test_every_rule_says_what_must_hold() -> None:
    assert all(rule.obligation.endswith(".") and len(rule.obligation) > 20 for rule in RULES.values())
