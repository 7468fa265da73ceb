"""What the simulated services tell over the emergency hub: cases, situations, units and the stages they reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pandas as pd

from vigie.demo.independent.profile import WitnessCity
from vigie.demo.independent.tables import Read
from vigie.demo.independent.telling import (
    DISPATCH,
    REPORT,
    STAGE,
    STATUS,
    Rows,
    account,
    as_reports,
    files,
    is_instant,
    newest,
    told,
)

STATES = "cisu_rc_ri"
"""Source that tells which stages the units reach that are sent to situations."""
STAGE_WORDS = {
    "DECLENCHE": "dispatched", "DEPART": "en_route", "ARRIVEE": "arrived", "FINPEC": "closed", "RETOUR": "closed",
}  # fmt: skip


def envelopes(city: WitnessCity, source: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Envelopes of the emergency hub, and the message in each."""
    for content in files(city, source):
        for envelope in json.loads(content):
            yield envelope, envelope["content"][0]["jsonContent"]["embeddedJsonContent"]["message"]


def coarse(value: Any) -> Any:
    """A coordinate of the hub as it may be kept: three decimals."""
    return None if value is None else round(value, 3)


def cases(city: WitnessCity, source: str) -> Read:
    """RC-EDA: one case per envelope."""
    rows, rejected = [], 0
    for envelope, message in envelopes(city, source):
        case = message["createCase"]
        if not is_instant(case["creation"]):
            rejected += 1
            continue
        code = case["qualification"]["whatsHappen"]["code"]
        place = case["location"].get("geometry", {}).get("point", {}).get("coord", {})
        position = coarse(place.get("lon")), coarse(place.get("lat"))
        rows.append(told(case["caseId"], case["creation"], code[:6], position, subcategory=code,
                         updated=envelope["dateTimeSent"],
                         exercise=envelope["distributionStatus"] != "Actual"))  # fmt: skip
    return as_reports(city, source, rows), None, [account(source, REPORT, [row["key"] for row in rows], rejected)]


def situations(city: WitnessCity, source: str) -> Read:
    """EMSI: one event per envelope, and with it the units sent and what they do."""
    events, sent = Rows(), Rows()
    statuses: list[Any] = []
    refused = {REPORT: 0, DISPATCH: 0}
    for envelope, message in envelopes(city, source):
        emsi, updated = message["emsi"], envelope["dateTimeSent"]
        event, case = emsi["EVENT"], emsi["EVENT"]["MAIN_EVENT_ID"]
        statuses += [(unit["ID"], unit["RGEO"][0]["DATIME"]) for unit in emsi.get("RESOURCE", ())]
        if not is_instant(event["DECL_DATIME"]):
            refused[REPORT] += 1
            refused[DISPATCH] += len(emsi.get("MISSION", ()))
            continue
        place = event["EGEO"][0]["POSITION"]["COORD"][0] if "EGEO" in event else {}
        position = (coarse(place.get("LONG")), coarse(place.get("LAT")))
        events.append(told(case, event["OCC_DATIME"], event["ETYPE"]["CATEGORY"][0], position, updated=updated,
                           exercise=emsi["CONTEXT"]["MODE"] != "ACTUAL"))  # fmt: skip
        for mission in emsi.get("MISSION", ()):
            key = (case, mission["ID"], mission["RESOURCE_ID"][0])
            sent.append({"key": key, "updated": updated, "received": event["DECL_DATIME"],
                         "dispatched": mission["START_TIME"], "closed": mission.get("END_TIME")})  # fmt: skip
    accounts = [
        account(source, REPORT, [row["key"] for row in events], refused[REPORT]),
        account(source, DISPATCH, [row["key"] for row in sent], refused[DISPATCH]),
        account(source, STATUS, statuses),
    ]
    return as_reports(city, source, events), as_dispatches(sent, stages_reached(city)), accounts


def as_dispatches(rows: Rows, reached: dict[tuple[str, str], dict[str, str]]) -> pd.DataFrame:
    """The newest state of every dispatch; what it lacks comes from its unit, and what no message tells is missing."""
    table = newest(rows)
    stages = ("received", "answered", "dispatched", "en_route", "arrived", "closed")
    told = [
        {**reached.get((case, unit), {}), **{name: row[name] for name in stages if pd.notna(row.get(name))}}
        for row in table.to_dict("records")
        for case, _, unit in [row["key"]]
    ]
    frame = pd.DataFrame(told, columns=list(stages), index=table.index)
    return pd.DataFrame({name: pd.to_datetime(frame[name], utc=True, format="ISO8601") for name in stages})


def units(city: WitnessCity, source: str) -> Read:
    """RC-RI: a state of a unit per envelope, some of which are stages; one without an instant is refused whole."""
    statuses: list[Any] = []
    stages: list[Any] = []
    refused = 0
    for _, case, unit in unit_states(city, source):
        if not is_instant(unit["state"]["datetime"]):
            refused += 1
            continue
        name, word = unit["resourceId"], unit["state"]["status"]
        statuses += [(name, at, word) for at in {unit["state"]["datetime"], unit["position"]["datetime"]}]
        stages += [(case, name, word)] * (word in STAGE_WORDS)
    return None, None, [account(source, STATUS, statuses, refused), account(source, STAGE, stages)]


def unit_states(city: WitnessCity, source: str) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Every unit told of, with its envelope and its case."""
    for envelope, message in envelopes(city, source):
        told_case = message["resourcesInfoCisu"]
        for unit in told_case["resource"]:
            yield envelope, told_case["caseId"], unit


def stages_reached(city: WitnessCity) -> dict[tuple[str, str], dict[str, str]]:
    """By case and unit, the first instant of each stage, as it was last told and not taken back."""
    if STATES not in city.told:
        return {}
    last: dict[tuple[str, str, str], tuple[dict[str, Any], str]] = {}
    for envelope, case, unit in unit_states(city, STATES):
        word, at = unit["state"]["status"], unit["state"]["datetime"]
        key = (case, unit["resourceId"].split(".resource.")[-1], word)
        is_newer = key not in last or envelope["dateTimeSent"] >= last[key][0]["dateTimeSent"]
        if word in STAGE_WORDS and is_instant(at) and is_newer:
            last[key] = (envelope, at)
    found: dict[tuple[str, str], dict[str, str]] = {}
    for (case, name, word), (envelope, at) in last.items():
        if envelope["distributionKind"] == "Cancel" or envelope["distributionStatus"] != "Actual":
            continue
        known = found.setdefault((case, name), {})
        known[STAGE_WORDS[word]] = min(at, known.get(STAGE_WORDS[word], at), key=datetime.fromisoformat)
    return found
