"""What the simulated sources told, read from their files with pandas and parsers of the standard library.

One function per source, each on the files of one folder in the order of their names, that of time. Of a key told
several times the newest counts: by the instant its source gives, else by the order of telling.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from pyproj import Transformer

from vigie.demo.independent.geocode import placed
from vigie.demo.independent.profile import WitnessCity
from vigie.demo.independent.tables import Read, counted, reports

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
REPORT, DISPATCH, STATUS = "silver.incident_report", "silver.unit_dispatch", "silver.unit_status"
Rows = list[dict[str, Any]]


def files(city: WitnessCity, source: str) -> Iterator[bytes]:
    """Contents of the files of one source."""
    for path in sorted((city.told_folder(source)).iterdir()):
        yield path.read_bytes()


def account(source: str, contract: str, keys: list[Any], rejected: int = 0) -> dict[str, object]:
    """One line of the accounts: keys of all rows that were read well, in any order, and how many were not."""
    return counted(source, contract, len(keys) + rejected, len(set(keys)), rejected)


def is_instant(text: object) -> bool:
    """Whether a text is an instant with an offset."""
    return INSTANT.fullmatch(str(text)) is not None


def newest(rows: Rows) -> pd.DataFrame:
    """The newest row of every key; rows come in the order of telling and say `key` and, where known, `updated`."""
    table = pd.DataFrame(rows)
    table["updated"] = pd.to_datetime(table["updated"], utc=True, format="ISO8601") if "updated" in table else pd.NaT
    return table.sort_values("updated", kind="stable", na_position="first").groupby("key").tail(1)


def as_reports(city: WitnessCity, source: str, rows: Rows) -> pd.DataFrame:
    """Newest reports, without exercises, placed by their address where they tell no position."""
    table = newest(rows)
    table = table[~table["exercise"].astype(bool)]
    longitude, latitude = placed(city, table["longitude"], table["latitude"], table["address"])
    local = pd.to_datetime(table["at"], utc=True, format="ISO8601").dt.tz_convert(city.profile["time_zone"])
    return reports(
        city, source, local.dt.strftime("%Y-%m-%d"), table["category"], table["subcategory"], longitude, latitude
    )


def told(key: Any, at: Any, category: Any, place: tuple[Any, Any], **more: Any) -> dict[str, Any]:
    """One version of a report."""
    usual = {"subcategory": "", "address": None, "exercise": False}
    return {"key": key, "at": at, "category": category, "longitude": place[0], "latitude": place[1], **usual, **more}


def logbook(city: WitnessCity, source: str) -> Read:
    """Lines of a CSV under the columns of the profile: wall clock, Lambert 93, no instant of change."""
    settings = city.declared[source]["settings"]
    names = {name: as_list(rule["from"]) for name, rule in settings["columns"].items()}
    lines = [
        line
        for content in files(city, source)
        for line in csv.DictReader(io.StringIO(content.decode(settings["encoding"])), delimiter=settings["delimiter"])
    ]
    clock = pd.Series([" ".join(line[name] for name in names["occurred_at"]) for line in lines])
    dates = pd.to_datetime(clock, format="%d/%m/%Y %H:%M", errors="coerce")
    well = [line for line, is_well in zip(lines, dates.notna(), strict=True) if is_well]
    dates = dates.dropna()
    local = dates.dt.tz_localize(city.profile["time_zone"], ambiguous=np.ones(len(dates), dtype=bool))
    to_degrees = Transformer.from_crs(settings["crs"], "EPSG:4326", always_xy=True)
    rows = []
    for line, at in zip(well, local, strict=True):
        x, y = (line[names[name][0]].replace(",", ".") for name in ("longitude", "latitude"))
        place = to_degrees.transform(float(x), float(y)) if x and y else (None, None)
        first, second = line[names["source_category"][0]], line[names["source_subcategory"][0]]
        address = ", ".join(line[name] for name in names["address"])
        number = line[names["report_id"][0]]
        rows.append(told(number, at.isoformat(), first, place, subcategory=second, address=address))
    keys = [row["key"] for row in rows]
    return as_reports(city, source, rows), None, [account(source, REPORT, keys, len(lines) - len(well))]


def as_list(value: Any) -> list[str]:
    """A name, or several, as a list."""
    return [value] if isinstance(value, str) else list(value)


def requests(city: WitnessCity, source: str) -> Read:
    """Open311: a JSON list per answer; zero and zero is no place."""
    every = [one for content in files(city, source) for one in json.loads(content)]
    well = [one for one in every if is_instant(one["requested_datetime"])]
    rows = []
    for one in well:
        place = (None, None) if (one["lat"], one["long"]) == (0, 0) else (one["long"], one["lat"])
        updated = one["updated_datetime"] or one["requested_datetime"]
        rows.append(told(one["service_request_id"], one["requested_datetime"], one["service_name"], place,
                         subcategory=one["service_code"] or "", address=one["address"], updated=updated))  # fmt: skip
    keys = [row["key"] for row in rows]
    return as_reports(city, source, rows), None, [account(source, REPORT, keys, len(every) - len(well))]


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
    return as_reports(city, source, events), as_dispatches(sent), accounts


def as_dispatches(rows: Rows) -> pd.DataFrame:
    """The newest state of every dispatch; stages that no message tells are missing."""
    table = newest(rows)
    stages = ("received", "dispatched", "closed")
    known = {name: pd.to_datetime(table[name], utc=True, format="ISO8601") for name in stages}
    nothing = pd.Series(pd.NaT, index=table.index).dt.tz_localize("UTC")
    return pd.DataFrame({**dict.fromkeys(("answered", "en_route", "arrived"), nothing), **known})


def buttons(city: WitnessCity, source: str) -> Read:
    """Emergency buttons: one JSON text a line."""
    every = [json.loads(line) for content in files(city, source) for line in content.splitlines()]
    keys = [(one["device_id"], one["message_id"]) for one in every if is_instant(one["occurred_at"])]
    return None, None, [account(source, "silver.sensor_detection", keys, len(every) - len(keys))]


def tracks(city: WitnessCity, source: str) -> Read:
    """Cursor on Target: one event per position."""
    found = re.compile(rb'<event [^>]*?uid="([^"]+)"[^>]*? time="([^"]+)"')
    keys = [key for content in files(city, source) for key in found.findall(content)]
    return None, None, [account(source, STATUS, keys)]


def road(city: WitnessCity, source: str) -> Read:
    """DATEX II: one record per situation; works are occupations of public space too."""
    name = "{http://datex2.eu/schema/2/2_0}"
    kind = "{http://www.w3.org/2001/XMLSchema-instance}type"
    events, works, rejected = [], [], 0
    for content in files(city, source):
        for record in ElementTree.fromstring(content).iter(f"{name}situationRecord"):
            starts = next(record.iter(f"{name}overallStartTime")).text
            if not is_instant(starts):
                rejected += 1
                continue
            events.append(record.get("id"))
            if str(record.get(kind)).rpartition(":")[2] in ("MaintenanceWorks", "ConstructionWorks"):
                works.append(record.get("id"))
    accounts = [account(source, "silver.road_event", events, rejected)]
    return None, None, accounts + [account(source, "silver.planned_occupation", works)] * bool(works)


def stops(city: WitnessCity, source: str) -> Read:
    """GTFS-Realtime: one line per stop of a trip, in every state of the feed."""
    from google.transit import gtfs_realtime_pb2

    keys = []
    for content in files(city, source):
        feed = gtfs_realtime_pb2.FeedMessage()
        feed.ParseFromString(content)
        for entity in feed.entity:
            trip = entity.trip_update.trip
            for stop in entity.trip_update.stop_time_update:
                keys.append((trip.trip_id, trip.start_date, trip.start_time, stop.stop_sequence, stop.stop_id))
    return None, None, [account(source, "silver.trip_delay", keys)]


def stays(city: WitnessCity, source: str) -> Read:
    """HL7: one message per movement, the number of the stay in PV1-19."""
    text = b"\n".join(files(city, source)).decode().replace("\r", "\n")
    keys = [line.split("|")[19] for line in text.splitlines() if line.startswith("PV1|")]
    return None, None, [account(source, "silver.hospital_arrival", keys)]


def lines_of(contract: str, pattern: str) -> Callable[[WitnessCity, str], Read]:
    """A source of which one pattern finds every row, and in it what makes the key."""

    def read(city: WitnessCity, source: str) -> Read:
        text = "\n".join(content.decode() for content in files(city, source))
        return None, None, [account(source, contract, re.findall(pattern, text, re.MULTILINE))]

    return read


def unread(city: WitnessCity) -> list[str]:
    """Simulated sources that told something and have no reader here."""
    return sorted(city.told - set(WIRE))


WIRE: dict[str, Callable[[WitnessCity, str], Read]] = {
    "cap_alerts": lines_of("silver.weather_warning", r"<identifier>([^<]+)</identifier><sender>([^<]+)"),
    "cisu_emsi": situations,
    "cisu_rc_eda": cases,
    "cot_events": tracks,
    "datex2_situations": road,
    "emergency_buttons": buttons,
    "gtfs_rt_trip_updates": stops,
    "hl7v2_adt": stays,
    "icalendar_events": lines_of("silver.planned_occupation", r"^UID:(\S+)"),
    "metar_reports": lines_of("silver.weather_observation", r"^([A-Z]{4}) (\d{6}Z)"),
    "municipal_logbook": logbook,
    "open311_requests": requests,
}
