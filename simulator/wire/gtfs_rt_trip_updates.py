"""Delays of buses as a GTFS-Realtime feed: a whole state every few minutes, each a payload of its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.buses import trips
from simulator.wire import Message
from simulator.wire._gtfs_rt import line_id, new_feed, stop_id, trip_id
from simulator.wire._gtfs_rt import packed as packed

SUFFIX = ".pb"
MOST_MESSAGES = 1


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """The next stop of every trip under way, at each state of the feed."""
    step = int(city.simulation["buses"]["every_minutes"] * 60)
    planned = [trips(city, facts.day, facts.disturbances, line) for line in range(city.simulation["buses"]["lines"])]
    for at in range(facts.day.starts_s, facts.day.ends_s, step):
        feed = new_feed(at)
        for line, timetable in enumerate(planned):
            actual = timetable.planned_s + timetable.delay_s
            for trip in np.flatnonzero((actual[:, 0] <= at) & (actual[:, -1] > at)):
                stop = int(np.argmax(actual[trip] > at))
                entity = feed.entity.add()
                entity.id = trip_id(line, int(trip))
                update = entity.trip_update
                update.trip.trip_id, update.trip.route_id = entity.id, line_id(line)
                update.trip.start_date = f"{facts.day.date:%Y%m%d}"
                told = update.stop_time_update.add()
                told.stop_sequence, told.stop_id = stop + 1, stop_id(line, stop)
                told.arrival.delay, told.arrival.time = int(timetable.delay_s[trip, stop]), int(actual[trip, stop])
        yield Message(at, feed.SerializeToString(deterministic=True))
