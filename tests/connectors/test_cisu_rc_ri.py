"""The traps of units sent to a case: one state or many, positions of another instant, availability."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

UNIT, STAGE = "silver.unit_status", "silver.dispatch_stage"
WORDS = {
    "DECISION": "dispatched",
    "DECLENCHE": "dispatched",
    "DEPART": "en_route",
    "ARRIVEE": "on_scene",
    "PEC": "on_scene",
    "BILAN": "on_scene",
    "ORIENTAT": "on_scene",
    "TRANSP": "transporting",
    "ETAPE1": "transporting",
    "TRANSP2": "transporting",
    "ETAPE2": "transporting",
    "TRANSP3": "transporting",
    "DESTIN": "at_hospital",
    "FINPEC": "returning",
    "RETOUR": "returning",
    "RET-BASE": "returning",
    "ANNULE": "returning",
    "REN-BASE": "unavailable",
}
BEGINS = {
    "DECLENCHE": "dispatched", "DEPART": "en_route", "ARRIVEE": "arrived", "FINPEC": "closed", "RETOUR": "closed",
}  # fmt: skip


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("cisu_rc_ri")


def changed(source: Any, change: Callable[[dict[str, Any]], object]) -> bytes:
    message = json.loads(source.slice)
    change(message["resourcesInfoCisu"]["resource"][0])
    return json.dumps(message).encode()


@pytest.mark.parametrize("word", WORDS)
def test_every_state_of_the_nomenclature_has_a_common_one(source: Any, word: str) -> None:
    row = source.read(changed(source, lambda unit: unit["state"].update(status=word))).rows(UNIT)[0]
    assert (row["source_status"], row["unit_status_code"]) == (word, WORDS[word])


@pytest.mark.parametrize("word", WORDS)
def test_a_state_of_a_response_is_its_stage_too_and_no_other_is(source: Any, word: str) -> None:
    told = source.read(changed(source, lambda unit: unit["state"].update(status=word))).rows(STAGE)
    mine = [row for row in told if row["unit_id"] == "VSR268"]
    assert [row["dispatch_stage_code"] for row in mine] == ([BEGINS[word]] if word in BEGINS else [])
    for row in mine:
        assert row["reached_at"] == "2026-03-13T08:45:00Z"
        assert row["report_id"] == "cisu:fr.fire.CGA_national.SC-20240813-CGA_national-AT517"


def test_a_stage_told_again_with_another_instant_is_the_same_stage_corrected(source: Any) -> None:
    def arrival(at: str) -> Any:
        told = changed(source, lambda unit: unit["state"].update(status="ARRIVEE", datetime=at))
        return source.read(told).rows(STAGE)[0]

    first, second = arrival("2026-03-13T10:35:00+02:00"), arrival("2026-03-13T10:36:00+02:00")
    assert first["dispatch_stage_id"] == second["dispatch_stage_id"]
    assert (first["reached_at"], second["reached_at"]) == ("2026-03-13T08:35:00Z", "2026-03-13T08:36:00Z")


def test_a_position_alone_begins_no_stage(source: Any) -> None:
    def arrive(unit: dict[str, Any]) -> None:
        unit["state"].update(status="ARRIVEE")
        unit["position"].update(datetime="2026-03-13T10:50:00+02:00")

    found = source.read(changed(source, arrive))
    assert [row["unit_status_code"] for row in found.rows(UNIT)[:2]] == ["on_scene", "on_scene"]
    assert [row["dispatch_stage_code"] for row in found.rows(STAGE)].count("arrived") == 1


def test_back_at_base_and_available_is_available(source: Any) -> None:
    row = source.read(changed(source, lambda unit: unit["state"].update(availability=True))).rows(UNIT)[0]
    assert row["unit_status_code"] == "available"


def test_a_position_of_another_instant_is_its_own_row_in_the_state_of_that_time(source: Any) -> None:
    later = changed(source, lambda unit: unit["position"].update(datetime="2026-03-13T10:50:00+02:00", speed=42))
    first, second = source.read(later).rows(UNIT)[:2]
    assert (first["observed_at"], first["longitude"]) == ("2026-03-13T08:45:00Z", None)
    assert (second["observed_at"], second["longitude"], second["speed_kmh"]) == ("2026-03-13T08:50:00Z", 2.31559, 42)
    assert first["unit_status_code"] == second["unit_status_code"]
    assert first["unit_status_id"] != second["unit_status_id"]


def test_the_same_state_told_again_is_the_same_row(source: Any) -> None:
    """RC-RI repeats every unit in every message."""
    once = {row["unit_status_id"] for row in source.read(source.slice).rows(UNIT)}
    more = changed(source, lambda unit: unit.update(freetext=["relevé"]))
    assert {row["unit_status_id"] for row in source.read(more).rows(UNIT)} == once


def test_a_unit_without_a_state_was_dispatched_when_it_was_engaged(recorded: Callable[[str], Any]) -> None:
    source = recorded("cisu_rc_ri+samu")
    last = source.read(source.slice).rows(UNIT)[-1]
    assert (last["unit_status_code"], last["source_status"]) == ("dispatched", None)
    assert last["observed_at"] == "2024-08-13T08:23:00Z"
    stages = {(row["source_status"], row["reached_at"]) for row in source.read(source.slice).rows(STAGE)}
    assert stages == {("DECLENCHE", "2024-08-13T08:24:00Z"), (None, "2024-08-13T08:23:00Z")}
