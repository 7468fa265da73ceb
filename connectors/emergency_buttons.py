"""Emergency buttons and call posts: presses, tests, faults and signs of life.

JSON messages over MQTT: one object, a list, or lines, in two forms told apart by ``end_device_ids``. No open sample of
a city exists; the first form is written down in ``docs/engineer/sensor-messages.md``, the second is that of an uplink
of The Things Stack (LoRaWAN), whose ``decoded_payload`` the city's own decoder fills.

* A press, a test, a fault and a sign of life are four things and never one: a press while ``mode`` is ``test`` (or
  ``is_test`` is true) is a test. None of them makes an incident report; fusion decides, and a person.
* Brokers deliver at least once: the same message twice is one detection, by ``message_id``, by the frame counter of the
  uplink, or else by its content.
* A frame counter starts again when a device joins again, so the time is part of the key.
* ``received_at`` is when the network heard the device; ``occurred_at`` in the payload is better and wins.
* ``battery`` is percent; a battery of 255 or -1 is "not known" (LoRaWAN ``DevStatusAns``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import absent, identifier, number, percent_to_ratio, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import JsonMessagesFormat
from schemas.contract import Label

EVENTS = {
    "button_press": ("press", "pressed", "short_press", "long_press", "double_press", "sos", "panic", "alarm", "call"),
    "button_release": ("release", "released", "cancel", "end"),
    "button_test": ("test", "self_test", "selftest", "drill"),
    "button_fault": ("fault", "error", "failure", "low_battery", "tamper", "offline"),
    "button_heartbeat": ("heartbeat", "alive", "keepalive", "keep_alive", "status", "ping"),
}
_CODES = {word: code for code, words in EVENTS.items() for word in words}
_PRESSED = ("pressed", "button", "button_pressed", "alarm", "alarm_status", "sos")


class EmergencyButtons(SubscribingConnector):
    """One message of one button; key ``button:<device>-<message>``."""

    contract = "silver.sensor_detection"
    family = "sensors"
    label = Label(fr="Boutons d'urgence", en="Emergency buttons")
    attribution = Attribution(publisher="The operator of the buttons, named by the city profile", licence="Internal")
    format = JsonMessagesFormat()
    transport = "mqtt"

    def to_row(self, element: Element, payload: Payload) -> Row:
        """What the button told, of either form."""
        told = _mapping(element.value)
        uplink = "end_device_ids" in told
        fields = _uplink(told) if uplink else told
        event = text(fields.get("event"))
        word = "press" if event is None and any(_is_true(fields.get(name)) for name in _PRESSED) else event
        code = _CODES.get((word or "").lower().replace(" ", "_").replace("-", "_"), "unknown")
        is_test = str(fields.get("mode")).lower() == "test" or _is_true(fields.get("is_test"))
        device, located = text(fields.get("device_id")), fields.get("longitude") is not None
        return {
            "detection_id": identifier("button", device, text(fields.get("message_id")) or element.content_id),
            "sensor_id": identifier("button", device),
            "sensor_kind_code": "button",
            "detection_code": "button_test" if is_test and code == "button_press" else code,
            "source_label": word,
            "observed_at": zoned_instant(fields.get("occurred_at")),
            "is_state": code == "button_heartbeat",
            "battery_ratio": percent_to_ratio(absent(fields.get("battery"), 255, -1, "255", "-1")),
            "longitude": number(fields.get("longitude")),
            "latitude": number(fields.get("latitude")),
            "location_precision_m": number(fields.get("precision_m", 20)) if located else None,
        }


def _uplink(told: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the plain form from an uplink of The Things Stack."""
    uplink = _mapping(told.get("uplink_message"))
    decoded = _mapping(uplink.get("decoded_payload"))
    place = _mapping(_mapping(uplink.get("locations")).get("user"))
    at = decoded.get("occurred_at") or uplink.get("received_at") or told.get("received_at")
    counter = uplink.get("f_cnt")
    return {
        "longitude": place.get("longitude"),
        "latitude": place.get("latitude"),
        **decoded,
        "device_id": _mapping(told["end_device_ids"]).get("device_id"),
        "message_id": None if counter is None or at is None else f"{at}-{counter}",
        "occurred_at": at,
    }


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_true(value: Any) -> bool:
    return str(value).strip().lower() in ("true", "1", "yes", "on")
