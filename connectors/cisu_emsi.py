"""Operational situation shared between services (EMSI: event, missions, resources), from the Hub Santé.

EDXL-DE envelope or bare message, JSON or XML, keys in capitals. Format facts:

* A message tells one event, its missions and its resources: each is an element with the event it belongs to. A mission
  is one dispatch per resource it names, or one without a unit.
* ``MAIN_EVENT_ID`` is the shared ``caseId``; without it the sender's organisation and its own number make one.
* ``EVENT.STATUS``: NST not started, IPR in progress, STOP under control, COM complete. ``MSGTYPE`` CANCEL takes back;
  ACK and ERROR are refused and counted. ``MODE`` other than ACTUAL (exercise, test, system) is flagged.
* Of the stages of a dispatch a mission tells two, its begin and its end. ``DATIME`` of a current place is when that
  place was taken, so no arrival is read from it: ``cisu_rc_ri`` tells departure and arrival.
* Of the places of a resource only its current one (``RGEO`` of type CUR) is where it is; the others are targets.
* Names, free texts, contacts and addresses are not read: ``RESOURCE.FREETEXT`` holds number plates.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors._cisu import (
    ATTRIBUTION,
    CisuConnector,
    coarse,
    is_cancelled,
    is_exercise,
    outside_france,
    own_name,
    report_id,
    sent_at,
)
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.edxl import EdxlFormat, Keep, Kind, at
from schemas.check import Violation
from schemas.contract import Label

_PLACE: Keep = {"COORD": {"LAT": coarse, "LONG": coarse}}
KEEP: Keep = {
    "CONTEXT": {"MODE": None, "MSGTYPE": None, "CREATION": None, "ORIGIN": {"ORG_ID": None}},
    "EVENT": {
        **dict.fromkeys(("ID", "MAIN_EVENT_ID", "SCALE", "DECL_DATIME", "OCC_DATIME", "STATUS")),
        "ETYPE": {"CATEGORY": None},
        "EGEO": {"POSITION": _PLACE},
    },
    "MISSION": {
        **dict.fromkeys(("ID", "TYPE", "STATUS", "START_TIME", "END_TIME", "PRIORITY", "RESOURCE_ID")),
        "POSITION": _PLACE,
    },
    "RESOURCE": {
        **dict.fromkeys(("ID", "STATUS")),
        "RTYPE": {"RCLASS": None},
        "RGEO": {"DATIME": None, "TYPE": None, "POSITION": {"COORD": {"LAT": None, "LONG": None, "HEIGHT": None}}},
    },
}
ANSWERS = ("ACK", "ERROR")
EVENT_STATES = {"NST": "not_started", "IPR": "in_progress", "STOP": "under_control", "COM": "closed"}
SCALES = {"1": "low", "2": "moderate", "3": "high", "4": "critical", "5": "critical"}
RESOURCE_STATES = {
    "AVAILB": "available", "UNAV": "unavailable", "MAINTC": "out_of_service", "RESRVD": "unavailable",
    "VIRTUAL": "unknown", "IN_USE/MOBILE": "en_route", "IN_USE/ON_SCENE": "on_scene",
}  # fmt: skip


def things(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event, each mission per resource, each resource; every one with the context it needs."""
    about = {"CONTEXT": message["CONTEXT"], "EVENT": message["EVENT"]}
    if at(about, "CONTEXT", "MSGTYPE") in ANSWERS:
        yield about
        return
    resources = [item for item in message.get("RESOURCE") or () if isinstance(item, dict)]
    classes = {resource.get("ID"): at(resource, "RTYPE") for resource in resources}
    yield about
    for mission in message.get("MISSION") or ():
        for unit in mission.get("RESOURCE_ID") or [None]:
            yield {**about, "MISSION": {**mission, "RESOURCE_ID": unit}, "RTYPE": classes.get(unit)}
    for resource in resources:
        yield {**about, "RESOURCE": resource}


def judged(part: dict[str, Any]) -> Violation | None:
    """An answer tells nothing; a resource may be anywhere in France, events and missions are judged by the contract."""
    answer = at(part, "CONTEXT", "MSGTYPE")
    if answer in ANSWERS:
        says = "answers another message and tells no fact; it is counted here and changes no row."
        return Violation("shape", "emsi.CONTEXT.MSGTYPE", str(answer), f"The message {says}")
    return outside_france(_first(_current(part.get("RESOURCE")), "POSITION", "COORD"), "RESOURCE.RGEO")


