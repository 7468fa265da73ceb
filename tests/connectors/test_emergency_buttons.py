"""The traps of buttons: four things that are never one, and brokers that tell twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

DETECTION = "silver.sensor_detection"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("emergency_buttons")


def told(source: Any, **fields: object) -> dict[str, Any]:
    """The row of one message."""
    message = {"device_id": "p", "event": "press", "occurred_at": "2026-09-01T10:00:00Z", **fields}
    ((contract, row),) = source.read(json.dumps(message).encode()).accepted
    assert contract == DETECTION
    found: dict[str, Any] = row
    return found


@pytest.mark.parametrize(("fields", "code"), [
    ({}, "button_press"), ({"event": "SOS"}, "button_press"), ({"event": "Long-Press"}, "button_press"),
    ({"mode": "test"}, "button_test"), ({"is_test": 1}, "button_test"), ({"event": "self test"}, "button_test"),
    ({"event": "low_battery"}, "button_fault"), ({"event": "alive"}, "button_heartbeat"),
    ({"event": "fault", "mode": "test"}, "button_fault"), ({"event": "dance"}, "unknown"),
    ({"event": None, "pressed": True}, "button_press"), ({"event": None}, "unknown"),
])  # fmt: skip
def test_press_test_fault_and_sign_of_life_differ(source: Any, fields: dict[str, object], code: str) -> None:
    assert told(source, **fields)["detection_code"] == code


def test_no_button_makes_an_incident_report(source: Any) -> None:
    assert source.connector.contracts == (DETECTION,)


def test_a_sign_of_life_is_a_state_and_a_press_an_event(source: Any) -> None:
    assert told(source, event="heartbeat")["is_state"] is True
    assert told(source)["is_state"] is False


def test_a_message_delivered_twice_is_one_detection(source: Any) -> None:
    line = b'{"device_id": "p", "event": "press", "occurred_at": "2026-09-01T10:00:00Z"}'
    first, second = (source.read(line).accepted[0][1] for _ in range(2))
    assert first["detection_id"] == second["detection_id"]
    numbered = told(source, message_id="7")["detection_id"], told(source, message_id="8")["detection_id"]
    assert numbered == ("button:p-7", "button:p-8")


def test_a_counter_that_starts_again_is_another_message(recorded: Callable[[str], Any]) -> None:
    uplinks = recorded("emergency_buttons+ttn")
    (first, *_) = json.loads(uplinks.slice)
    later = json.loads(json.dumps(first))
    later["uplink_message"]["received_at"] = "2026-09-09T20:15:03Z"
    keys = {row["detection_id"] for _, row in uplinks.read(json.dumps([first, later, first]).encode()).accepted}
    assert len(keys) == 2


@pytest.mark.parametrize(("battery", "ratio"), [(87, 0.87), (255, None), (-1, None), ("50", 0.5), (None, None)])
def test_a_battery_that_is_not_known_is_missing(source: Any, battery: object, ratio: float | None) -> None:
    assert told(source, battery=battery).get("battery_ratio") == ratio


def test_a_message_printed_on_several_lines_is_one(source: Any) -> None:
    pretty = json.dumps({"device_id": "p", "event": "press", "occurred_at": "2026-09-01T10:00:00Z"}, indent=2).encode()
    assert len(source.read(pretty).accepted) == 1
    assert len(source.read(b"[" + pretty + b"," + pretty + b"]").accepted) == 2
    assert len(source.read(b"\xef\xbb\xbf" + pretty).accepted) == 1


UPLINK = {"f_cnt": 7, "received_at": "2026-09-01T10:00:00Z", "decoded_payload": {"event": "press", "battery": 80}}
STACK = {"end_device_ids": {"device_id": "p"}, "received_at": "2026-09-01T10:00:01Z", "uplink_message": UPLINK}
CHIRP = {
    **{"deduplicationId": "d", "time": "2026-09-01T10:00:00Z", "fCnt": 7, "data": "AQ=="},
    **{"deviceInfo": {"devEui": "0101", "deviceName": "Jane Doe"}, "object": {"pressed": True, "caller": "Jane Doe"}},
}


@pytest.mark.parametrize(("message", "key"), [
    (STACK, "button:p-2026-09-01T10:00:00Z-7"),
    ({"result": STACK}, "button:p-2026-09-01T10:00:00Z-7"),
    ({"name": "as.up.data.forward", "data": STACK}, "button:p-2026-09-01T10:00:00Z-7"),
    (CHIRP, "button:0101-2026-09-01T10:00:00Z-7"),
])  # fmt: skip
def test_uplinks_of_every_network_are_one_press(source: Any, message: dict[str, Any], key: str) -> None:
    ((_, row),) = source.read(json.dumps(message).encode()).accepted
    assert (row["detection_id"], row["detection_code"]) == (key, "button_press")


@pytest.mark.parametrize("content", [
    json.dumps({**CHIRP, "note": "Jane Doe"}).encode(),
    b'{"device_id": "p", "event": "press", "occurred_at": "2026-09-01T10:00:00Z", "caller": "Jane Doe"}',
    b'{"device_id": "p", "event": "press", "caller": "Jane Doe"}', b'{"device_id": "p", "caller": "Jane Doe',
    b'["Jane Doe"]',
])  # fmt: skip
def test_who_called_is_kept_nowhere(source: Any, content: bytes) -> None:
    for outcome in source.outcomes(content):
        assert b"Jane" not in outcome.message.value + repr(outcome.message.headers).encode()
