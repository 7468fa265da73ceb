"""Buses of invented lines through real streets, delayed by what happens beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, joined, skewed, stream, taken
from simulator.city import CATEGORIES, City
from simulator.day import Day

BESIDE_M = 200.0
BETWEEN_STOPS_S = 130
FIRST_HOUR, LAST_HOUR = 5, 23
USUAL_DELAY_S = 45.0
TURN_S = 600
NOTICED_S = {"median": 240.0, "p90": 600.0}
WORTH_ANNOUNCING_S = 300


class Lines(NamedTuple):
    """Stops of every line: positions by line (rows) and stop (columns)."""

    longitude: Floats
    latitude: Floats


class Trips(NamedTuple):
    """Planned instants and delays of one line, by trip (rows) and stop (columns)."""

    planned_s: Ints
    delay_s: Ints


@lru_cache(maxsize=4)
def lines(city: City) -> Lines:
    """Draw the lines once: each runs straight between two streets and stops in the streets nearest to its way."""
    told = city.simulation["buses"]
    rng = stream(city.seed, "lines")
    street = city.places.by_kind["street"]
    x, y = city.places.longitude[street], city.places.latitude[street]
    ends = rng.integers(0, len(street), (told["lines"], 2))
    share = np.linspace(0, 1, told["stops"])
    stops = np.empty((told["lines"], told["stops"]), np.int64)
    for line, (first, last) in enumerate(ends):
        for stop, along in enumerate(share):
            metres = city.metres(x, y, x[first] + (x[last] - x[first]) * along, y[first] + (y[last] - y[first]) * along)
            stops[line, stop] = metres.argmin()
    return Lines(x[stops], y[stops])


def disturbances(city: City, day: Day, incidents: Columns) -> Columns:
    """Give what of the day's incidents holds up which line at which stop, and for how long.

    Columns: ``line`` and ``stop`` (numbers), ``from_s``, ``until_s``, ``delay_s``, ``incident_id``.
    """
    told = city.simulation["buses"]
    rng = stream(city.seed, "disturbances", day.ordinal)
    share = np.array([told["disturbs"].get(name, 0.0) for name in CATEGORIES])
    rows = np.flatnonzero(rng.random(len(incidents["category"])) < share[incidents["category"]])
    delay = skewed(rng, spread(told["delay_seconds"]), len(rows)).astype(np.int64)
    at = lines(city)
    found: list[tuple[int, int, int]] = []
    for number, row in enumerate(rows):
        metres = city.metres(at.longitude, at.latitude, incidents["longitude"][row], incidents["latitude"][row])
        for line in np.flatnonzero(metres.min(axis=1) <= BESIDE_M):
            found.append((int(line), int(metres[line].argmin()), number))
    table: Ints = np.array(found, np.int64).reshape(-1, 3)
    which = table[:, 2]
    of = rows[which]
    return {
        "line": table[:, 0], "stop": table[:, 1], "from_s": incidents["occurred_s"][of],
        "until_s": incidents["ended_s"][of], "delay_s": delay[which], "incident_id": incidents["incident_id"][of],
    }  # fmt: skip


def trips(city: City, day: Day, held_up: Columns, line: int) -> Trips:
    """Give the trips of a line: what holds it up at a stop is carried on to the stops behind."""
    told = city.simulation["buses"]
    rng = stream(city.seed, "trips", day.ordinal, line)
    departs = np.arange(day.at(FIRST_HOUR), day.at(LAST_HOUR), int(told["headway_minutes"] * 60))
    planned = departs[:, None] + np.arange(told["stops"])[None, :] * BETWEEN_STOPS_S
    # Late starts are caught up on, step by step, so the usual delay neither grows nor vanishes.
    delay = np.abs(rng.normal(0, USUAL_DELAY_S, planned.shape)).cumsum(axis=1)
    delay /= np.sqrt(np.arange(1, told["stops"] + 1))
    for row in np.flatnonzero(held_up["line"] == line):
        stop = int(held_up["stop"][row])
        passes = (planned[:, stop] >= held_up["from_s"][row]) & (planned[:, stop] <= held_up["until_s"][row])
        delay[passes, stop:] += held_up["delay_s"][row]
    return Trips(planned, delay.astype(np.int64))


def vehicles(timetable: Trips) -> Ints:
    """Give the number of the vehicle that makes each trip: the first that is back from an earlier one, else a new one.

    A bus drives back empty, which takes `TURN_S`.
    """
    actual = timetable.planned_s + timetable.delay_s
    free: list[int] = []
    found = np.empty(len(actual), np.int64)
    for trip, (departs, arrives) in enumerate(actual[:, [0, -1]].tolist()):
        found[trip] = next((number for number, at in enumerate(free) if at <= departs), len(free))
        free[found[trip] : found[trip] + 1] = [arrives + TURN_S]
    return found


def runs(city: City, day: Day, held_up: Columns, line: int, step_s: int) -> Columns:
    """Give where the buses of a line are at every step of the day on which one is under way, in order.

    Between two stops a bus drives straight and evenly. After midnight it is not followed.

    Columns: ``at_s``, ``trip``, ``vehicle``, ``stop`` (the next one, from 0), ``longitude``, ``latitude``,
    ``speed_kmh``, ``heading_deg``.
    """
    timetable, at = trips(city, day, held_up, line), lines(city)
    x, y = at.longitude[line], at.latitude[line]
    heading = city.heading(x[:-1], y[:-1], x[1:], y[1:])
    steps = np.arange(day.starts_s, day.ends_s, step_s)
    parts = []
    for trip, (actual, vehicle) in enumerate(
        zip(timetable.planned_s + timetable.delay_s, vehicles(timetable).tolist(), strict=True)
    ):
        moments = steps[(steps >= actual[0]) & (steps < actual[-1])]
        stop = np.searchsorted(actual, moments, side="right")
        metres = city.metres(x[stop - 1], y[stop - 1], x[stop], y[stop])
        parts.append({
            "at_s": moments, "trip": np.full(len(moments), trip), "vehicle": np.full(len(moments), vehicle),
            "stop": stop, "longitude": np.interp(moments, actual, x), "latitude": np.interp(moments, actual, y),
            "speed_kmh": metres / (actual[stop] - actual[stop - 1]) * 3.6, "heading_deg": heading[stop - 1],
        })  # fmt: skip
    found = joined(parts)
    return taken(found, np.argsort(found["at_s"], kind="stable"))


def announcements(city: City, day: Day, incidents: Columns, held_up: Columns) -> Columns:
    """Give what the operator announces of the day's disturbances: each incident that holds up long enough, once.

    Columns: ``alert_id``, ``incident_id``, ``category`` (position in `CATEGORIES`), ``told_s``, ``from_s``,
    ``until_s``, ``delay_s``. Lines and stops are those of the disturbances with the same incident.
    """
    ids, first = np.unique(held_up["incident_id"], return_index=True)
    late = np.maximum(skewed(stream(city.seed, "announcements", day.ordinal), spread(NOTICED_S), len(ids)), 1)
    told = held_up["from_s"][first] + late.astype(np.int64)
    rows = np.flatnonzero((held_up["delay_s"][first] >= WORTH_ANNOUNCING_S) & (told < held_up["until_s"][first]))
    rows = rows[np.argsort(told[rows], kind="stable")]
    of = first[rows]
    category = dict(zip(incidents["incident_id"].tolist(), incidents["category"].tolist(), strict=True))
    return {
        "alert_id": np.array([f"A{day.date:%Y%m%d}-{number:03d}" for number in range(len(rows))], "U20"),
        "incident_id": ids[rows], "category": np.array([category[one] for one in ids[rows].tolist()], np.int64),
        "told_s": told[rows], "from_s": held_up["from_s"][of], "until_s": held_up["until_s"][of],
        "delay_s": held_up["delay_s"][of],
    }  # fmt: skip
