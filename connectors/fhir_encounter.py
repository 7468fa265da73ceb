"""Stays at a hospital as a FHIR server tells them: Encounter of R4, R4B and R5, without the patients.

Bundles of a search, single resources, or lines of a bulk export. ``keep`` names all that leaves a resource: no subject,
participant, reason, diagnosis, location, narrative, contained resource, extension or display text. Format facts:

* ``class`` is a Coding in R4 and a list of CodeableConcept in R5; ``EMER`` is the emergency department. A stay that
  went on in a ward is ``IMP`` today and was ``EMER`` in ``classHistory``: it is an emergency arrival all the same and
  left the department when that class ended.
* ``period.start`` is the arrival (R5: ``actualPeriod``), else the start of the emergency class or of the state
  ``arrived``. It may be a day only. A stay without any (the standard allows it) is refused for want of ``arrived_at``.
* ``entered-in-error`` and ``cancelled`` (R5: ``discontinued``) cancel the row, and are dated by ``meta.lastUpdated``
  when nothing else is left of the stay; ``planned`` only announces one.
* The server's ``id`` names the resource. It often holds the number of the stay, so it leaves as a keyed digest; all
  versions of a resource share it. ``meta.lastUpdated`` orders them, to the quarter hour; ``version_rank`` within it.
* The site is ``serviceProvider``: its identifier (FINESS), else its reference; see ``connectors.sdk.facility``.

A search is told in pages; ``Bundle.link`` with relation ``next`` names the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.facility import facility, site_id
from connectors.sdk.formats.fhir import FhirFormat, fhir_time
from connectors.sdk.persons import Keep, code, instant, pseudonym, told
from schemas.contract import Label

CLASSES = {
    "EMER": "emergency", "IMP": "inpatient", "ACUTE": "inpatient", "NONAC": "inpatient", "OBSENC": "inpatient",
    "AMB": "outpatient", "SS": "outpatient", "VR": "outpatient", "PRENC": "planned", "HH": "home", "FLD": "home",
}  # fmt: skip
STATES = {
    "planned": ("planned", 1), "arrived": ("arrived", 1), "triaged": ("arrived", 1), "in-progress": ("arrived", 2),
    "onleave": ("arrived", 2), "on-hold": ("arrived", 2), "discharged": ("left", 3), "finished": ("left", 3),
    "completed": ("left", 3), "cancelled": ("cancelled", 5), "entered-in-error": ("cancelled", 5),
    "discontinued": ("cancelled", 5),
}  # fmt: skip
DISPOSITIONS = {
    "home": "home", "alt-home": "home", "other-hcf": "transferred", "hosp": "transferred", "long": "transferred",
    "rehab": "transferred", "psy": "transferred", "snf": "transferred", "aadvice": "left", "exp": "died",
    "oth": "other",
}  # fmt: skip
MODES = {"A": "ambulance", "C": "own", "F": "own", "P": "own", "H": "smur", "O": "other", "U": "unknown"}
MODE_OF_ARRIVAL = "http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival"
_CLASS, _STATUS = code("|".join(CLASSES)), code("|".join(STATES))
_LEAVING, _TIME = code("|".join(DISPOSITIONS)), instant(fhir_time)
KEEP: Keep = {
    "id": pseudonym, "meta.lastUpdated": _TIME, "status": _STATUS,
    "class.code": _CLASS, "class.coding.code": _CLASS,
    "classHistory.class.code": _CLASS, "classHistory.period.start": _TIME, "classHistory.period.end": _TIME,
    "statusHistory.status": _STATUS, "statusHistory.period.start": _TIME,
    "period.start": _TIME, "period.end": _TIME, "actualPeriod.start": _TIME, "actualPeriod.end": _TIME,
    "hospitalization.dischargeDisposition.coding.code": _LEAVING,
    "admission.dischargeDisposition.coding.code": _LEAVING,
    "serviceProvider.identifier.value": facility, "serviceProvider.reference": facility,
    "extension.valueCoding.code": code("|".join(MODES)),
    "extension.url": code(MODE_OF_ARRIVAL),
}  # fmt: skip


class FhirEncounter(PollingConnector):
    """One stay; key ``fhir:<site>-<keyed digest of the resource's id>``."""

    contract = "silver.hospital_arrival"
    family = "hospital"
    label = Label(fr="Arrivées à l'hôpital (FHIR Encounter)", en="Hospital arrivals (FHIR Encounter)")
    attribution = Attribution(
        publisher="The hospital, named by the city profile",
        licence="By agreement with the hospital",
        url="https://hl7.org/fhir/R4/encounter.html",
        note="The examples of the FHIR specification (CC0 1.0) stand for a hospital in the tests.",
    )
    every = timedelta(minutes=5)
    keep = KEEP
    format = FhirFormat("Encounter")

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Tell the stay as it stands."""
        stay = element.value
        status, rank = STATES.get(str(_first(stay, "status")), ("unknown", 1))
        emergency = _where(stay, "classHistory", "class.code", "EMER")
        named = _first(stay, "class.code") or _first(stay, "class.coding.code")
        class_code = "emergency" if emergency else CLASSES.get(str(named), "unknown")
        arrived_at, precision = told(_arrival(stay, emergency, status), self.zone)
        left = _first(emergency, "period.end") or _first(stay, "period.end") or _first(stay, "actualPeriod.end")
        leaving = _first(stay, "hospitalization.dischargeDisposition.coding.code")
        leaving = leaving or _first(stay, "admission.dischargeDisposition.coding.code")
        providers = (_first(stay, "serviceProvider.identifier.value"), _first(stay, "serviceProvider.reference"))
        site = site_id(self.source.settings, "fhir", providers)
        identity = _first(stay, "id")
        mode = _where(stay, "extension", "url", MODE_OF_ARRIVAL)
        told_mode = _first(mode, "valueCoding.code")
        return {
            "hospital_arrival_id": f"fhir:{site.partition(':')[2]}-{identity}" if site and identity else None,
            "site_id": site,
            "movement_code": "planned" if status == "planned" else "arrival",
            "class_code": class_code,
            "arrival_status_code": status,
            "arrived_at": arrived_at,
            "time_precision_code": precision or "quarter_hour",
            "left_at": told(left, self.zone)[0],
            "arrival_mode_code": MODES.get(told_mode, "unknown") if told_mode else None,
            "disposition_code": DISPOSITIONS.get(leaving, "unknown") if leaving else None,
            "source_disposition": leaving,
            "source_updated_at": told(_first(stay, "meta.lastUpdated"), self.zone)[0],
            "version_rank": rank,
        }


def _arrival(stay: Mapping[str, Any], emergency: Mapping[str, Any], status: str) -> str | None:
    arrived = _where(stay, "statusHistory", "status", "arrived")
    found = (
        _first(stay, "period.start"),
        _first(stay, "actualPeriod.start"),
        _first(emergency, "period.start"),
        _first(arrived, "period.start"),
        _first(stay, "meta.lastUpdated") if status == "cancelled" else None,
    )
    return next(filter(None, found), None)


def _where(stay: Mapping[str, Any], name: str, path: str, text: str) -> Mapping[str, Any]:
    """The first of a list's items that tells this text; nothing is left of an item when there is none."""
    items = stay.get(name)
    return next((one for one in items if _first(one, path) == text), {}) if isinstance(items, list) else {}


def _first(value: Any, path: str) -> str | None:
    """The first text at a path; nothing where something else stands."""
    return next(_texts(value, path.split(".")), None)


def _texts(value: Any, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _texts(one, path)
    elif not path:
        yield from [value] if isinstance(value, str) else []
    elif isinstance(value, dict) and path[0] in value:
        yield from _texts(value[path[0]], path[1:])
