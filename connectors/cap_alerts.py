"""Alerts in the Common Alerting Protocol: weather services, civil protection, police.

XML, CAP 1.0 to 1.2, one alert, many under any root (EDXL-DE), or an Atom feed. Format facts:

* An alert has several ``info`` blocks (languages, phases), each with several areas: each area of each block is a row.
  An alert without them (an acknowledgement, some cancellations) is one row without an area.
* Atom feeds hold the alert in ``content``, or its fields flat in the entry; an entry with a link alone is refused.
* Times must have an offset; ``-00:00`` is UTC. What begins is ``onset``, else ``effective``, else ``sent``.
* ``polygon`` is "lat,lon lat,lon …", the reverse of GeoJSON; ``circle`` is "lat,lon km".
* ``references`` of an update or a cancellation are "sender,identifier,sent" with blanks between. Alerts are told apart
  by sender and identifier; of the sender only the domain is kept, as it may be a mailbox.
* Headline, description, instruction and contact are free text with persons in it (an abduction alert names the child):
  they are cut out before anything is read and reach neither row nor original nor dead letter. So are parameters, which
  carry the texts of other channels (``CMAMlongtext``, ``NWSheadline``), save the three below.
* ``awareness_level`` and ``awareness_type`` are MeteoAlarm's parameters. CAP itself has no colour, so others have none.
* ``expires`` is when the message expires: American ones of a coming storm do before its ``onset``, and tell the end of
  the storm in the parameter ``eventEndingTime``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import PartsFormat, XmlFormat, identifier, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.geometry import NOWHERE, Place, place_of
from connectors.sdk.places import first_position
from connectors.sdk.tree import attribute, leaf, node
from connectors.sdk.words import phenomenon_in
from schemas.contract import Label

FORGOTTEN = (
    *("description", "instruction", "headline", "contact", "note", "summary", "title", "author", "addresses"),
    *("resource", "source", "audience", "restriction"),
)
PARAMETERS = ("awareness_level", "awareness_type", "eventEndingTime")
_PARAMETER = re.compile(
    rb"^\s*(?:<(?:[\w.-]+:)?valueName\s*>\s*)?(?:awareness_level|awareness_type|eventEndingTime)\s*[<=]"
)
AWARENESS_TYPES = {
    "1": "wind", "2": "snow_ice", "3": "thunderstorm", "4": "fog", "5": "heat", "6": "cold", "7": "coastal",
    "8": "forest_fire", "9": "avalanche", "10": "rain", "12": "flood", "13": "flood",
}  # fmt: skip
KNOWN = {
    "urgency": ("immediate", "expected", "future", "past"),
    "severity": ("extreme", "severe", "moderate", "minor"),
    "certainty": ("observed", "likely", "possible", "unlikely"),
}
LEVELS = ("green", "yellow", "orange", "red")
INFO = (
    "language",
    "category",
    "event",
    "urgency",
    "severity",
    "certainty",
    "effective",
    "onset",
    "expires",
    "senderName",
)
LEAST_PRECISION_M = 100


def warnings(tree: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each area of each block with its alert; only what rows are made of is picked."""
    alert = node(tree, "content", "alert") or tree
    is_flat = "event" in alert and "info" not in alert
    sent = leaf(alert, "sent") or leaf(alert, "published") or leaf(alert, "updated")
    above = {
        "identifier": leaf(alert, "identifier") or (leaf(alert, "id") if is_flat else None),
        "sender": _domain(leaf(alert, "sender")),
        "sent": sent,
        "status": leaf(alert, "status"),
        "kind": leaf(alert, "msgType") or leaf(alert, "message_type"),
        "references": _references(leaf(alert, "references")),
    }
    if "identifier" not in alert and not is_flat:
        if "sender" in alert:
            raise KeyError("identifier")
        raise ValueError("an entry with neither an alert nor the fields of one; read the document it links to")
    for block, info in enumerate([alert] if is_flat else alert.get("info", [{}])):
        picked: dict[str, Any] = {name: leaf(info, name) for name in INFO}
        picked["parameters"] = {name: value for name, value in _pairs(info, "parameter") if name in PARAMETERS}
        areas = [info] if is_flat else info.get("area", [{}])
        for place, area in enumerate(areas):
            yield {**above, "info": picked, "area": _area(area), "part": f"{block}-{place}"}


def _area(area: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": leaf(area, "areaDesc"),
        "codes": [[name, code] for name, codes in _pairs(area, "geocode") for code in codes.split()],
        "polygons": [found for each in area.get("polygon", ()) if (found := leaf({"p": [each]}, "p"))],
        "circles": [found for each in area.get("circle", ()) if (found := leaf({"c": [each]}, "c"))],
    }


