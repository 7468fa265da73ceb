r"""Arrivals and movements of patients as a hospital's systems tell them: HL7 version 2 ADT, without the patients.

Versions 2.1 to 2.9 and the French profile IHE PAM FR (MSH-12 ``2.5^FRA^2.10``, segments ZBE and ZFV), over MLLP or in
files. ``keep`` names all that leaves a message; NK1, GT1, IN1, DG1 and most others are not even parsed, and of PID only
field 18 is looked at. Format facts:

* Every event is one row. A01, A04, A08 (correction), A03 (leaving), A13 (leaving cancelled), A11 and A23 (cancelled) of
  one stay tell the same row, the arrival; transfers (A02, A12), absences and expectations have rows of their own, and
  events about a person without a stay (A28, A31, A40, A47) have no ``arrived_at`` and are refused for that.
* The class belongs to the key: PV1-2 is ``E`` in the emergency department and becomes ``I`` when the stay goes on in a
  ward (A06, A02), which must not take the emergency arrival away.
* **Identity of a row.** A cancellation repeats the number of the stay and nothing else that an arrival told, so that
  number must be recognised. It is a short number on every bracelet: a plain digest would be guessed in seconds. It
  leaves as a digest keyed with the installation's secret. Where a stay has no number (PV1-19, PV1-50, PID-18), ZBE-1
  names the movement; where there is none either, MSH-10 the message, which nothing can then correct.
* Events that ZBE-4 calls CANCEL cancel and UPDATE correct the event ZBE-6 names, also under Z99.
* PV1-44 is the arrival, else ZBE-2 or EVN-6 of the arriving event itself. A cancellation may lack all of them and is
  then dated by itself: it must not be refused and leave its arrival counted. Times lack an offset more often than not
  and are then local. MSH-7 orders versions; ``version_rank`` does so within a quarter hour, finer than which no time
  leaves.
* Codes of PV2-38 and PV1-36 are the hospital's own in part: the settings ``arrival_modes`` and ``dispositions`` map
  them, ``sites`` maps names of MSH-4 to FINESS numbers (see ``connectors.sdk.facility``). Triage stands in OBX under
  LOINC 75636-1 or 11283-9, or under CCMU.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.sdk.connector import Attribution, SubscribingConnector
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.facility import facility, site_id
from connectors.sdk.formats.hl7v2 import Hl7v2Format, hl7_time
from connectors.sdk.persons import WITHHELD, Keep, code, instant, pseudonym, told
from schemas.contract import Label

CLASSES = {"E": "emergency", "I": "inpatient", "O": "outpatient", "P": "planned", "R": "recurring", "B": "newborn"}
MODES = {
    "A": "ambulance", "C": "own", "F": "own", "P": "own", "H": "smur", "O": "other", "U": "unknown",
    "PERSO": "own", "AMBU": "ambulance", "VSAB": "fire_rescue", "SMUR": "smur", "HELI": "smur", "FO": "police",
}  # fmt: skip
DISPOSITIONS = {
    "01": "home", "02": "transferred", "03": "transferred", "04": "transferred", "05": "transferred", "06": "home",
    "07": "left", "09": "admitted", "20": "died",
}  # fmt: skip
ESI = {"1": "immediate", "2": "very_urgent", "3": "urgent", "4": "standard", "5": "non_urgent"}
CCMU = {"5": "immediate", "4": "very_urgent", "3": "urgent", "2": "standard", "1": "non_urgent"}
SCALES = {"75636-1": ("ESI", ESI), "11283-9": ("ESI", ESI), "CCMU": ("CCMU", CCMU)}
_ARRIVAL = {
    "A01": ("arrived", 1), "A04": ("arrived", 1), "A08": ("corrected", 2), "A03": ("left", 3), "A13": ("arrived", 4),
    "A11": ("cancelled", 5), "A23": ("cancelled", 5),
}  # fmt: skip
_OTHERS = {
    "A02": "transfer", "A06": "transfer", "A07": "transfer", "A09": "transfer", "A10": "transfer", "A17": "transfer",
    "A21": "leave", "A22": "leave", "A05": "planned", "A14": "planned", "A15": "planned", "A16": "planned",
}  # fmt: skip
_CANCELS = {
    "A12": "A02", "A33": "A09", "A32": "A10", "A52": "A21", "A53": "A22",
    "A38": "A05", "A27": "A14", "A26": "A15", "A25": "A16",
}  # fmt: skip
_TIME = instant(hl7_time)
_EVENT = code(r"[A-Z][A-Z0-9]{2}")
KEEP: Keep = {
    "MSH.4.1": facility, "MSH.4.2": facility, "MSH.7.1": _TIME, "MSH.9.1": code("[A-Z]{3}"), "MSH.9.2": _EVENT,
    "MSH.10.1": pseudonym, "EVN.1.1": _EVENT, "EVN.2.1": _TIME, "EVN.6.1": _TIME,
    "PV1.2.1": code("[A-Z]"), "PV1.19.1": pseudonym, "PV1.36.1": code("[0-9]{1,2}|[A-Z]"), "PV1.44.1": _TIME,
    "PV1.45.1": _TIME, "PV1.50.1": pseudonym, "PID.18.1": pseudonym,
    "PV2.38.1": code(f"[0-9]{{1,2}}|[A-Z]|{'|'.join(name for name in MODES if len(name) > 1)}"),
    "ZBE.1.1": pseudonym, "ZBE.2.1": _TIME, "ZBE.4.1": code("INSERT|UPDATE|CANCEL"), "ZBE.6.1": _EVENT,
    "OBX.3.1": code("|".join(SCALES)), "OBX.5.1": code("[1-5DP]"),
}  # fmt: skip


class Hl7v2Adt(SubscribingConnector):
    """One movement of one stay; key ``hl7:<site>-<keyed digest of the stay>-<class>-<movement>``."""

    contract = "silver.hospital_arrival"
    family = "hospital"
    label = Label(fr="Arrivées à l'hôpital (HL7 v2 ADT)", en="Hospital arrivals (HL7 v2 ADT)")
    attribution = Attribution(
        publisher="The hospital, named by the city profile",
        licence="By agreement with the hospital",
        url="https://www.hl7.org/implement/standards/product_brief.cfm?product_id=185",
        note="Synthetic messages stand for a hospital in the tests.",
    )
    transport = "mllp"
    keep = KEEP
    format = Hl7v2Format(segments=frozenset(path.partition(".")[0] for path in KEEP), observations=frozenset(SCALES))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Tell the movement; a text that was withheld counts as no code, and refuses the row where an instant is."""
        message = _Message(element.value)
        movement, status, rank, thread = message.movement()
        arrived_at, precision = told(message.arrival(status, rank), self.zone)
        facilities = (message.text("MSH.4.1"), message.text("MSH.4.2"))
        site = site_id(self.source.settings, "hl7", facilities)
        class_code = CLASSES.get(message.text("PV1.2.1") or "", "unknown")
        stay = message.first("PV1.19.1", "PV1.50.1", "PID.18.1", "ZBE.1.1", "MSH.10.1")
        triage = message.triage()
        disposition = message.text("PV1.36.1")
        return {
            "hospital_arrival_id": f"hl7:{site.partition(':')[2]}-{stay}-{class_code}-{thread}"
            if site and stay
            else None,
            "site_id": site,
            "movement_code": movement,
            "class_code": class_code,
            "arrival_status_code": status,
            "arrived_at": arrived_at,
            "time_precision_code": precision or "quarter_hour",
            "left_at": None if status == "arrived" else told(message.text("PV1.45.1"), self.zone)[0],
            "arrival_mode_code": self._mapped("arrival_modes", MODES, message.text("PV2.38.1")),
            "triage_code": triage[1],
            "source_triage": triage[0],
            "disposition_code": self._mapped("dispositions", DISPOSITIONS, disposition),
            "source_disposition": disposition,
            "source_updated_at": told(message.first("MSH.7.1", "EVN.2.1"), self.zone)[0],
            "version_rank": rank,
        }

    def _mapped(self, setting: str, common: Mapping[str, str], text: str | None) -> str | None:
        own = self.source.settings.get(setting)
        found = own.get(text) if isinstance(own, Mapping) else None
        return None if text is None else str(found or common.get(text, "unknown"))


