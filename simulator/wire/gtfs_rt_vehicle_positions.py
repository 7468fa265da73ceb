"""Positions of the buses of a few lines as a GTFS-Realtime feed: a whole state every minute, each a payload of its own.

A spoilt vehicle tells its instant in milliseconds, as some feeds do.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import numpy as np
from google.transit.gtfs_realtime_pb2 import FeedMessage

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import feed, spoilt
from simulator.truth.buses import runs
from simulator.wire import Message
from simulator.wire._gtfs_rt import line_id, new_feed, stop_id, told_ms, trip_id
from simulator.wire._gtfs_rt import packed as packed

SUFFIX = ".pb"
MOST_MESSAGES = 1
SOURCE = "gtfs_rt_vehicle_positions"
USUAL_SECONDS, USUAL_LINES = 60, 2
COLUMNS = ("at_s", "line", "trip", "vehicle", "stop", "longitude", "latitude", "speed_kmh", "heading_deg")


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Every bus of the lines followed, at each state of the feed in which one is under way."""
    told = feed(city, SOURCE)
    step = int(told.get("every_seconds", USUAL_SECONDS))
    rows: list[tuple[Any, ...]] = []
    for line in range(min(told.get("lines", USUAL_LINES), city.simulation["buses"]["lines"])):
        found = runs(city, facts.day, facts.disturbances, line, step)
        found["line"] = np.full(len(found["at_s"]), line)
        rows += zip(*(found[name].tolist() for name in COLUMNS), strict=True)
    rows.sort()
    is_spoilt = spoilt(city, SOURCE, facts.day.ordinal, len(rows)).tolist()
    for at, group in groupby(zip(rows, is_spoilt, strict=True), lambda pair: pair[0][0]):
        state = new_feed(at)
        for row, spoils in group:
            _put(state, facts, row, spoils)
        yield Message(at, state.SerializeToString(deterministic=True))


def _put(state: FeedMessage, facts: DayFacts, row: tuple[Any, ...], spoils: bool) -> None:
    at, line, trip, vehicle, stop, longitude, latitude, speed, heading = row
    entity = state.entity.add()
    entity.id = f"V{line:02d}-{vehicle:02d}"
    told = entity.vehicle
    told.trip.trip_id, told.trip.route_id = trip_id(line, trip), line_id(line)
    told.trip.start_date = f"{facts.day.date:%Y%m%d}"
    told.vehicle.id = f"bus-{line:02d}-{vehicle:02d}"
    told.position.longitude, told.position.latitude = longitude, latitude
    told.position.speed, told.position.bearing = speed / 3.6, heading
    told.current_stop_sequence, told.stop_id = stop + 1, stop_id(line, stop)
    told.timestamp = told_ms(at) if spoils else at
