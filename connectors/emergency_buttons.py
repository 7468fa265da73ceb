"""Emergency buttons and call posts: presses, tests, faults and signs of life.

JSON messages over MQTT: one object, a list, or lines, in three forms told apart by ``end_device_ids`` and
``deviceInfo``. No open sample of a city exists; the first form is written down in ``docs/engineer/sensor-messages.md``,
the others are uplinks of LoRaWAN networks, The Things Stack 3 (also as its storage tells them, under ``result``) and
ChirpStack 4, whose ``decoded_payload`` or ``object`` the city's own decoder fills.

* A press, a test, a fault and a sign of life are four things and never one: a press while ``mode`` is ``test`` (or
  ``is_test`` is true) is a test. None of them makes an incident report; fusion decides, and a person.
* Brokers deliver at least once: the same message twice is one detection, by ``message_id``, by the frame counter of the
  uplink, or else by its content.
* A frame counter starts again when a device joins again, so the time is part of the key.
* ``received_at`` is when the network heard the device; ``occurred_at`` in the payload is better and wins.
* Only the fields named here are kept: others may hold who called, and the text beside a row would keep it.
* ``battery`` is percent; a battery of 255 or -1 is "not known" (LoRaWAN ``DevStatusAns``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import absent, identifier, number, percent_to_ratio, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import JsonMessagesFormat, KeptFieldsFormat
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
_FIELDS = (
    *("device_id", "event", "occurred_at", "message_id", "battery", "mode", "is_test"),
    *("longitude", "latitude", "precision_m", *_PRESSED),
)
_UPLINKS = (
    *("end_device_ids.device_id", "received_at", "uplink_message.received_at", "uplink_message.f_cnt"),
    *("uplink_message.locations", "deviceInfo.devEui", "time", "fCnt"),
    *(f"{holder}.{name}" for holder in ("uplink_message.decoded_payload", "object") for name in _FIELDS),
)
_WRAPPERS = ("result", "data")


class EmergencyButtons(SubscribingConnector):
    """One message of one button; key ``button:<device>-<message>``."""

    contract = "silver.sensor_detection"
    family = "sensors"
    label = Label(fr="Boutons d'urgence", en="Emergency buttons")
    attribution = Attribution(publisher="The operator of the buttons, named by the city profile", licence="Internal")
    format = KeptFieldsFormat(
        JsonMessagesFormat(),
        (*_FIELDS, *_UPLINKS, *(f"{wrapper}.{name}" for wrapper in _WRAPPERS for name in _UPLINKS)),
    )
    transport = "mqtt"

    def to_row(self, element: Element, payload: Payload) -> Row:
        """What the button told, of any form."""
        fields = _fields(_mapping(element.value))
        word = _word(fields)
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


def _word(fields: Mapping[str, Any]) -> str | None:
    """The event in the source's word, or what says whether the button is pressed."""
    event = text(fields.get("event"))
    told = [name for name in _PRESSED if fields.get(name) is not None]
    if event is not None or not told:
        return event
    pressed = any(_is_true(fields[name]) for name in told)
    return "press" if pressed else ", ".join(f"{name}={str(fields[name])[:40].lower()}" for name in told)


def _fields(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of the plain form, from an uplink too."""
    for each in (told, *(_mapping(told.get(wrapper)) for wrapper in _WRAPPERS)):
        if "end_device_ids" in each:
            return _things_stack(each)
        if "deviceInfo" in each:
            return _chirpstack(each)
    return told


def _chirpstack(told: Mapping[str, Any]) -> dict[str, Any]:
    decoded = _mapping(told.get("object"))
    at = decoded.get("occurred_at") or told.get("time")
    return {
        **decoded,
        "device_id": _mapping(told["deviceInfo"]).get("devEui"),
        "message_id": None if at is None else f"{at}-{told.get('fCnt', 0)}",
        "occurred_at": at,
    }


def _things_stack(told: Mapping[str, Any]) -> dict[str, Any]:
    uplink = _mapping(told.get("uplink_message"))
    decoded = _mapping(uplink.get("decoded_payload"))
    places = _mapping(uplink.get("locations"))
    place = _mapping(places.get("user") or next(iter(places.values()), None))
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
