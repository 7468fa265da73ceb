"""What the five sources of the French emergency hub have in common.

Identifiers are those the hub shares: a case (``fr.health.samu690.DRFR15690240430050``) is one report, whoever tells it.
The place of a case may be a home with a patient in it: coordinates of cases are cut to three decimals, about 100 m.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Row
from connectors.sdk.formats.edxl import Keep, at
from schemas.check import Violation

ATTRIBUTION = Attribution(
    publisher="The dispatch centres of fire and emergency medical services, through the Hub Santé",
    licence="Restricted to the services connected; schemas and examples Apache-2.0 (Agence du Numérique en Santé)",
    url="https://hub.esante.gouv.fr",
)
FRANCE = (
    *((-5.6, 41.2, 10.0, 51.6), (-63.4, 14.2, -60.6, 18.3), (-54.8, 1.9, -51.4, 6.0), (54.9, -21.6, 56.1, -20.6)),
    *((44.8, -13.2, 45.5, -12.4), (-56.7, 46.6, -55.9, 47.3), (157.0, -23.5, 172.5, -17.5)),
    *((-179.0, -15.0, -175.0, -12.5), (-155.0, -28.5, -134.0, -7.5)),
)
"""West, south, east, north of metropolitan France with its coast, then of the overseas territories."""


class CisuConnector(SubscribingConnector):
    """A source of the hub: one message per payload, from an AMQP queue."""

    transport: ClassVar[str] = "amqp"


def coarse(value: Any) -> Any:
    """A coordinate to three decimals; anything else unchanged."""
    return round(value, 3) if isinstance(value, float) else value


def outside_france(coordinates: Keep, path: str) -> Violation | None:
    """Why no French unit can be there; impossible degrees are left to the contract."""
    longitude, latitude = (coordinates.get(name, coordinates.get(name.upper())) for name in ("lon", "lat"))
    longitude = coordinates.get("LONG", longitude)
    if not all(isinstance(value, int | float) for value in (longitude, latitude)):
        return None
    if not (abs(longitude) <= 180 and abs(latitude) <= 90) or (longitude, latitude) == (0, 0):
        return None
    if any(west <= longitude <= east and south <= latitude <= north for west, south, east, north in FRANCE):
        return None
    says = f"{longitude}, {latitude} lies in no part of France; expected the place of a unit of the French hub."
    return Violation("position_bounds", path, f"{longitude},{latitude}", f"{path}: {says} Check the sender's position.")


def report_id(case: Any) -> str | None:
    """The report that a shared case identifier names."""
    return identifier("cisu", case)


def own_name(unit: Any) -> str | None:
    """A unit as its owner names it: of the shared ``<organisation>.resource.<name>`` the name, anything else whole."""
    told = text(unit)
    return told.rpartition(".resource.")[2] if told else None


def is_exercise(element: Keep, mode: object = None) -> bool | None:
    """Whether the message is no real one; unknown for a bare message that does not say."""
    told = [value for value in (element["status"], mode) if value]
    return any(str(value).upper() != "ACTUAL" for value in told) if told else None


def is_cancelled(element: Keep) -> bool:
    """Whether the message takes back what was told."""
    return bool(element["kind"] == "Cancel")


def sent_at(element: Keep, otherwise: Any) -> str | None:
    """When the message was sent, which orders the versions of a case."""
    return zoned_instant(element["sent_at"] or otherwise)


CASE: Keep = {
    "caseId": None,
    "creation": None,
    "qualification": {
        "whatsHappen": {"code": None},
        "healthMotive": {"code": lambda code: str(code)[:3]},
        "details": {"status": None, "priority": None},
    },
    "location": {"geometry": {"point": {"coord": {"lat": coarse, "lon": coarse, "precision": None}}}},
    "initialAlert": {
        "reception": None,
        "location": {"geometry": {"point": {"coord": {"lat": coarse, "lon": coarse, "precision": None}}}},
        "caller": {"callerContact": {"type": None}},
    },
}
"""Of a case file: no patient, caller, note, diagnosis, address or free text; of a health motive its chapter alone."""
CHANNELS = {"TEL": "phone", "EMAIL": "email", "MSS": "email", "WEB": "web", "RADIO": "partner"}
PRECISIONS_M = {"EXACTE": 100, "ADRESSE": 100, "RUE": 300, "VILLE": 5000, "INCONNUE": 5000}
PRIORITIES = {"P0": "critical", "P1": "high", "P2": "moderate", "P3": "low"}
CASE_STATES = {
    "PROGRAM": "not_started", "ACTIF": "in_progress", "ACHEVE": "closed", "VALIDE": "closed", "CLOTURE": "closed",
    "CLASSE": "closed", "ARCHIVE": "closed",
}  # fmt: skip


def case_parts(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The case; its health motive is kept only when nothing else says what happened."""
    qualification = message.get("qualification")
    if isinstance(qualification, dict) and at(qualification, "whatsHappen", "code"):
        qualification.pop("healthMotive", None)
    yield message


def case_row(element: Keep) -> Row:
    """The report of a case file, fire or health: what, where and when, of nobody."""
    case = element["message"]
    code = text(at(case, "qualification", "whatsHappen", "code"))
    state, priority = (text(at(case, "qualification", "details", name)) for name in ("status", "priority"))
    received = at(case, "initialAlert", "reception") or case.get("creation")
    coordinates = at(case, "location", "geometry", "point", "coord") or at(
        case, "initialAlert", "location", "geometry", "point", "coord"
    )
    placed = isinstance(coordinates, dict)
    return {
        "report_id": report_id(case.get("caseId")),
        "occurred_at": zoned_instant(received),
        "time_precision_code": "second",
        "received_at": zoned_instant(received),
        "source_category": code[:6] if code else text(at(case, "qualification", "healthMotive", "code")),
        "source_subcategory": code,
        "source_priority": priority,
        "severity_code": PRIORITIES.get(priority or ""),
        "status_code": "cancelled" if is_cancelled(element) else CASE_STATES.get(state or "", "open"),
        "channel_code": CHANNELS.get(str(at(case, "initialAlert", "caller", "callerContact", "type"))),
        "longitude": number(coordinates.get("lon")) if placed else None,
        "latitude": number(coordinates.get("lat")) if placed else None,
        "location_precision_m": PRECISIONS_M.get(str(coordinates.get("precision")), 5000) if placed else None,
        "source_updated_at": sent_at(element, case.get("creation")),
        "is_exercise": is_exercise(element),
    }
