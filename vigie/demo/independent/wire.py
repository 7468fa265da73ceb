"""What the simulated sources told, read from their files with pandas and parsers of the standard library.

One function per source, each on the files of one folder in the order of their names, that of time. Of a key told
several times the newest counts: by the instant its source gives, else by the order of telling.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
from pyproj import Transformer

from vigie.demo.independent.hub import cases, situations, units
from vigie.demo.independent.profile import WitnessCity
from vigie.demo.independent.tables import Read
from vigie.demo.independent.telling import REPORT, STATUS, account, as_reports, files, is_instant, told


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
    "cisu_rc_ri": units,
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
