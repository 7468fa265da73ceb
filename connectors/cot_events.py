"""Positions and distress calls of own units, in Cursor on Target 2.0 (ATAK, iTAK, WinTAK, TAK servers).

XML events, one or many in a payload. Format facts:

* ``a-f-…`` is a friendly unit, ``a-a`` an assumed, ``a-n`` a neutral one; ``b-a-o`` is a distress call, which names the
  unit it comes from in ``link``. Everything else (drawings, markers, routes, chat, foreign tracks) is refused and
  counted.
* ``uid`` is the number of the telephone or watch an officer carries, and the call sign is often the officer's: a unit
  is known by a digest of the ``uid``. It joins its own positions and calls and names nobody; the call sign is dropped.
* ``stale`` is the end of validity, not a future position. Times end in ``Z`` with none to three digits of a fraction.
* ``ce`` is the error radius and ``hae`` the height in metres; 9999999 or ``NaN`` means unknown. A client without a fix
  sends 0, 0 with an unknown error. Speed is in m/s, the course in degrees; negative means unknown.
* ``opex`` beginning with ``e`` or ``s`` marks an exercise or a simulation, and so does ``how`` ``m-s``.
"""

from __future__ import annotations

import math
from typing import Any

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, number, scaled, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.cot import CotFormat
from schemas.contract import Label

UNKNOWN = 9_999_999
MS_TO_KMH = 3.6


class CotEvents(FileConnector):
    """A position or distress call of a unit; key ``cot:<unit>-<instant>``, with ``-emergency`` for a call."""

    contract = "silver.unit_status"
    family = "units"
    label = Label(fr="Positions des patrouilles (Cursor on Target)", en="Positions of patrols (Cursor on Target)")
    attribution = Attribution(
        publisher="The service whose units are followed",
        licence="Restricted to the service; never published",
        url="https://github.com/dfpc-coe/node-CoT",
        note="Test messages: dfpc-coe/node-CoT, MIT.",
    )
    format = CotFormat()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Where the unit is; a distress call belongs to the unit that sent it."""
        event = element.value
        alert, point, track = event.get("alert"), event["point"], event["track"]
        unit, observed_at = (alert or event)["unit"], zoned_instant(event["time"])
        accuracy = _known(point.get("ce"))
        longitude, latitude = number(point.get("lon")), number(point.get("lat"))
        fixed = accuracy is not None or (longitude, latitude) != (0, 0)
        return {
            "unit_status_id": identifier("cot", unit, observed_at, *(["emergency"] if alert else [])),
            "unit_id": identifier("cot", unit),
            "unit_type": text(alert["unit_type"] if alert else event["type"]),
            "observed_at": observed_at,
            "valid_until_at": zoned_instant(event["stale"]),
            "unit_status_code": "emergency" if alert and not alert["cancelled"] else "unknown",
            "source_status": text(event["type"]) if alert else None,
            "longitude": longitude if fixed else None,
            "latitude": latitude if fixed else None,
            "accuracy_m": accuracy,
            "elevation_m": _known(point.get("hae"), least=-UNKNOWN) if fixed else None,
            "speed_kmh": scaled(_known(track.get("speed")), MS_TO_KMH, digits=3),
            "heading_deg": _known(track.get("course")),
            "is_exercise": _is_exercise(event),
        }


def _known(value: Any, least: float = 0) -> int | float | str | None:
    """The number, or nothing for the ways to say that it is unknown."""
    found = number(value)
    if isinstance(found, str):
        return None if found.lower() in ("nan", "inf", "-inf") else found
    return found if found is not None and math.isfinite(found) and least <= found < UNKNOWN else None


def _is_exercise(event: dict[str, Any]) -> bool | None:
    if event["how"] == "m-s":
        return True
    return event["opex"][:1] in ("e", "s") if event["opex"] else None