def _pairs(tree: dict[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """Names and values; CAP 1.0 writes ``name=value``, some feeds several pairs in one node."""
    for each in tree.get(name, ()):
        names, values = each.get("valueName", ()), each.get("value", ())
        for title, value in zip(names, values, strict=False):
            yield attribute(title, "#text") or "", attribute(value, "#text") or ""
        title, equals, value = (attribute(each, "#text") or "").partition("=")
        if equals:
            yield title, value


def _domain(sender: str | None) -> str | None:
    return sender.rpartition("@")[2].strip() or None if sender else None


def _references(written: str | None) -> list[list[str | None]]:
    triplets = [each.split(",") for each in (written or "").split()]
    return [[_domain(each[0]), each[1]] for each in triplets if len(each) == 3]


class CapAlerts(PollingConnector):
    """One area of one block of one alert; key ``cap:<domain of the sender>-<identifier>-<block>-<area>``."""

    contract = "silver.weather_warning"
    family = "weather"
    label = Label(fr="Alertes (Common Alerting Protocol)", en="Alerts (Common Alerting Protocol)")
    attribution = Attribution(
        publisher="The service that warns, named by the city profile",
        licence="The licence of the alerts, named by the city profile",
        url="https://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2.html",
    )
    every = timedelta(minutes=5)
    format = PartsFormat(
        XmlFormat(
            ("alert", "entry"),
            namespaces=(
                "urn:oasis:names:tc:emergency:cap:",
                "http://www.incident.com/cap/",
                "http://www.w3.org/2005/Atom",
            ),
            inside=("alert", "feed"),
            max_element_bytes=4 * 1024 * 1024,
        ),
        warnings,
        forget=FORGOTTEN,
        forget_unless={"parameter": _PARAMETER},
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say what is coming, where, until when and how sure that is."""
        told = element.value
        info, area = told["info"], told["area"]
        level, kind = (info["parameters"].get(name) for name in ("awareness_level", "awareness_type"))
        colour = (level or "").partition(";")[2].partition(";")[0].strip().lower()
        place = _place(tuple(area["polygons"]), tuple(area["circles"]))
        starts_at = zoned_instant(info["onset"] or info["effective"] or told["sent"])
        return {
            "warning_id": _message(told["sender"], told["identifier"], told["part"]),
            "message_id": _message(told["sender"], told["identifier"]),
            "issuer_label": text(info["senderName"]) or told["sender"],
            "warning_status_code": _lower(told["status"]),
            "message_kind_code": _lower(told["kind"]),
            "superseded_messages": " ".join(filter(None, (_message(*each) for each in told["references"]))) or None,
            "phenomenon_code": _phenomenon(kind, info),
            "source_phenomenon": text(info["event"]),
            "warning_level_code": colour if colour in LEVELS else None,
            "source_level": text(level),
            "urgency_code": _known("urgency", info),
            "warning_severity_code": _known("severity", info),
            "certainty_code": _known("certainty", info),
            "language_tag": text(info["language"]),
            "area_codes": " ".join(filter(None, (_code(*each) for each in area["codes"]))) or None,
            "area_label": text(area["label"]),
            "starts_at": starts_at,
            "ends_at": _end(starts_at, info),
            "issued_at": zoned_instant(told["sent"]),
            "longitude": place.longitude,
            "latitude": place.latitude,
            "location_precision_m": place.radius_m,
        }


def _message(sender: str | None, name: str | None, part: str | None = None) -> str | None:
    known = [each for each in (sender, name) if each]
    return identifier("cap", *known, *([part] if part else [])) if name else None


def _lower(word: str | None) -> str | None:
    return word.strip().lower() if word else None


def _end(starts_at: str | None, info: dict[str, Any]) -> str | None:
    """When the message expires, or what it warns of ends when the message expires before that begins."""
    expires, ending = (zoned_instant(each) for each in (info["expires"], info["parameters"].get("eventEndingTime")))
    return ending if starts_at and expires and ending and expires < starts_at else expires


def _known(name: str, info: dict[str, Any]) -> str | None:
    """The code of an enumeration; CAP 1.0 said "Very Likely"."""
    word = _lower(info[name])
    if word is None:
        return None
    word = "likely" if word == "very likely" else word
    return word if word in KNOWN[name] else "unknown"


def _phenomenon(awareness: str | None, info: dict[str, Any]) -> str:
    told = AWARENESS_TYPES.get((awareness or "").partition(";")[0].strip())
    if told:
        return told
    return phenomenon_in(info["event"]) or ("unknown" if info["category"] in ("Met", None) else "other")


def _code(name: str, value: str) -> str | None:
    return identifier(re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or "code", value)


@lru_cache(maxsize=4096)
def _place(polygons: tuple[str, ...], circles: tuple[str, ...]) -> Place:
    """A point inside and a radius; services warn the same areas again and again."""
    if polygons:
        rings = [[_pair(pair) for pair in polygon.split()] for polygon in polygons]
        geometry = {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}
        place = place_of({"geometry": geometry})
        return place if place != NOWHERE else first_position(geometry)
    for circle in circles:
        centre, _, radius = circle.partition(" ")
        longitude, latitude = _pair(centre)
        km = number(radius)
        precision = max(LEAST_PRECISION_M, km * 1000) if isinstance(km, int | float) else km
        return Place(longitude, latitude, precision, None, None)  # type: ignore[arg-type]
    return NOWHERE


def _pair(written: str) -> list[Any]:
    latitude, _, longitude = written.partition(",")
    return [number(longitude), number(latitude)]
