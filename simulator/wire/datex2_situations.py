"""Road situations in DATEX II 2.3: accidents and obstacles as a road operator sees them, and works as they are planned.

A file is one publication. A record keeps its identifier from version to version; its end or its being taken back is
told by ``lifeCycleManagement``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from simulator.city import City
from simulator.facts import DayFacts
from simulator.reports import EXERCISE
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, Told, told_by, with_offset

SUFFIX = ".xml"
SOURCE = "datex2_situations"
SEVERITIES = ("low", "medium", "high", "highest")
NAMESPACE = "http://datex2.eu/schema/2/2_0"
COUNTRY, PUBLISHER = "fr", "SIMULATED"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One situation per version of an event, and one per occupation by works that begins on the day."""
    for row in told_by(facts, SOURCE):
        yield Message(row.told_s, _event(city, row))
    for one in facts.occupations:
        if one.kind == "works":
            validity = _validity(with_offset(city, one.setup_s), with_offset(city, one.removed_s))
            place = _place(one.longitude, one.latitude, city.places.names[one.place])
            announced = with_offset(city, one.announced_s)
            body = _record("MaintenanceWorks", one.occupation_id, 1, announced, validity, place)
            yield Message(facts.day.starts_s, _situation(one.occupation_id, "low", "real", body))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """One publication."""
    head = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<d2LogicalModel xmlns="{NAMESPACE}" modelBaseVersion="2" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><payloadPublication xsi:type="SituationPublication" '
        f'lang="fr"><publicationCreator><country>{COUNTRY}</country><nationalIdentifier>{PUBLISHER}'
        "</nationalIdentifier></publicationCreator>\n"
    )
    return head.encode() + b"\n".join(messages) + b"\n</payloadPublication></d2LogicalModel>\n"


def _event(city: City, row: Told) -> bytes:
    number = row.report_id.removeprefix(f"datex2:{COUNTRY}-{PUBLISHER}-")
    starts = SPOILT_INSTANT if row.is_spoilt else with_offset(city, row.occurred_s)
    ends = with_offset(city, row.told_s) if row.status == "closed" else None
    place = "" if row.longitude is None else _place(row.longitude, row.latitude or 0, city.places.names[row.place])
    cycle = {"closed": "end", "cancelled": "cancel"}.get(row.status)
    life = f"<lifeCycleManagement><{cycle}>true</{cycle}></lifeCycleManagement>" if cycle else ""
    told = with_offset(city, row.told_s)
    body = _record(row.word, number, row.version, told, _validity(starts, ends), f"{place}{life}")
    status = "technicalExercise" if row.nature == EXERCISE else "real"
    return _situation(number, SEVERITIES[row.severity], status, body)


def _situation(number: str, severity: str, status: str, record: str) -> bytes:
    return (
        f'<situation id="S{number}" version="1"><overallSeverity>{severity}</overallSeverity><headerInformation>'
        f"<confidentiality>noRestriction</confidentiality><informationStatus>{status}</informationStatus>"
        f"</headerInformation>{record}</situation>"
    ).encode()


def _record(kind: str, number: str, version: int, told: str, validity: str, rest: str) -> str:
    return (
        f'<situationRecord xsi:type="{kind}" id="{number}" version="{version}"><situationRecordVersionTime>{told}'
        f"</situationRecordVersionTime><probabilityOfOccurrence>certain</probabilityOfOccurrence>{validity}{rest}"
        "</situationRecord>"
    )


def _validity(starts: str, ends: str | None) -> str:
    end = f"<overallEndTime>{ends}</overallEndTime>" if ends else ""
    return (
        "<validity><validityStatus>definedByValidityTimeSpec</validityStatus><validityTimeSpecification>"
        f"<overallStartTime>{starts}</overallStartTime>{end}</validityTimeSpecification></validity>"
    )


def _place(longitude: float, latitude: float, street: str) -> str:
    return (
        '<groupOfLocations xsi:type="Point"><pointByCoordinates><pointCoordinates>'
        f"<latitude>{latitude}</latitude><longitude>{longitude}</longitude></pointCoordinates></pointByCoordinates>"
        "<supplementaryPositionalDescription><affectedCarriagewayAndLanes><roadInformation><roadName><values>"
        f"<value>{escape(street)}</value></values></roadName></roadInformation></affectedCarriagewayAndLanes>"
        "</supplementaryPositionalDescription></groupOfLocations>"
    )
