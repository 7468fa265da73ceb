"""Delays of buses as a GTFS-Realtime feed: a whole state every few minutes, each a payload of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from google.transit.gtfs_realtime_pb2 import FeedHeader, FeedMessage

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.buses import trips
from simulator.wire import Message

SUFFIX = ".pb"
MOST_MESSAGES = 1


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """The next stop of every trip under way, at each state of the feed."""
    step = int(city.simulation["buses"]["every_minutes"] * 60)
    planned = [trips(city, facts.day, facts.disturbances, line) for line in range(city.simulation["buses"]["lines"])]
    for at in range(facts.day.starts_s, facts.day.ends_s, step):
        feed = FeedMessage()
        feed.header.gtfs_realtime_version = "2.0"
        feed.header.incrementality = FeedHeader.FULL_DATASET
        feed.header.timestamp = at
        for line, timetable in enumerate(planned):
            actual = timetable.planned_s + timetable.delay_s
            for trip in np.flatnonzero((actual[:, 0] <= at) & (actual[:, -1] > at)):
                stop = int(np.argmax(actual[trip] > at))
                entity = feed.entity.add()
                entity.id = f"L{line:02d}-{trip:03d}"
                update = entity.trip_update
                update.trip.trip_id, update.trip.route_id = entity.id, f"L{line:02d}"
                update.trip.start_date = f"{facts.day.date:%Y%m%d}"
                told = update.stop_time_update.add()
                told.stop_sequence, told.stop_id = stop + 1, f"L{line:02d}-S{stop + 1:02d}"
                told.arrival.delay, told.arrival.time = int(timetable.delay_s[trip, stop]), int(actual[trip, stop])
        yield Message(at, feed.SerializeToString(deterministic=True))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The one state of a file."""
    return messages[0]
