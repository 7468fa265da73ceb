"""What the input files say, read with pandas: one function per recorded source; the simulated ones are in `wire`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from vigie.demo.independent.profile import WitnessCity
from vigie.demo.independent.tables import Read, counted, reports, text_table
from vigie.demo.independent.wire import WIRE, unread

STAGES = {
    "received": "received_timestamp",
    "answered": "entry_timestamp",
    "dispatched": "dispatch_timestamp",
    "en_route": "response_timestamp",
    "arrived": "on_scene_timestamp",
    "closed": "available_timestamp",
}


@dataclass(frozen=True)
class Facts:
    """What the input files say.

    Attributes:
        reports: `source_id, date, category, longitude, latitude`.
        dispatches: one column per stage.
        counts: accounts per source and table.
        unread: simulated sources without a reader here.
    """

    reports: pd.DataFrame
    dispatches: pd.DataFrame
    counts: pd.DataFrame
    unread: tuple[str, ...]


def police(city: WitnessCity, source: str) -> Read:
    """San Francisco police: `pdid` is unique, clock times are local."""
    table = text_table(city.recording(source))
    found = reports(
        city, source, table["timestamp"], table["category"], table["descript"], table["longitude"], table["latitude"]
    )
    return found, None, [counted(source, "silver.incident_report", len(table), table["pdid"].nunique())]


def fire(city: WitnessCity, source: str) -> Read:
    """San Francisco fire calls: one report per call number, one dispatch per row."""
    table = text_table(city.recording(source))
    calls = table.drop_duplicates("call_number")
    found = reports(
        city, source, calls["received_timestamp"], calls["call_type"], None, calls["longitude"], calls["latitude"]
    )
    units = reports(
        city, source, table["received_timestamp"], table["call_type"], None, table["longitude"], table["latitude"]
    )
    zone = city.profile["time_zone"]
    for stage, column in STAGES.items():
        local = pd.to_datetime(table[column].str[:19].replace("", None))
        # A clock hour that comes twice is its first passage, one that never comes is read forward.
        ambiguous = np.ones(len(local), dtype=bool)
        units[stage] = local.dt.tz_localize(zone, ambiguous=ambiguous, nonexistent=pd.Timedelta(hours=1)).dt.tz_convert(
            "UTC"
        )
    return (
        found,
        units,
        [
            counted(source, "silver.incident_report", len(table), len(calls)),
            counted(source, "silver.unit_dispatch", len(table), table["row_id"].nunique()),
        ],
    )


def requests_311(city: WitnessCity, source: str) -> Read:
    """San Francisco 311: (0, 0) is this source's way to say that there is no place."""
    table = text_table(city.recording(source))
    nowhere = (pd.to_numeric(table["longitude"]) == 0) & (pd.to_numeric(table["latitude"]) == 0)
    longitude, latitude = table["longitude"].mask(nowhere, ""), table["latitude"].mask(nowhere, "")
    found = reports(
        city, source, table["created_date"], table["category"], table["complaint_type"], longitude, latitude
    )
    return found, None, [counted(source, "silver.incident_report", len(table), table["unique_key"].nunique())]


def antisocial_behaviour(city: WitnessCity, source: str) -> Read:
    """Lancashire: no key, equal lines are different incidents, the month is all that is known of the time."""
    table = text_table(city.recording(source), "\t")
    category = pd.Series("Anti-social behaviour", index=table.index)
    found = reports(city, source, table["month"], category, None, table["longitude"], table["latitude"])
    return found, None, [counted(source, "silver.incident_report", len(table), len(table))]


def trip_updates(city: WitnessCity, source: str) -> Read:
    """GTFS-Realtime: one line per stop of a trip, one for a trip without stops."""
    from google.protobuf.json_format import MessageToDict
    from google.transit import gtfs_realtime_pb2

    feed = gtfs_realtime_pb2.FeedMessage()
    feed.ParseFromString(gzip.decompress(city.recording(source).read_bytes()))
    keys = [
        (json.dumps(MessageToDict(e.trip_update.trip), sort_keys=True), u.stop_sequence, u.stop_id)
        for e in feed.entity
        for u in (list(e.trip_update.stop_time_update) or [gtfs_realtime_pb2.TripUpdate.StopTimeUpdate()])
    ]
    return None, None, [counted(source, "silver.trip_delay", len(keys), len(set(keys)))]


def synop(city: WitnessCity, source: str) -> Read:
    """SYNOP: one line per station and instant."""
    table = text_table(city.recording(source), ";")
    keys = pd.to_datetime(table["Date"], utc=True).astype(str) + table["ID OMM station"]
    return None, None, [counted(source, "silver.weather_observation", len(table), keys.nunique())]


READERS: dict[str, Callable[[WitnessCity, str], Read]] = {
    "datasf_police_incidents": police,
    "datasf_fire_calls": fire,
    "datasf_311_requests": requests_311,
    "police_uk_antisocial_behaviour": antisocial_behaviour,
    "gtfs_rt_trip_updates": trip_updates,
    "meteofrance_synop": synop,
}


def read_facts(city: WitnessCity) -> Facts:
    """Everything the recordings of a city say.

    Raises:
        LookupError: a recorded source of the city has no reader here, so its figures would go unwitnessed.
    """
    readers = {source: (WIRE if source in city.told else READERS).get(source) for source in city.sources}
    lacking = sorted(source for source, reader in readers.items() if reader is None and source not in city.told)
    if lacking:
        raise LookupError(f"no independent reader for {', '.join(lacking)} of city {city.city_id}: add one to READERS")
    found = [reader(city, source) for source, reader in readers.items() if reader is not None]
    told = [frame for frame, _, _ in found if frame is not None]
    units = [frame for _, frame, _ in found if frame is not None]
    return Facts(
        reports=pd.concat(told, ignore_index=True) if told else pd.DataFrame(),
        dispatches=pd.concat(units, ignore_index=True) if units else pd.DataFrame(),
        counts=pd.DataFrame([line for _, _, lines in found for line in lines]),
        unread=tuple(unread(city)),
    )
