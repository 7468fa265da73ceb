"""The traps of EMSI: one message, several things; states, targets and answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

EVENT, MISSION, UNIT = "silver.incident_report", "silver.unit_dispatch", "silver.unit_status"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("cisu_emsi")


def changed(source: Any, change: Callable[[dict[str, Any]], object]) -> bytes:
    message = json.loads(source.slice)
    change(message["emsi"])
    return json.dumps(message).encode()


def test_one_message_tells_its_event_each_mission_and_each_unit(source: Any) -> None:
    found = source.read(source.slice)
    assert [one.contract for one in found.judged] == [EVENT, MISSION, MISSION, UNIT]
    assert {row["report_id"] for _, row in found.accepted} == {"cisu:fr.health.samu690.DRFR15690240430050"}


def test_a_mission_of_two_units_is_two_dispatches(source: Any) -> None:
    two = changed(source, lambda emsi: emsi["MISSION"][1].update(RESOURCE_ID=["A#1", "A#2"]))
    assert [row["unit_id"] for row in source.read(two).rows(MISSION)] == [None, "A#1", "A#2"]
    assert len({row["dispatch_id"] for row in source.read(two).rows(MISSION)}) == 3


def test_a_dispatch_names_its_unit_as_its_owner_does(source: Any) -> None:
    """The stages of the same unit come in another message, under the shared name."""
    shared = changed(source, lambda emsi: emsi["MISSION"][1].update(RESOURCE_ID=["fr.fire.cgo690.resource.VSAV2"]))
    assert [row["unit_id"] for row in source.read(shared).rows(MISSION)] == [None, "VSAV2"]


@pytest.mark.parametrize(
    ("word", "code"), [("NST", "not_started"), ("IPR", "in_progress"), ("STOP", "under_control"), ("COM", "closed")]
)
def test_state_of_the_event_is_the_state_of_the_report(source: Any, word: str, code: str) -> None:
    (row,) = source.read(changed(source, lambda emsi: emsi["EVENT"].update(STATUS=word))).rows(EVENT)
    assert row["status_code"] == code


def test_cancel_takes_back_the_event_and_the_unit(source: Any) -> None:
    found = source.read(changed(source, lambda emsi: emsi["CONTEXT"].update(MSGTYPE="CANCEL")))
    assert found.rows(EVENT)[0]["status_code"] == "cancelled"
    assert found.rows(UNIT)[0]["unit_status_code"] == "cancelled"


@pytest.mark.parametrize("mode", ["EXERCS", "TEST", "SYSTEM"])
def test_whatever_is_not_actual_is_flagged_on_every_row(source: Any, mode: str) -> None:
    found = source.read(changed(source, lambda emsi: emsi["CONTEXT"].update(MODE=mode)))
    assert {row["is_exercise"] for _, row in found.accepted} == {True}
    assert {row["is_exercise"] for _, row in source.read(source.slice).accepted} == {False}


def test_only_the_current_place_of_a_unit_is_where_it_is(source: Any) -> None:
    def move(emsi: dict[str, Any]) -> None:
        place = {"COORD": [{"LAT": 43.3, "LONG": 5.4, "HEIGHT": 12.0}]}
        at = "2024-01-09T16:30:00+01:00"
        emsi["RESOURCE"][0]["RGEO"] = [
            {"TYPE": "TGT", "DATIME": at, "POSITION": [{"COORD": [{"LAT": 43.9, "LONG": 5.9}]}]},
            {"TYPE": "CUR", "DATIME": at, "POSITION": [place]},
        ]

    (row,) = source.read(changed(source, move)).rows(UNIT)
    assert (row["latitude"], row["longitude"], row["elevation_m"]) == (43.3, 5.4, 12.0)
    assert row["observed_at"] == "2024-01-09T15:30:00Z"


def test_without_a_shared_identifier_the_sender_and_its_number_make_one(source: Any) -> None:
    found = source.read(changed(source, lambda emsi: emsi["EVENT"].pop("MAIN_EVENT_ID")))
    assert {row["report_id"] for _, row in found.accepted} == {"cisu:fr.health.samu690.DRFR15690240430050"}


def test_a_number_plate_in_the_comment_is_read_nowhere(source: Any) -> None:
    assert b"AJ-76-MZ" in source.slice
    assert all(b"AJ-76-MZ" not in one.message.value for one in source.outcomes(source.slice))
