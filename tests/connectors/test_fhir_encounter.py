"""The traps of FHIR Encounter, and that no patient leaves a resource whatever is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from connectors.sdk.conformance.mutation import mutated
from connectors.sdk.envelope import header
from tests.connectors.test_hl7v2_adt import everything, holds_person, rows

PERSON = {
    "subject": {"reference": "Patient/279035121518989", "display": "TÉMOIN Zoé"},
    "participant": [{"individual": {"display": "Dr TÉMOIN"}}],
    "reasonCode": [{"text": "douleur de Mme TÉMOIN, 0600000001"}],
    "text": {"status": "generated", "div": "<div>TÉMOIN Zoé, 19790314, 1 rue de la Paix</div>"},
    "contained": [{"resourceType": "Patient", "name": [{"family": "TEMOIN"}]}],
    "location": [{"location": {"display": "chez Zoé"}}],
    "extension": [{"url": "https://x/TEMOIN", "valueString": "TÉMOIN"}],
    "identifier": [{"value": "26000123"}],
}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its bundle."""
    return recorded("fhir_encounter")


def stay(**more: Any) -> dict[str, Any]:
    """One encounter of one made-up person."""
    found = {
        "resourceType": "Encounter",
        "id": "26000123",
        "status": "arrived",
        "class": {"code": "EMER"},
        "period": {"start": "2024-03-01T10:22:33+01:00"},
        **PERSON,
        **more,
    }
    return {name: value for name, value in found.items() if value is not None}


def told(source: Any, *stays: dict[str, Any]) -> list[dict[str, Any]]:
    """Accepted rows of a bundle."""
    return rows(source, bundle(*stays))


def bundle(*stays: dict[str, Any], **more: Any) -> bytes:
    """A searchset in one line, as servers send it."""
    entries = [{"resource": one} for one in stays]
    return json.dumps({"resourceType": "Bundle", "entry": entries, **more}, ensure_ascii=False).encode()


def test_stay_that_went_on_in_a_ward_stays_an_emergency_arrival(recorded: Callable[[str], Any]) -> None:
    """The example of the specification is class IMP today; its passage stands in the histories."""
    (row,) = [row for _, row in recorded("fhir_encounter+single").stored()]
    assert (row["class_code"], row["arrived_at"]) == ("emergency", "2017-01-31T21:15:00Z")
    assert row["left_at"] == "2017-01-31T23:15:00Z"


def test_bundle_single_resource_and_lines_tell_the_same(source: Any) -> None:
    one = json.dumps(stay(), ensure_ascii=False).encode()
    other = json.dumps(stay(id="2"), ensure_ascii=False).encode()
    assert rows(source, one) == told(source, stay())
    assert rows(source, one + b"\n" + other + b"\n") == told(source, stay(), stay(id="2"))
    assert rows(source, json.dumps(stay(), indent=4).encode()) == told(source, stay())
    assert rows(source, b"\xef\xbb\xbf" + one + b"\n" + other) == told(source, stay(), stay(id="2"))


def test_empty_search_tells_nothing(source: Any) -> None:
    assert source.read(b'{"resourceType": "Bundle", "type": "searchset", "total": 0}').judged == []
    assert source.read(b'{"resourceType": "Bundle", "entry": []}').judged == []


def test_what_a_server_adds_to_a_search_is_no_stay(source: Any) -> None:
    added = [
        {"resource": {"resourceType": "Patient", "name": "TÉMOIN"}, "search": {"mode": "include"}},
        {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
    ]
    content = bundle(entry=[{"resource": stay()}, *added])
    assert len(source.read(content).judged) == 1
    assert holds_person(everything(source, content)) == []


@pytest.mark.parametrize(
    ("status", "told_status"),
    [("planned", "planned"), ("triaged", "arrived"), ("in-progress", "arrived"), ("finished", "left"),
     ("cancelled", "cancelled"), ("entered-in-error", "cancelled"), ("unknown", "unknown"), ("TÉMOIN", "unknown"),
     (None, "unknown")],
)  # fmt: skip
def test_states_become_those_of_an_arrival(source: Any, status: str | None, told_status: str) -> None:
    (row,) = told(source, stay(status=status))
    assert row["arrival_status_code"] == told_status
    assert row["movement_code"] == ("planned" if status == "planned" else "arrival")


def test_stay_entered_in_error_cancels_its_arrival_even_without_a_period(source: Any) -> None:
    first = stay(meta={"lastUpdated": "2024-03-01T09:23:00Z"})
    error = stay(status="entered-in-error", period=None, meta={"lastUpdated": "2024-03-01T09:29:00Z"})
    before, after = told(source, first, error)
    assert before["hospital_arrival_id"] == after["hospital_arrival_id"]
    assert (before["source_updated_at"], before["version_rank"]) < (after["source_updated_at"], after["version_rank"])


@pytest.mark.parametrize(
    ("start", "kept", "precision"),
    [
        ("2024-03-01T10:22:33+01:00", "2024-03-01T09:15:00Z", "quarter_hour"),
        ("2024-03-01T10:22:33.123456Z", "2024-03-01T10:15:00Z", "quarter_hour"),
        ("2024-03-01", "2024-02-29T23:00:00Z", "day"),
        ("2023-10-29T02:30:00+01:00", "2023-10-29T01:30:00Z", "quarter_hour"),
    ],
)
def test_instants_are_utc_quarter_hours(source: Any, start: str, kept: str, precision: str) -> None:
    (row,) = told(source, stay(period={"start": start}))
    assert (row["arrived_at"], row["time_precision_code"]) == (kept, precision)


def test_resource_sent_again_is_the_same_record(source: Any) -> None:
    ids = [header(o.message.headers, "ce_id") for o in source.outcomes(bundle(stay(), stay()))]
    assert len(set(ids)) == 1


@pytest.mark.parametrize(
    "name",
    ["id", "status", "class", "period", "meta", "classHistory", "statusHistory", "serviceProvider", "hospitalization",
     "extension", "actualPeriod", "admission"],
)  # fmt: skip
@pytest.mark.parametrize(
    "value",
    [
        "TÉMOIN Zoé",
        ["TEMOIN"],
        {"TEMOIN": "Zoé"},
        [{"code": "TEMOIN", "start": "Zoé"}],
        {"code": "TEMOIN", "start": "TEMOIN", "lastUpdated": "Zoé", "reference": "TEMOIN", "coding": {"code": "Zoé"}},
        {"period": {"start": "TEMOIN"}, "class": {"code": "Zoé"}, "dischargeDisposition": {"coding": {"code": "Zoé"}}},
    ],
)
def test_name_in_any_kept_place_leaves_nowhere(source: Any, name: str, value: Any) -> None:
    content = bundle(stay(**{name: value}))
    assert len(source.read(content).judged) == 1
    assert holds_person(everything(source, content)) == []


def test_nothing_of_a_person_leaves_a_damaged_payload(source: Any) -> None:
    whole = bundle(stay(), stay(id="TEMOIN", status="finished"))
    lines = json.dumps(stay()).encode() + b"\n" + json.dumps(stay(), ensure_ascii=False).encode()
    for content in (whole, lines):
        for damaged in mutated(content, Random(11), 700):
            assert holds_person(everything(source, damaged)) == []
        for length in range(0, len(content), 9):
            assert holds_person(everything(source, content[:length])) == []