class _Message:
    """What is left of a message."""

    def __init__(self, value: Any) -> None:
        self.value = value if isinstance(value, dict) else {}

    def text(self, path: str) -> str | None:
        """The first text at a path."""
        found: Any = self.value
        for name in path.split("."):
            found = found[0] if isinstance(found, list) and found else found
            found = found.get(name) if isinstance(found, dict) else None
        return found if isinstance(found, str) else None

    def first(self, *paths: str) -> str | None:
        """The first text that is there."""
        return next(filter(None, map(self.text, paths)), None)

    def movement(self) -> tuple[str, str, int, str]:
        """Movement, state, rank and the part of the key that tells movements of one stay apart."""
        event = self.first("MSH.9.2", "EVN.1.1") or ""
        action, original = self.text("ZBE.4.1"), self.text("ZBE.6.1")
        cancels = event in _CANCELS or action == "CANCEL"
        if action in ("UPDATE", "CANCEL") and original and event not in ("A11", "A13", *_CANCELS):
            event = original
        event = _CANCELS.get(event, event)
        if event in _ARRIVAL:
            status, rank = _ARRIVAL[event]
            if action == "CANCEL" and rank < 4:
                status, rank = ("arrived", 4) if event == "A03" else ("cancelled", 5)
            elif action == "UPDATE":
                status, rank = ("left" if event == "A03" else "corrected"), max(rank, 2)
            return "arrival", status, rank, "arrival"
        status, rank = ("cancelled", 5) if cancels else ("corrected", 2) if action == "UPDATE" else ("unknown", 1)
        kind = _OTHERS.get(event, "other")
        named = event if event and event != WITHHELD else "message"
        which = self.text("ZBE.1.1")
        return kind, status, rank, f"{named.lower()}-{which}" if which else named.lower()

    def arrival(self, status: str, rank: int) -> str | None:
        """When the stay began."""
        if status == "cancelled":
            return self.first("PV1.44.1", "ZBE.2.1", "EVN.6.1", "EVN.2.1", "MSH.7.1")
        begins = (self.text("ZBE.6.1") or self.first("MSH.9.2", "EVN.1.1")) in ("A01", "A04")
        return self.first(
            "PV1.44.1", *(("ZBE.2.1",) if begins else ()), *(("EVN.6.1",) if begins and rank == 1 else ())
        )

    def triage(self) -> tuple[str | None, str | None]:
        """Scale and value of the last triage told, and the common degree."""
        found: tuple[str | None, str | None] = (None, None)
        for seen in self.value.get("OBX", ()):
            observation = _Message(seen)
            name, value = observation.text("3.1"), observation.text("5.1")
            if name in SCALES and value:
                scale, degrees = SCALES[name]
                found = (f"{scale} {value}", degrees.get(value, "unknown"))
        return found
