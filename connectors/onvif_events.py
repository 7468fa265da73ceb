"""ONVIF events of cameras and encoders: facts about the device, and counts; never an alert, never a person.

Three forms, told apart by their first character: SOAP or RTSP ``MetadataStream`` XML (``wsnt:NotificationMessage``),
and the decoded notifications of a client as JSON lines (text under ``_value_1``, attributes under ``_attr_1``). Facts:

* ``UtcTime`` is UTC and says so; a time without ``Z`` or offset is refused, as is a notification without one.
* The same fact has other topics by firmware (``CellMotionDetector/LineCross``, ``LineCrossDetector/LineCross``,
  ``LineDetector/Crossed``) and other prefixes; booleans are ``true`` or ``1``; some notifications have no source.
  So a key is the fact (camera, channel, rule, what, instant, object, value) and not the topic: told twice it is one.
* ``Initialized`` and ``Deleted`` restate a state when a client subscribes or leaves: they are no event and count 0.

What becomes of a notification is decided in ``connectors.sdk.onvif_topics``: tampering, faults and contacts are
detections of the device; everything else that the picture shows (people, vehicles, animals, line crossings, movement,
also what no list knows) is a count for the minute it happened in, summed downstream; faces, plates, behaviour, sounds
and the eight events of decree 2023-828 are refused and only their topic is kept. A running total
(``CountAggregation/Counter``) cannot be summed, so its row has no count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.onvif import OnvifFormat, truth
from connectors.sdk.onvif_topics import counted_unit, device_fact, forbidden_to_events, is_generic, main_item
from schemas.contract import Label

DETECTION, COUNT = "silver.sensor_detection", "silver.crowd_count"
_HOST = re.compile(r"(?:[a-z]+://)?(?:[^/@]*@)?([^/:?]+)", re.I)


class OnvifEvents(SubscribingConnector):
    """One fact of one camera: a detection ``onvif:<camera>-<channel>-<rule>-<what>-<instant>``, or a count alike."""

    contract = DETECTION
    family = "sensors"
    label = Label(fr="Événements ONVIF (état et comptages)", en="ONVIF events (device state and counts)")
    attribution = Attribution(
        publisher="The operator of the cameras, named by the city profile",
        licence="Internal",
        url="https://www.onvif.org",
    )
    format = OnvifFormat(forbidden_to_events)
    transport = "mqtt"

    @property
    def contracts(self) -> tuple[str, ...]:
        """Detections of devices, and counts."""
        return (DETECTION, COUNT)

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """A fact about the device, or a count."""
        fact = device_fact(element.value)
        yield (COUNT, self._count(element, payload)) if fact is None else (DETECTION, self.to_row(element, payload))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """A fact about the device itself."""
        told = element.value
        camera, code, item = camera_of(told, payload), device_fact(told), main_item(told)
        return {
            "detection_id": fact_id(told, camera, code if code and code != "unknown" else str(told["topic"])),
            "sensor_id": identifier("onvif", camera, source_of(told)),
            "sensor_kind_code": "contact" if code == "contact_change" else "video",
            "detection_code": code or "unknown",
            "source_label": text(told["topic"]) if item is None else f"{told['topic']} {item}",
            "observed_at": zoned_instant(told["utc_time"]),
            "is_state": is_state(told),
            "is_active": None if item is None else truth(told["data"][item]),
            **place_of(self.source.settings, camera),
        }

    def _count(self, element: Element, payload: Payload) -> Row:
        told = element.value
        camera, item, start = camera_of(told, payload), main_item(told), zoned_instant(told["utc_time"])
        is_total = "Count" in told["data"]
        unit, label = counted_unit(told), item or text(told["topic"])
        if item and unit == "unknown" and is_generic(item):
            label = f"{told['topic']} {item}"
        happened = not is_state(told) and (item is None or truth(told["data"][item]) is True)
        return {
            "count_id": fact_id(told, camera, unit if unit != "unknown" else str(label)),
            "counter_id": identifier("onvif", camera, source_of(told)),
            **minute_of(start),
            "counted_count": None if is_total else int(happened),
            "count_state_code": "missing" if is_total else "measured",
            "counted_unit_code": unit,
            "source_unit": label,
            "count_method_code": "video",
            **place_of(self.source.settings, camera),
        }


def is_state(told: Mapping[str, Any]) -> bool:
    """Whether a notification restates a state instead of telling a change."""
    return text(told["operation"]) in ("Initialized", "Deleted")


def fact_id(told: Mapping[str, Any], camera: str | None, what: str) -> str | None:
    """Identifier of what happened, whatever topics tell it; ``None`` without an instant."""
    item = main_item(told)
    value = "state" if is_state(told) else "1" if item is None else str(int(truth(told["data"][item]) is True))
    rest = (told["source"].get("Rule"), what, told["utc_time"], told["data"].get("ObjectId"), value)
    return identifier("onvif", camera, source_of(told), *filter(None, rest)) if told["utc_time"] else None


def camera_of(told: Mapping[str, Any], payload: Payload) -> str | None:
    """Host of the camera that speaks: as it says itself, else where the payload came from."""
    found = _HOST.match(told["producer"] or "")
    return text(found[1] if found else re.sub(r"[\s:/?#]+", "_", payload.url))


def source_of(told: Mapping[str, Any]) -> str:
    """Token of the camera's channel or input; some notifications name none."""
    source = told["source"].items()
    return next((value for name, value in source if value and "Analytics" not in name and name != "Rule"), "main")


def place_of(settings: Mapping[str, Any], camera: str | None) -> Row:
    """Where the profile says a camera hangs: the place of the device, not of what it sees."""
    cameras = settings.get("cameras")
    place = cameras.get(camera, {}) if isinstance(cameras, Mapping) else {}
    if not isinstance(place, Mapping) or not place:
        return {}
    return {
        "longitude": number(place.get("longitude")),
        "latitude": number(place.get("latitude")),
        "location_precision_m": number(place.get("precision_m", 50)),
    }


def minute_of(instant: str | None) -> Row:
    """The minute an instant falls in; what is no instant passes unchanged."""
    if instant is None or not instant.endswith("Z"):
        return {"measured_from_at": instant, "measured_until_at": instant}
    start = datetime.fromisoformat(instant).replace(second=0, microsecond=0)
    end = start if start.year == 9999 else start + timedelta(minutes=1)
    return {"measured_from_at": start.isoformat().replace("+00:00", "Z"),
            "measured_until_at": end.isoformat().replace("+00:00", "Z")}
