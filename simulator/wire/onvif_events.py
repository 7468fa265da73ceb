"""Counts and states of cameras as ONVIF notifications; some tell what the law forbids, as devices in the field do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.counting import PEDESTRIAN, PRESENCE, VEHICLE, Notice, notices
from simulator.wire import Message
from simulator.wire._onvif import notification

SUFFIX = ".jsonl"
TOPICS = {
    PEDESTRIAN: ("RuleEngine/LineDetector/Crossed", {"ClassTypes": "Human"}),
    VEHICLE: ("RuleEngine/MyRuleDetector/VehicleDetect", {"State": "true"}),
    PRESENCE: ("RuleEngine/FieldDetector/ObjectsInside", {"IsInside": "true"}),
    "tamper": ("VideoSource/GlobalSceneChange/ImagingService", {"State": "true"}),
    "signal_loss": ("VideoSource/SignalLoss", {"State": "true"}),
    "device_fault": ("Device/HardwareFailure/StorageFailure", {"Failed": "true"}),
    "contact_change": ("Device/Trigger/DigitalInput", {"LogicalState": "true"}),
    "face": ("RuleEngine/MyRuleDetector/FaceDetect", {"State": "true"}),
    "plate": ("RuleEngine/Recognition/LicensePlate", {"PlateNumber": "SIMULATED"}),
    "loitering": ("RuleEngine/LoiteringDetector/ObjectIsLoitering", {"State": "true"}),
    "sound": ("AudioAnalytics/Audio/DetectedSound", {"IsSoundDetected": "true"}),
}
"""Topic and data of each thing noticed, as common firmwares tell it."""
RULE = "Rule1"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One notification per notice."""
    for one in notices(city, facts.day):
        yield Message(one.at_s, _told(one))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One notification per line; over MQTT each travels alone."""
    return b"\n".join(messages) + b"\n"


def _told(one: Notice) -> bytes:
    topic, data = TOPICS[one.what]
    rule = RULE if topic.startswith("RuleEngine") else None
    if one.nature == "state":
        restated = {name: "false" if value == "true" else value for name, value in data.items()}
        return notification(one.camera, topic, one.at_s, restated, "Initialized", rule)
    if one.nature == "passage":
        return notification(one.camera, topic, one.at_s, {**data, "ObjectId": str(one.object_id)}, rule=rule)
    return notification(one.camera, topic, one.at_s, data, rule=rule)
