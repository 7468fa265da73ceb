"""Situations of the fire service (EMSI): the event, the units sent, and what they do.

Every version of a report is one message. Between them the units' arrival and return are told, with the event as it was
known by then.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from simulator.chance import Columns, taken
from simulator.city import City
from simulator.facts import DayFacts
from simulator.reports import EXERCISE, REAL
from simulator.truth.units import posts
from simulator.wire import Message
from simulator.wire._edxl import MOST_BYTES as MOST_BYTES
from simulator.wire._edxl import UNIT_KIND, envelope
from simulator.wire._edxl import packed as packed
from simulator.wire._told import SPOILT_INSTANT, Told, told_by, with_offset

SUFFIX = ".json"
SOURCE = "cisu_emsi"
STATUSES = {"open": "IPR", "closed": "COM", "cancelled": "COM"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Envelopes of every version of every report, and of the units of its incident."""
    sent = taken(facts.dispatches, facts.dispatches["unit_kind"] == UNIT_KIND)
    by_incident: dict[str, list[int]] = {}
    for row, incident in enumerate(sent["incident_id"].tolist()):
        by_incident.setdefault(incident, []).append(row)
    for _, group in groupby(told_by(facts, SOURCE), lambda row: row.report_id):
        versions = list(group)
        yield from (Message(row.told_s, _envelope(city, row, row.told_s, row.version * 10, {})) for row in versions)
        first = versions[0]
        if first.nature == REAL and not first.is_duplicate:
            for row in by_incident.get(first.incident_id, ()):
                yield from _of_unit(city, versions, sent, row)


def _of_unit(city: City, versions: list[Told], sent: Columns, row: int) -> Iterator[Message]:
    """Arrival and return of one unit, once the case is known."""
    unit = str(sent["unit_id"][row])
    places = posts(city, UNIT_KIND)
    number = int(np.flatnonzero(np.array(places.unit_ids) == unit)[0])
    there = (float(sent["longitude"][row]), float(sent["latitude"][row]))
    home = (float(places.longitude[number]), float(places.latitude[number]))
    for step, (instant, state, resource, place) in enumerate((
        ("arrived_s", "IPR", "IN_USE/ON_SCENE", there), ("closed_s", "COM", "AVAILB", home),
    )):  # fmt: skip
        at = max(int(sent[instant][row]), versions[0].told_s + 1 + step)
        known = [version for version in versions if version.told_s <= at]
        if not known or known[-1].status == "cancelled":
            return
        mission = {
            "ID": str(sent["dispatch_id"][row]), "TYPE": "SAV/ASC", "NAME": "#MISSION#", "STATUS": state,
            "START_TIME": with_offset(city, int(sent["dispatched_s"][row])), "RESOURCE_ID": [unit],
            **({"END_TIME": with_offset(city, int(sent["closed_s"][row]))} if state == "COM" else {}),
        }  # fmt: skip
        position = {"COORD": [{"LAT": place[1], "LONG": place[0]}]}
        unit_state = {
            "ID": unit, "NAME": unit, "RTYPE": {"RCLASS": ["MAT/VEH"]}, "STATUS": resource,
            "RGEO": [{"DATIME": with_offset(city, at), "TYPE": "CUR", "POSITION": [position]}],
        }  # fmt: skip
        parts = {"MISSION": [mission], "RESOURCE": [unit_state]}
        yield Message(at, _envelope(city, known[-1], at, known[-1].version * 10 + step + 1, parts, unit))


def _envelope(city: City, row: Told, at: int, number: int, parts: dict[str, object], unit: str = "") -> bytes:
    case_id = row.report_id.removeprefix("cisu:")
    organisation, _, own = case_id.rpartition(".")
    is_cancelled, is_exercise = row.status == "cancelled", row.nature == EXERCISE
    message_id = f"{case_id}-{number}{'-' if unit else ''}{unit}"
    event: dict[str, object] = {
        "ID": own, "MAIN_EVENT_ID": case_id, "ETYPE": {"CATEGORY": [row.word], "ACTOR": ["PPL"], "LOCTYPE": ["OTH"]},
        "SOURCE": "COMFOR", "SCALE": str(row.severity + 1), "STATUS": STATUSES[row.status],
        "DECL_DATIME": SPOILT_INSTANT if row.is_spoilt else with_offset(city, row.first_told_s),
        "OCC_DATIME": with_offset(city, row.occurred_s),
    }  # fmt: skip
    if row.longitude is not None:
        place = {"TYPE": "POINT", "COORDSYS": "EPSG-4326", "COORD": [{"LAT": row.latitude, "LONG": row.longitude}]}
        event["EGEO"] = [{"TYPE": "GEN", "POSITION": place}]
    context = {
        "ID": message_id, "MODE": "EXERCS" if is_exercise else "ACTUAL", "CREATION": with_offset(city, at),
        "MSGTYPE": "CANCEL" if is_cancelled else "ALERT" if row.version == 1 and not parts else "UPDATE",
        "LEVEL": "OPR", "SECLASS": "RESTRC", "ORIGIN": {"ORG_ID": organisation, "USER_ID": own, "NAME": "SIMULATED"},
    }  # fmt: skip
    kind = "Cancel" if is_cancelled else "Report" if row.version == 1 and not parts else "Update"
    status = "Exercise" if is_exercise else "Actual"
    content = {"emsi": {"CONTEXT": context, "EVENT": event, **parts}}
    return envelope(message_id, organisation, with_offset(city, at), kind, status, content)
