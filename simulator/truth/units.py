"""Units: which one goes to what, when it leaves, arrives and is free again, and where it is in between.

The nearest free unit goes; when all are busy, the first that will be free. At midnight every unit is at its post, so
that a day needs no other day.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, joined, skewed, stream, taken
from simulator.city import CATEGORIES, City
from simulator.day import Day

DETOUR = 1.35
PATROL_M = 350.0
PATROL_TURN_S = 1500.0
NOTICED_S = {"median": 60.0, "p90": 200.0}


class Posts(NamedTuple):
    """Where the units of one kind wait."""

    unit_ids: tuple[str, ...]
    longitude: Floats
    latitude: Floats


@lru_cache(maxsize=16)
def posts(city: City, kind: str) -> Posts:
    """Give the units of a kind and their posts, drawn once."""
    told = city.simulation["units"][kind]
    count, stations = told["count"], told.get("stations", told["count"])
    rng = stream(city.seed, f"posts {kind}")
    street = city.places.by_kind["street"]
    places = np.resize(street[rng.integers(0, len(street), stations)], count)
    ids = tuple(f"{kind}-{number + 1:03d}" for number in range(count))
    return Posts(ids, city.places.longitude[places], city.places.latitude[places])


def dispatches(city: City, day: Day, incidents: Columns) -> Columns:
    """Give every unit sent to an incident of the day, by kind of unit and time of the call.

    Columns: ``dispatch_id``, ``incident_id``, ``unit_id``, ``unit_kind``, ``unit`` (its number), ``received_s``,
    ``dispatched_s``, ``en_route_s``, ``arrived_s``, ``closed_s``, and the incident's ``longitude`` and ``latitude``.
    """
    return joined([_of_kind(city, day, incidents, kind) for kind in city.simulation["units"]])


def _of_kind(city: City, day: Day, incidents: Columns, kind: str) -> Columns:
    told = city.simulation["units"][kind]
    rng = stream(city.seed, f"dispatches {kind}", day.ordinal)
    share = np.array([told["attends"].get(name, 0.0) for name in CATEGORIES])
    found = taken(incidents, np.flatnonzero(rng.random(len(incidents["category"])) < share[incidents["category"]]))
    size = len(found["category"])
    received = found["occurred_s"] + _whole(skewed(rng, spread(NOTICED_S), size))
    found, received = taken(found, np.argsort(received, kind="stable")), np.sort(received, kind="stable")
    ready = received + _whole(skewed(rng, spread(told["handling_seconds"]), size))
    turnout = _whole(skewed(rng, spread(told["turnout_seconds"]), size))
    speed_ms = np.maximum(skewed(rng, spread(told["speed_kmh"]), size) / 3.6, 2.0)
    scene = _whole(skewed(rng, spread(told["scene_minutes"]), size) * 60)
    at = posts(city, kind)
    free = np.full(len(at.unit_ids), day.starts_s)
    unit, dispatched, travel = np.zeros(size, np.int64), ready.copy(), np.zeros(size, np.int64)
    for row in range(size):
        metres = city.metres(at.longitude, at.latitude, found["longitude"][row], found["latitude"][row])
        waiting = np.maximum(free - ready[row], 0)
        seconds = waiting + metres * DETOUR / speed_ms[row]
        best = int(seconds.argmin())
        unit[row], dispatched[row] = best, ready[row] + waiting[best]
        travel[row] = max(int(metres[best] * DETOUR / speed_ms[row]), 20)
        free[best] = dispatched[row] + turnout[row] + 2 * travel[row] + scene[row]
    arrived = dispatched + turnout + travel
    return {
        "dispatch_id": np.array([f"{day.date:%Y%m%d}-{kind}-{row:05d}" for row in range(size)], "U40"),
        "incident_id": found["incident_id"], "unit_id": np.array(at.unit_ids, "U20")[unit],
        "unit_kind": np.full(size, kind, "U12"), "unit": unit, "received_s": received, "dispatched_s": dispatched,
        "en_route_s": dispatched + turnout, "arrived_s": arrived, "closed_s": arrived + scene,
        "longitude": found["longitude"], "latitude": found["latitude"],
    }  # fmt: skip


class Track(NamedTuple):
    """Where one unit is at each of the instants."""

    unit_id: str
    at_s: Ints
    longitude: Floats
    latitude: Floats


def tracks(city: City, day: Day, sent: Columns, kind: str) -> Iterator[Track]:
    """Give the way of every unit of a kind through the day, which patrols around its post between two errands."""
    step = city.simulation["units"][kind]["position_seconds"]
    at = np.arange(day.starts_s, day.ends_s, step)
    home = posts(city, kind)
    rng = stream(city.seed, f"patrols {kind}", day.ordinal)
    for number, unit_id in enumerate(home.unit_ids):
        phase = rng.random(2) * 2 * np.pi
        turn = at / PATROL_TURN_S + phase[0]
        base_x, base_y = np.full(len(at), home.longitude[number]), np.full(len(at), home.latitude[number])
        x, y = city.moved(base_x, base_y, PATROL_M * np.cos(turn), PATROL_M * np.sin(turn * 1.3 + phase[1]))
        errands = taken(sent, (sent["unit_kind"] == kind) & (sent["unit"] == number))
        away = np.zeros(len(at))
        goal_x, goal_y = base_x, base_y
        for row in range(len(errands["unit"])):
            left, there, done = (int(errands[name][row]) for name in ("en_route_s", "arrived_s", "closed_s"))
            share = np.interp(at, [left, there, done, done + there - left], [0, 1, 1, 0])
            goal_x = np.where(share > 0, errands["longitude"][row], goal_x)
            goal_y = np.where(share > 0, errands["latitude"][row], goal_y)
            away = np.maximum(away, share)
        yield Track(unit_id, at, np.round(x + (goal_x - x) * away, 6), np.round(y + (goal_y - y) * away, 6))


def _whole(seconds: Floats) -> Ints:
    return np.maximum(seconds, 1).astype(np.int64)
