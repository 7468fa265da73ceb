"""Buses of invented lines through real streets, delayed by what happens beside them."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, skewed, stream
from simulator.city import CATEGORIES, City
from simulator.day import Day

BESIDE_M = 200.0
BETWEEN_STOPS_S = 130
FIRST_HOUR, LAST_HOUR = 5, 23
USUAL_DELAY_S = 45.0


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
