"""Positions of fire and medical units (GEO-POS), from the Hub Santé.

EDXL-DE envelope or bare message, JSON or XML. Format facts:

* A message holds the positions of several units, each with its own instant.
* ``engagedStatus`` says what a unit on a mission does and is stronger than ``status`` (available or not).
* Coordinates may be nonsense: an official example of a Normandy unit lies in Togo. A unit may leave its city but not
  France, overseas included; such a position is refused with ``position_bounds``.
* ``speed`` is in km/h, ``cap`` in degrees; ``groundStatus`` of helicopters is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors._cisu import ATTRIBUTION, CisuConnector, is_cancelled, is_exercise, outside_france
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.edxl import EdxlFormat, Keep, Kind, at
from schemas.check import Violation
from schemas.contract import Label

KEEP: Keep = {
    "position": {
        **dict.fromkeys(("resourceId", "datetime", "speed", "cap", "status", "engagedStatus")),
        "coord": dict.fromkeys(("lat", "lon", "height")),
    }
}
STATES = {
    "ALERTEE": "dispatched", "PARTIE": "en_route", "ARRIVEE_LIEU": "on_scene",
    "TRANSPORT_DESTINATION": "transporting", "ARRIVEE_DESTINATION": "at_hospital", "FIN_MED": "returning",
    "QUITTE_DESTINATION": "returning", "RETOUR_DISPONIBLE": "returning", "RETOUR_INDISPONIBLE": "returning",
    "ARRIVEE_CENTRE": "available", "DISPONIBLE": "available", "INDISPONIBLE": "unavailable",
}  # fmt: skip


def positions(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each position of the message."""
    yield from message["position"]


def judged(part: dict[str, Any]) -> Violation | None:
    """A unit may leave its city, not the country."""
    return outside_france(part.get("coord") or {}, "position.coord")


class CisuGeoPos(CisuConnector):
    """A position of a unit; key ``cisu:<unit>-<instant>``."""

    contract = "silver.unit_status"
    family = "fire_ems"
    label = Label(fr="Positions des moyens de secours (GEO-POS)", en="Positions of emergency units (GEO-POS)")
    attribution = ATTRIBUTION
    format = EdxlFormat({"geoPositionsUpdate": Kind(KEEP, positions, judge=judged)})

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Where the unit is and what it does."""
        unit = element.value["message"]
        word = text(unit.get("engagedStatus")) or text(unit.get("status"))
        observed_at = zoned_instant(unit.get("datetime"))
        return {
            "unit_status_id": identifier("cisu", unit.get("resourceId"), observed_at),
            "unit_id": text(unit.get("resourceId")),
            "observed_at": observed_at,
            "unit_status_code": "cancelled" if is_cancelled(element.value) else STATES.get(word or "", "unknown"),
            "source_status": word,
            "longitude": number(at(unit, "coord", "lon")),
            "latitude": number(at(unit, "coord", "lat")),
            "elevation_m": number(at(unit, "coord", "height")),
            "speed_kmh": number(unit.get("speed")),
            "heading_deg": number(unit.get("cap")),
            "is_exercise": is_exercise(element.value),
        }