class CisuEmsi(CisuConnector):
    """An event (``cisu:<case>``), a dispatch (``cisu:<case>-<mission>-<unit>``) or a unit's status."""

    contract = "silver.incident_report"
    family = "fire_ems"
    label = Label(fr="Situation opérationnelle (EMSI)", en="Operational situation (EMSI)")
    attribution = ATTRIBUTION
    format = EdxlFormat({"emsi": Kind(KEEP, things, judge=judged)})

    @property
    def contracts(self) -> tuple[str, ...]:
        """Events are reports, missions dispatches, resources unit statuses."""
        return ("silver.incident_report", "silver.unit_dispatch", "silver.unit_status")

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """The one row of the element's event, mission or resource."""
        part = element.value["message"]
        if "MISSION" in part:
            yield "silver.unit_dispatch", self._dispatch(element.value, part, part["MISSION"])
        elif "RESOURCE" in part:
            yield "silver.unit_status", self._status(element.value, part, part["RESOURCE"])
        else:
            yield "silver.incident_report", self.to_row(element, payload)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The report of the event."""
        part = element.value["message"]
        event = part["EVENT"]
        cancelled = is_cancelled(element.value) or at(part, "CONTEXT", "MSGTYPE") == "CANCEL"
        declared = event.get("DECL_DATIME")
        return {
            "report_id": _case(part),
            "occurred_at": zoned_instant(event.get("OCC_DATIME") or declared),
            "time_precision_code": "second",
            "received_at": zoned_instant(declared),
            "source_category": _category(event),
            "severity_code": SCALES.get(str(event.get("SCALE"))),
            "status_code": "cancelled" if cancelled else EVENT_STATES.get(str(event.get("STATUS"))),
            **_place(_first(_first(event, "EGEO"), "POSITION", "COORD")),
            "source_updated_at": sent_at(element.value, at(part, "CONTEXT", "CREATION")),
            "is_exercise": is_exercise(element.value, at(part, "CONTEXT", "MODE")),
        }

    def _dispatch(self, value: Keep, part: Keep, mission: Keep) -> Row:
        case, unit = _case(part), mission.get("RESOURCE_ID")
        parts = [case[5:] if case else None, mission.get("ID"), *([unit] if unit else [])]
        return {
            "dispatch_id": identifier("cisu", *parts),
            "report_id": case,
            "unit_id": own_name(unit),
            "unit_type": _joined(at(part, "RTYPE", "RCLASS")),
            "received_at": zoned_instant(at(part, "EVENT", "DECL_DATIME")),
            "dispatched_at": zoned_instant(mission.get("START_TIME")),
            "closed_at": zoned_instant(mission.get("END_TIME")),
            "source_category": _category(part["EVENT"]),
            "source_priority": text(mission.get("PRIORITY")),
            "source_disposition": text(mission.get("STATUS")),
            **_place(_first(mission, "POSITION", "COORD")),
            "is_exercise": is_exercise(value, at(part, "CONTEXT", "MODE")),
        }

    def _status(self, value: Keep, part: Keep, resource: Keep) -> Row:
        current = _current(resource)
        observed_at = zoned_instant(current.get("DATIME") or at(part, "CONTEXT", "CREATION") or value["sent_at"])
        place = _first(current, "POSITION", "COORD")
        state = text(resource.get("STATUS"))
        cancelled = is_cancelled(value) or at(part, "CONTEXT", "MSGTYPE") == "CANCEL"
        return {
            "unit_status_id": identifier("cisu", resource.get("ID"), observed_at, state),
            "unit_id": text(resource.get("ID")),
            "unit_type": _joined(at(resource, "RTYPE", "RCLASS")),
            "observed_at": observed_at,
            "unit_status_code": "cancelled" if cancelled else RESOURCE_STATES.get(state or "", "unknown"),
            "source_status": state,
            "report_id": _case(part),
            "longitude": number(place.get("LONG")),
            "latitude": number(place.get("LAT")),
            "elevation_m": number(place.get("HEIGHT")),
            "is_exercise": is_exercise(value, at(part, "CONTEXT", "MODE")),
        }


def _case(part: Keep) -> str | None:
    event = part["EVENT"]
    own = (at(part, "CONTEXT", "ORIGIN", "ORG_ID"), event.get("ID"))
    return report_id(event.get("MAIN_EVENT_ID") or (".".join(map(str, own)) if all(own) else own[1]))


def _category(event: Keep) -> str | None:
    """The first of the categories, ``TRP/COL``."""
    return text(next(iter(at(event, "ETYPE", "CATEGORY") or ()), None))


def _place(coordinates: Keep) -> dict[str, object]:
    longitude = number(coordinates.get("LONG"))
    return {
        "longitude": longitude,
        "latitude": number(coordinates.get("LAT")),
        "location_precision_m": None if longitude is None else 100,
    }


def _current(resource: object) -> Keep:
    places = resource.get("RGEO") if isinstance(resource, dict) else None
    return next((place for place in places or () if place.get("TYPE") == "CUR"), {})


def _first(value: Any, *path: str) -> Keep:
    """The first mapping at the path, whether it is alone or heads a list."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
        value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else {}


def _joined(codes: object) -> str | None:
    return text(" ".join(map(str, codes))[:100]) if isinstance(codes, list) else text(codes)
