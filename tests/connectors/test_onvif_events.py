"""The traps of camera notifications, and what the law lets them become."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from connectors.sdk.envelope import header
from schemas.codes import load_codes

COUNT, DETECTION = "silver.crowd_count", "silver.sensor_detection"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("onvif_events")


def told(topic: str, data: dict[str, str], *, operation: str = "Changed", **source: str) -> bytes:
    """One notification as a client decodes it."""
    items = {"Source": source, "Data": data}
    parts = {name: {"SimpleItem": [{"Name": n, "Value": v} for n, v in each.items()]} for name, each in items.items()}
    message = {"UtcTime": "2026-09-01T10:00:30Z", "PropertyOperation": operation, **parts}
    return json.dumps({"Topic": {"_value_1": topic}, "Message": {"_value_1": message}}).encode() + b"\n"


def test_a_person_seen_by_a_camera_makes_a_count_and_no_alert(source: Any) -> None:
    """CNIL, 5 December 2024: other analytics than those of the decree feed statistics only."""
    people = told("tns1:RuleEngine/PeopleDetector/People", {"IsPeople": "true"})
    ((contract, row),) = source.read(people).accepted
    assert (contract, row["counted_count"], row["counted_unit_code"]) == (COUNT, 1, "pedestrian")
    assert (row["measured_from_at"], row["measured_until_at"]) == ("2026-09-01T10:00:00Z", "2026-09-01T10:01:00Z")
    unheard_of = told("tns1:RuleEngine/NewVendor/Anything", {"IsSomethingNew": "true"})
    assert [name for name, _ in source.read(unheard_of).accepted] == [COUNT]


@pytest.mark.parametrize("topic", [
    "tns1:RuleEngine/CellMotionDetector/LineCross", "tns1:RuleEngine/LineCrossDetector/LineCross",
    "tnsvendor:RuleEngine/tns1:LineCrossDetector/LineCross",
])  # fmt: skip
def test_one_fact_under_several_topics_is_one_count(source: Any, topic: str) -> None:
    line = told(topic, {"IsLineCross": "1"}, Rule="R")
    other = told("tns1:RuleEngine/CellMotionDetector/LineCross", {"IsLineCross": "true"}, Rule="R")
    rows = [row for _, row in source.read(line + other).accepted]
    assert rows[0] == rows[1]
    assert rows[0]["counted_unit_code"] == "crossing"


@pytest.mark.parametrize(("operation", "value", "count"), [
    ("Changed", "true", 1), ("Changed", "1", 1), ("Changed", "false", 0), ("Changed", "0", 0),
    ("Initialized", "true", 0), ("Deleted", "true", 0),
])  # fmt: skip
def test_a_restated_state_is_no_event(source: Any, operation: str, value: str, count: int) -> None:
    line = told("tns1:RuleEngine/PeopleDetector/People", {"IsPeople": value}, operation=operation)
    ((_, row),) = source.read(line).accepted
    assert row["counted_count"] == count


def test_a_device_tells_about_itself(source: Any) -> None:
    lines = told("tns1:VideoSource/GlobalSceneChange/AnalyticsService", {"State": "1"}, Source="v")
    lines += told("tns1:VideoSource/ImageTooDark/ImagingService", {"State": "true"})
    lines += told("tns1:Device/HardwareFailure/FanFailure", {"Failed": "true"})
    contact = {"LogicalState": "false"}
    lines += told("tns1:Device/Trigger/DigitalInput", contact, operation="Initialized", InputToken="2")
    lines += told("tns1:Monitoring/ProcessorUsage", {"Value": "40"})
    read = source.read(lines)
    found = [(row["detection_code"], row["is_state"], row.get("is_active")) for _, row in read.accepted]
    assert found == [
        ("tamper", False, True), ("image_fault", False, True), ("device_fault", False, True),
        ("contact_change", True, False), ("unknown", False, None),
    ]  # fmt: skip
    assert {name for name, _ in read.accepted} == {DETECTION}
    assert {row["detection_code"] for _, row in read.accepted} <= set(load_codes("detection").values)


@pytest.mark.parametrize(("topic", "data"), [
    ("tns1:RuleEngine/FaceRecognition/Known", {"PersonName": "Jane Doe"}),
    ("tns1:RuleEngine/Recognition/LicensePlate", {"Plate": "AA-123-BB"}),
    ("tns1:RuleEngine/CellMotionDetector/Intrusion", {"IsIntrusion": "true", "Note": "Jane Doe"}),
    ("tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent", {"IsIntrusion": "true", "Note": "AA-123-BB"}),
    ("tns1:RuleEngine/LoiteringDetector/ObjectIsLoitering", {"State": "true", "Note": "Jane Doe"}),
    ("tns1:AudioAnalytics/Audio/DetectedSound", {"IsSoundDetected": "true", "Note": "Jane Doe"}),
])  # fmt: skip
def test_what_the_law_keeps_out_leaves_only_its_topic(source: Any, topic: str, data: dict[str, str]) -> None:
    (outcome,) = source.outcomes(told(topic, data))
    assert [violation.rule for violation in outcome.violations] == ["forbidden"]
    travels = outcome.message.value + b"".join(value for _, value in outcome.message.headers)
    assert b"Jane" not in travels
    assert b"AA-123" not in travels
    again = source.connector.reread(outcome.message.value.decode())
    assert [violation.rule for violation in again.violations] == ["forbidden"]
    assert header(outcome.message.headers, "__dlq.errors.topic") == "urban.onvif_events"


def test_a_broken_notification_leaves_nothing_of_a_face(source: Any) -> None:
    face = told("tns1:RuleEngine/FaceRecognition/Known", {"PersonName": "Jane Doe"})
    (outcome,) = source.outcomes(face[: face.index(b"Jane") + 8])
    assert [violation.rule for violation in outcome.violations] == ["unreadable"]
    assert b"Jane" not in outcome.message.value + b"".join(value for _, value in outcome.message.headers)


def test_positions_of_everybody_in_the_picture_never_travel(source: Any, recorded: Callable[[str], Any]) -> None:
    stream = recorded("onvif_events+rtsp")
    outcomes = list(stream.outcomes(stream.slice))
    assert [violation.rule for outcome in outcomes for violation in outcome.violations] == ["forbidden"]
    assert all(b"BoundingBox" not in outcome.message.value for outcome in outcomes)
    assert outcomes[-1].violations[0].message.startswith("2 frames")


def test_a_running_total_is_not_summed(source: Any) -> None:
    ((_, row),) = source.read(told("tns1:RuleEngine/CountAggregation/Counter", {"Count": "4711"})).accepted
    assert (row.get("counted_count"), row["count_state_code"]) == (None, "missing")


@pytest.mark.parametrize(("topic", "data"), [
    ("tns1:RuleEngine/Vehicle/Info", {"Number": "AA-123-BB", "Country": "F"}),
    ("tns1:UserLogin/Login", {"UserName": "Jane"}),
    ("tns1:AccessControl/AccessGranted/Credential", {"CredentialHolderName": "Jane Doe", "CredentialToken": "AA-123"}),
    ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": "Human AA-123-BB"}),
])  # fmt: skip
def test_values_that_no_row_needs_are_kept_nowhere(source: Any, topic: str, data: dict[str, str]) -> None:
    """A plate stands under names that no list foresees; only booleans, classes and known numbers travel."""
    (outcome,) = source.outcomes(told(topic, data, UserName="Jane", VideoSourceToken="v1"))
    travels = outcome.message.value + repr(outcome.message.headers).encode()
    assert not [person for person in (b"Jane", b"AA-123") if person in travels]
    assert b"v1" in travels


@pytest.mark.parametrize("content", [b'{"data": {"number": "AA-123-BB"}}', b'{"Topic": "AA-123-BB"',
                                     b"<a>AA-123-BB</b>",
                                     b"<Envelope><Fault>AA-123-BB</Fault></Envelope>"])  # fmt: skip
def test_what_is_no_notification_leaves_no_byte(source: Any, content: bytes) -> None:
    (outcome,) = source.outcomes(content)
    assert outcome.violations[0].rule in ("shape", "unreadable")
    assert b"AA-123" not in outcome.message.value + repr(outcome.message.headers).encode()


@pytest.mark.parametrize(("topic", "data", "unit"), [
    ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": "Human"}, "pedestrian"),
    ("tnsaxis:CameraApplicationPlatform/ObjectAnalytics/S1", {"active": "1", "classTypes": "car"}, "vehicle"),
    ("tnsaxis:CameraApplicationPlatform/VMD/Camera1Profile1", {"active": "1"}, "movement"),
    ("tns1:RuleEngine/DeclarativeMotion/DeclarativeMotionDetector", {"State": "true"}, "movement"),
    ("tns1:RuleEngine/CountAggregation/OccupancyCounter", {"Count": "3"}, "presence"),
])  # fmt: skip
def test_classes_of_objects_say_what_is_counted(source: Any, topic: str, data: dict[str, str], unit: str) -> None:
    ((_, row),) = source.read(told(topic, data)).accepted
    assert row["counted_unit_code"] == unit


@pytest.mark.parametrize(("topic", "data"), [
    ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": "Face"}),
    ("tns1:RuleEngine/ObjectDetection/Object", {"ClassTypes": "LicensePlate"}),
    ("tns1:RuleEngine/AttributeDetection/Human", {"UpperColor": "red"}),
    ("tnsaxis:CameraApplicationPlatform/FenceGuard/P1", {"active": "1"}),
])  # fmt: skip
def test_marks_of_persons_are_told_by_classes_and_items_too(source: Any, topic: str, data: dict[str, str]) -> None:
    assert [rule for _, _, rule, _ in source.read(told(topic, data)).refused] == ["forbidden"]


def test_two_unknown_states_of_one_instant_are_two_facts(source: Any) -> None:
    """An item called `State` says nothing; the topic does, and stays beside `unknown`."""
    lines = told("tns1:RuleEngine/My/Visitor", {"State": "true"}) + told("tns1:RuleEngine/My/Leave", {"State": "true"})
    rows = [row for _, row in source.read(lines).accepted]
    assert len({row["count_id"] for row in rows}) == 2
    assert [row["source_unit"].split("/")[-1] for row in rows] == ["Visitor State", "Leave State"]
