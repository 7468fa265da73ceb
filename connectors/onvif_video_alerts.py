"""Alerts of the eight video events of decree 2023-828, from ONVIF notifications, into the isolated class.

Off unless the city's file of this source holds a dated authorisation of the prefect; past its end nothing is taken in.
The rows go to topics and to a store of their own, and no table, rule or figure of the platform may read them. Forms and
traps of the notifications are those of ``onvif_events``.

Which notification tells which event is for the profile to say, under ``settings.categories``: a topic without the
prefixes of its segments (``RuleEngine/CellMotionDetector/Intrusion``), an item (``#IsIntrusion``), or both
(``RuleEngine/TPSmartEventDetector/TPSmartEvent#IsIntrusion``), each with one of the eight codes. A notification that
the map does not name is refused, and only its topic is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.onvif_events import camera_of, fact_id, is_state, place_of, source_of
from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row
from connectors.sdk.formats.onvif import Notification, OnvifFormat, plain_topic, truth
from connectors.sdk.onvif_topics import BIOMETRIC, main_item, told
from schemas.contract import Label

_CONFIDENCE = ("Confidence", "Likelihood", "Score")


def nothing_forbidden(_: Notification) -> None:
    """Keep everything; the connector judges with the map of its profile instead."""


class OnvifVideoAlerts(SubscribingConnector):
    """One alert of one camera; key ``onvif:<camera>-<channel>-<rule>-<event>-<instant>``."""

    contract = "isolated.video_alert"
    family = "sensors"
    label = Label(fr="Alertes vidéo (décret 2023-828)", en="Video alerts (French decree 2023-828)")
    attribution = Attribution(
        publisher="The operator of the cameras, named by the city profile",
        licence="Internal",
        url="https://www.onvif.org",
    )
    format = OnvifFormat(nothing_forbidden)
    transport = "mqtt"

    def split(self, payload: Payload) -> Iterator[Element]:
        """Notifications that the profile maps to one of the eight events; others keep their topic alone."""
        return self._judging.split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept notification."""
        return self._judging.reread(text, context)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The signal, for an agent to confirm or dismiss."""
        notification = element.value
        camera, item = camera_of(notification, payload), main_item(notification)
        data = notification["data"]
        return {
            "video_alert_id": fact_id(notification, camera, str(self._category(notification))),
            "sensor_id": identifier("onvif", camera, source_of(notification)),
            "video_category_code": self._category(notification),
            "source_label": text(notification["topic"]) if item is None else f"{notification['topic']} {item}",
            "observed_at": zoned_instant(notification["utc_time"]),
            "is_state": is_state(notification),
            "is_active": None if item is None else truth(data[item]),
            "confidence_ratio": next((number(data[name]) for name in _CONFIDENCE if name in data), None),
            **place_of(self.source.settings, camera),
        }

    @property
    def _judging(self) -> OnvifFormat:
        return OnvifFormat(self._forbidden)

    def _forbidden(self, notification: Notification) -> str | None:
        if BIOMETRIC.search(told(notification)):
            return "a notification about a face, a plate or another mark of a person"
        if self._category(notification) is None:
            return "not one of the eight events of decree 2023-828, by the map of the profile"
        return None

    def _category(self, notification: Notification) -> str | None:
        categories: Any = self.source.settings.get("categories")
        entries = categories.items() if isinstance(categories, Mapping) else ()
        known = {str(name).lower(): code for name, code in entries}
        topic, items = plain_topic(notification["topic"]), [f"#{name}" for name in notification["data"]]
        names = [*(topic + item for item in items), topic, *items]
        return next((str(known[name.lower()]) for name in names if name.lower() in known), None)
