"""Units sent to a case and their changing state (RC-RI, RS-RI, RS-SR), from the Hub Santé.

EDXL-DE envelope or bare message, JSON or XML. Format facts:

* RC-RI (15-18) tells one state per unit, RS-RI (SAMU) a list, RS-SR one state of one unit. Each state is an element.
* A position with another instant than every state is an element of its own, in the state the unit then had.
* A unit without a state has just been engaged: the instant of engagement is when it was dispatched.
* States go from DECISION to REN-BASE; ``availability`` says whether the unit can be sent elsewhere.
* ``DECLENCHE``, ``DEPART``, ``ARRIVEE``, ``FINPEC`` and ``RETOUR`` are also stages of the unit on the case, which are
  kept longer than where it was. No message says when the call was received, which a dispatch cannot lack: that comes
  from EMSI, and gold joins both by case and unit. A state told again corrects its instant; a Cancel takes it back.
* Names of vehicles and teams, contacts, patients and comments are not read: comments may hold anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors._cisu import (
    ATTRIBUTION,
    CisuConnector,
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

_STATE: Keep = dict.fromkeys(("datetime", "status", "availability"))
_POSITION: Keep = {"datetime": None, "speed": None, "coord": dict.fromkeys(("lat", "lon", "height"))}
_UNIT: Keep = {"resourceId": None, "vehicleType": None, "datetime": None, "state": _STATE, "position": _POSITION}
STATES = {
    "DECISION": "dispatched", "DECLENCHE": "dispatched", "DEPART": "en_route", "ARRIVEE": "on_scene",
    "PEC": "on_scene", "BILAN": "on_scene", "ORIENTAT": "on_scene", "TRANSP": "transporting",
    "ETAPE1": "transporting", "TRANSP2": "transporting", "ETAPE2": "transporting", "TRANSP3": "transporting",
    "DESTIN": "at_hospital", "FINPEC": "returning", "RETOUR": "returning", "RET-BASE": "returning",
    "ANNULE": "returning", "REN-BASE": "available",
}  # fmt: skip
ENGAGED = "ENGAGEMENT"
"""Stands for the state of a unit that is told without one."""
STAGES = {
    ENGAGED: "dispatched", "DECLENCHE": "dispatched", "DEPART": "en_route", "ARRIVEE": "arrived", "FINPEC": "closed",
    "RETOUR": "closed",
}  # fmt: skip


def states(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each state of each unit, and each position that no state was told with."""
    for unit in message.get("resource") or [message]:
        about = {"caseId": message.get("caseId"), **{k: unit.get(k) for k in ("resourceId", "vehicleType", "datetime")}}
        told = unit.get("state") or [{}]
        told = told if isinstance(told, list) else [told]
        position = unit.get("position")
        moment = at(position, "datetime")
        for state in told:
            here = moment is not None and state.get("datetime") == moment
            yield {**about, "state": state, "position": position if here else None}
        if position and all(state.get("datetime") != moment for state in told):
            last = max(told, key=lambda state: str(zoned_instant(state.get("datetime"))))
            yield {**about, "state": last, "position": position, "is_place": True}


def judged(part: dict[str, Any]) -> Violation | None:
    """A unit may leave its city, not the country."""
    return outside_france(at(part, "position", "coord") or {}, "resource.position.coord")


class CisuRcRi(CisuConnector):
    """A state (``cisu:<unit>-<instant>-<state>``); of some also the stage begun (``cisu:<case>-<unit>-<state>``)."""

    contract = "silver.unit_status"
    family = "fire_ems"
    label = Label(fr="Moyens engagés et leurs états (RC-RI)", en="Units sent and their states (RC-RI)")
    attribution = ATTRIBUTION
    format = EdxlFormat(
        {
            "resourcesInfoCisu": Kind({"caseId": None, "resource": _UNIT}, states, judge=judged),
            "resourcesInfo": Kind({"caseId": None, "resource": _UNIT}, states, judge=judged),
            "resourcesStatus": Kind({"caseId": None, "resourceId": None, "state": _STATE}, states),
        }
    )

    @property
    def contracts(self) -> tuple[str, ...]:
        """Every state is a unit status; those of a response are stages of the dispatch too."""
        return ("silver.unit_status", "silver.dispatch_stage")

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """The status, then the stage; a position that no state was told with begins no stage."""
        yield "silver.unit_status", self.to_row(element, payload)
        unit = element.value["message"]
        word = text(unit["state"].get("status")) or ENGAGED
        if word in STAGES and "is_place" not in unit:
            yield "silver.dispatch_stage", self._stage(element.value, unit, word)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """What the unit does, for which case, and where when that is told."""
        unit = element.value["message"]
        state, position = unit["state"], unit["position"] or {}
        word = text(state.get("status"))
        moment = zoned_instant(position.get("datetime") if "is_place" in unit else _since(unit))
        return {
            "unit_status_id": identifier("cisu", unit["resourceId"], moment, word or ENGAGED),
            "unit_id": text(unit["resourceId"]),
            "unit_type": text(unit["vehicleType"]),
            "observed_at": moment,
            "unit_status_code": "cancelled" if is_cancelled(element.value) else _code(word, state.get("availability")),
            "source_status": word,
            "report_id": report_id(unit["caseId"]),
            "longitude": number(at(position, "coord", "lon")),
            "latitude": number(at(position, "coord", "lat")),
            "elevation_m": number(at(position, "coord", "height")),
            "speed_kmh": number(position.get("speed")),
            "is_exercise": is_exercise(element.value),
        }

    def _stage(self, value: Keep, unit: Keep, word: str) -> Row:
        return {
            "dispatch_stage_id": identifier("cisu", unit["caseId"], unit["resourceId"], word),
            "report_id": report_id(unit["caseId"]),
            "unit_id": own_name(unit["resourceId"]),
            "dispatch_stage_code": STAGES[word],
            "reached_at": zoned_instant(_since(unit)),
            "source_status": text(unit["state"].get("status")),
            "source_updated_at": sent_at(value, _since(unit)),
            "is_withdrawn": is_cancelled(value),
            "is_exercise": is_exercise(value),
        }


def _since(unit: Keep) -> object:
    """Since when the unit is in its state: as told with the state, else with the unit."""
    return unit["state"].get("datetime", unit["datetime"])


def _code(word: str | None, availability: object) -> str:
    code = STATES.get(word or "DECLENCHE", "unknown")
    return "unavailable" if code == "available" and availability is False else code
