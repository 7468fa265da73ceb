"""ONVIF event notifications, in the three forms they travel in, cut to what may be kept of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sdk.element import Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.messages import JsonMessagesFormat
from connectors.sdk.formats.xml import XmlFormat
from schemas.check import Violation

Notification = Mapping[str, Any]
"""``topic``, ``operation``, ``utc_time``, ``producer``, and ``source``, ``key``, ``data``: item names to values."""

_PREFIX = re.compile(r"(^|/)[\w.-]+:", re.ASCII)
_ENVELOPES = ("NotificationMessage", "Notify", "PullMessagesResponse", "MetadataStream")
_NOTIFICATIONS, _FRAMES = XmlFormat("NotificationMessage", inside=_ENVELOPES), XmlFormat("Frame")
_PERSONAL = re.compile(r"user|person|holder|name|card|credential|phone|plate|face|badge", re.I)
_ACCOUNT = re.compile(r"(?<=//)[^/@]*@")
_CLASS = re.compile(r"(?:object)?(?:class(?:es)?|type)(?:types?)?", re.I)
_CLASS_WORDS = re.compile(r"[A-Za-z]{1,30}(?:[ ,;]+[A-Za-z]{1,30}){0,7}")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,12})?", re.ASCII)
KEPT_NUMBERS = ("ObjectId", "Count", "Confidence", "Likelihood", "Score")
SCENE = "scene description"
WITHHELD = "withheld"
WITHHELD_BYTES = b"withheld\n"


@dataclass(frozen=True)
class OnvifFormat(Format):
    """Notifications as XML (SOAP ``Notify``, pull-point answer, RTSP ``MetadataStream``) or JSON (zeep's form).

    An element is a ``Notification``. ``forbidden`` says why the law keeps a notification out of this source, or
    ``None``: such an element is refused and only its topic is kept. Of the others ``raw`` is JSON text of what the rows
    are made of: of data items booleans, classes of objects and ``KEPT_NUMBERS``, since others hold plates, names of
    users or temperatures of bodies under names that no list foresees. What cannot be read is not kept. The scene
    description of the same stream (positions and shapes of everybody in the picture) is one such element per payload.
    """

    forbidden: Callable[[Notification], str | None]

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every notification in order, then the scene description if there is one."""
        bare = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
        if not bare.startswith(b"<"):
            for value, raw, violations in JsonMessagesFormat().decode(bare):
                yield _broken(raw, violations) if violations else self._judged(_from_json(value))
            return
        for value, raw, violations in _NOTIFICATIONS.decode(bare):
            yield _broken(raw, violations) if violations else self._judged(_from_xml(value))
        frames = sum(not found.violations for found in _FRAMES.decode(bare)) if b"Frame" in bare else 0
        if frames:
            yield _forbidden(SCENE, f"{frames} frames with the positions of everybody in the picture")

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept notification."""
        found = list(self.decode(text.encode()))
        return found[0] if len(found) == 1 else refused("shape", text.encode(), "Not one ONVIF notification.")

    def original(self, content: bytes) -> bytes:
        """Nothing: what cannot be cut into notifications could show somebody."""
        return WITHHELD_BYTES

    def _judged(self, notification: Notification | None) -> Decoded:
        if notification is None:
            message = "Neither an ONVIF notification nor its decoded form; the original is not kept."
            return refused("shape", WITHHELD_BYTES, f"{message} Map it in the gateway.", column="Topic")
        if WITHHELD in notification:
            return _forbidden(str(notification["topic"]), "content that the law keeps out of this source")
        why = self.forbidden(notification)
        if why:
            return _forbidden(str(notification["topic"]), why)
        reduced = _reduced(notification)
        return Decoded(reduced, canonical(_as_json(reduced)))


def _broken(raw: bytes, violations: tuple[Violation, ...]) -> Decoded:
    """What cannot be read, without its bytes: they could tell what the law keeps out."""
    first = violations[0]
    where = f" ({first.column})" if first.column in _ENVELOPES else ""
    message = (
        f"{len(raw)} bytes that are no ONVIF notification{where}; expected XML or JSON of one. They are not kept, as "
        "they could show somebody: look at the device's own log."
    )
    return refused(first.rule, WITHHELD_BYTES, message, column=first.column if where else "")


def classes_in(notification: Notification) -> str:
    """Classes of objects that data items tell (``Human Vehicle``), as one text."""
    data = notification["data"].items()
    return " ".join(str(value) for name, value in data if value and _CLASS.fullmatch(name))


def _reduced(notification: Notification) -> Notification:
    """The notification without the values that no row is made of; the names of items stay."""
    places = {name: None if _PERSONAL.search(name) else value for name, value in notification["source"].items()}
    data = {name: value if _is_kept(name, value) else None for name, value in notification["data"].items()}
    producer = notification["producer"] and _ACCOUNT.sub("", notification["producer"])
    keys = dict.fromkeys(notification["key"])
    return {**notification, "producer": producer, "source": places, "key": keys, "data": data}


def _is_kept(name: str, value: str | None) -> bool:
    if value is None or isinstance(truth(value), bool):
        return True
    if _CLASS.fullmatch(name):
        return _CLASS_WORDS.fullmatch(value) is not None
    return name in KEPT_NUMBERS and _NUMBER.fullmatch(value) is not None


def _as_json(notification: Notification) -> dict[str, Any]:
    """The decoded form of a notification, to be read again."""
    parts = {
        part: {"SimpleItem": [{"Name": name, "Value": value} for name, value in notification[part.lower()].items()]}
        for part in ("Source", "Key", "Data")
    }
    return {
        "Topic": notification["topic"],
        "ProducerReference": {"Address": notification["producer"]},
        "Message": {
            "UtcTime": notification["utc_time"],
            "PropertyOperation": notification["operation"],
            **{part: items for part, items in parts.items() if items["SimpleItem"]},
        },
    }


def plain_topic(topic: object) -> str:
    """A topic without its prefixes, which every firmware chooses: ``RuleEngine/LineDetector/Crossed``."""
    return _PREFIX.sub(r"\1", str(topic or "").strip().strip("/"))


def truth(value: object) -> bool | str | None:
    """A boolean as devices write it (``true``, ``1``); anything else unchanged."""
    written = str(value).strip().lower() if value is not None else ""
    return {"true": True, "1": True, "false": False, "0": False}.get(written, str(value) if written else None)


def _forbidden(topic: str, why: str) -> Decoded:
    """What is left of a notification that the law keeps out: its topic, in a form that is refused again on replay."""
    kept = json.dumps({"Topic": topic[:300], WITHHELD: True}).encode("utf-8", "backslashreplace")
    return refused("forbidden", kept, f"{why}; the original is not kept. Switch it off at the source.", column="topic")


def _from_json(value: Any) -> Notification | None:
    if not isinstance(value, Mapping):
        return None
    if "frame" in value:
        return {"topic": SCENE, WITHHELD: True}
    if value.get(WITHHELD):
        return {"topic": _text(value.get("Topic")), WITHHELD: True}
    told = value.get("notification", value)
    if not isinstance(told, Mapping) or "Topic" not in told:
        return None
    message = _inner(told.get("Message"))
    if isinstance(message, Mapping) and isinstance(message.get("Message"), Mapping):
        message = message["Message"]
    producer = told.get("ProducerReference")
    parts = message if isinstance(message, Mapping) else {}
    return {
        "topic": _text(_inner(told["Topic"])),
        "operation": _text(parts.get("PropertyOperation")),
        "utc_time": _text(parts.get("UtcTime")),
        "producer": _text(_inner(producer.get("Address"))) if isinstance(producer, Mapping) else None,
        **{part.lower(): _items(parts.get(part), "", "ElementItem") for part in ("Source", "Key", "Data")},
    }


def _from_xml(node: Mapping[str, Any]) -> Notification:
    message = _first(_first(node.get("Message")).get("Message"))
    return {
        "topic": _first(node.get("Topic")).get("#text"),
        "operation": message.get("@PropertyOperation"),
        "utc_time": message.get("@UtcTime"),
        "producer": _first(_first(node.get("ProducerReference")).get("Address")).get("#text"),
        **{part.lower(): _items(_first(message.get(part)), "@", "ElementItem") for part in ("Source", "Key", "Data")},
    }


def _items(part: Any, sign: str, nested: str) -> dict[str, str | None]:
    """Simple items by name; of a nested one only the name, as nothing of its inside is a fact of ours."""
    if not isinstance(part, Mapping):
        return {}
    found: dict[str, str | None] = {}
    for item in _listed(part.get("SimpleItem")):
        found[str(item.get(f"{sign}Name"))] = _text(item.get(f"{sign}Value"))
    for item in _listed(part.get(nested)):
        found[f"{item.get(f'{sign}Name')}/"] = None
    return found


def _listed(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else [value]
    return [_attributes(item) for item in items if isinstance(item, Mapping)]


def _attributes(item: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = item.get("_attr_1")
    return {**item, **inner} if isinstance(inner, Mapping) else item


def _inner(value: Any) -> Any:
    """What zeep put under ``_value_1``, or the value itself."""
    return value["_value_1"] if isinstance(value, Mapping) and "_value_1" in value else value


def _first(value: Any) -> Mapping[str, Any]:
    found = value[0] if isinstance(value, list) and value else value
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None or isinstance(value, Mapping | list) else str(value)
