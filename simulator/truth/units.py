"""Units: which one goes to what, when it leaves, arrives and is free again, and where it is in between.

The nearest free unit goes; when all are busy, the first that will be free. At midnight every unit is at its post, so
that a day needs no other day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, joined, skewed, stream, taken
from simulator.city import CATEGORIES, City
from simulator.day import Day
from simulator.reports import called, opened

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


def dispatches(city: City, day: Day, incidents: Columns, told: Columns) -> Columns:
    """Give every unit sent to an incident of the day, by kind of unit and time of the call.

    A service that tells its cases (``cases`` of the profile) received the call when it opened the case; of what it was
    called for and told nobody, and of services that tell none, the call comes some time after the incident.

    Args:
        city: the city and its seed.
        day: the day.
        incidents: what happened on it.
        told: the reports on that, with the cases of services.

    Columns: ``dispatch_id``, ``incident_id``, ``unit_id``, ``unit_kind``, ``unit`` (its number), ``received_s``,
    ``dispatched_s``, ``en_route_s``, ``arrived_s``, ``closed_s``, ``back_s`` (at its post), and the incident's
    ``longitude`` and ``latitude``.
    """
    return joined([_of_kind(city, day, incidents, told, kind) for kind in city.simulation["units"]])


def _calls(
    city: City, day: Day, incidents: Columns, reports: Columns, kind: str, rng: np.random.Generator
) -> tuple[Columns, Ints]:
    """What units of a kind are sent to, and when each call came, in the order of the incidents."""
    told = city.simulation["units"][kind]
    share = np.array([told["attends"].get(name, 0.0) for name in CATEGORIES])
    size = len(incidents["category"])
    chance = called(city, day, told["cases"], size) if "cases" in told else rng.random(size)
    found = taken(incidents, np.flatnonzero(chance < share[incidents["category"]]))
    noticed = found["occurred_s"] + _whole(skewed(rng, spread(NOTICED_S), len(found["category"])))
    cases = opened(reports, told["cases"]) if "cases" in told else {}
    pairs = zip(found["incident_id"].tolist(), noticed.tolist(), strict=True)
    return found, np.array([cases.get(incident, at) for incident, at in pairs], np.int64)


def _of_kind(city: City, day: Day, incidents: Columns, reports: Columns, kind: str) -> Columns:
    told = city.simulation["units"][kind]
    rng = stream(city.seed, f"dispatches {kind}", day.ordinal)
    found, received = _calls(city, day, incidents, reports, kind, rng)
    size = len(found["category"])
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
        "back_s": arrived + scene + travel, "longitude": found["longitude"], "latitude": found["latitude"],
    }  # fmt: skip


class Track(NamedTuple):
    """Where one unit is at each of the instants."""

    unit_id: str
    at_s: Ints
    longitude: Floats
    latitude: Floats


def tracks(
    city: City, day: Day, sent: Columns, kind: str, numbers: Sequence[int] | None = None, step_s: int | None = None
) -> Iterator[Track]:
    """Give the way of units of a kind through the day, which patrol around their posts between two errands.

    Args:
        city: the city and its seed.
        day: the day.
        sent: its dispatches.
        kind: kind of unit.
        numbers: which of them; all unless said.
        step_s: seconds between two positions; those of the profile unless said.
    """
    at = np.arange(day.starts_s, day.ends_s, step_s or city.simulation["units"][kind]["position_seconds"])
    home = posts(city, kind)
    phases = stream(city.seed, f"patrols {kind}", day.ordinal).random((len(home.unit_ids), 2)) * 2 * np.pi
    for number in range(len(home.unit_ids)) if numbers is None else numbers:
        turn = at / PATROL_TURN_S + phases[number, 0]
        base_x, base_y = np.full(len(at), home.longitude[number]), np.full(len(at), home.latitude[number])
        x, y = city.moved(base_x, base_y, PATROL_M * np.cos(turn), PATROL_M * np.sin(turn * 1.3 + phases[number, 1]))
        errands = taken(sent, (sent["unit_kind"] == kind) & (sent["unit"] == number))
        away = np.zeros(len(at))
        goal_x, goal_y = base_x, base_y
        for row in range(len(errands["unit"])):
            left, there, done, back = (
                int(errands[name][row]) for name in ("en_route_s", "arrived_s", "closed_s", "back_s")
            )
            share = np.interp(at, [left, there, done, back], [0, 1, 1, 0])
            goal_x = np.where(share > 0, errands["longitude"][row], goal_x)
            goal_y = np.where(share > 0, errands["latitude"][row], goal_y)
            away = np.maximum(away, share)
        x, y = np.round(x + (goal_x - x) * away, 6), np.round(y + (goal_y - y) * away, 6)
        yield Track(home.unit_ids[number], at, x, y)


def moved_in(city: City, track: Track) -> tuple[Floats, Floats]:
    """Give speed in km/h and heading in degrees at each instant of a track: those of the step that ends there."""
    x, y, at = track.longitude, track.latitude, track.at_s
    speed = city.metres(x[1:], y[1:], x[:-1], y[:-1]) / np.diff(at) * 3.6
    heading = city.heading(x[:-1], y[:-1], x[1:], y[1:])
    return np.r_[0.0, speed], np.r_[0.0, heading]


def drives(city: City, day: Day, sent: Columns, kind: str, step_s: int) -> Columns:
    """Give where units of a kind are while they drive to an incident and back, at every step of the day, in order.

    What is still on its way at midnight is not followed further: the next day begins with all at their posts.

    Columns: ``at_s``, ``unit_id``, ``dispatch_id``, ``is_back``, ``longitude``, ``latitude``, ``speed_kmh``,
    ``heading_deg``.
    """
    errands, home = taken(sent, sent["unit_kind"] == kind), posts(city, kind)
    home_x, home_y = home.longitude[errands["unit"]], home.latitude[errands["unit"]]
    scene_x, scene_y = errands["longitude"], errands["latitude"]
    metres = city.metres(home_x, home_y, scene_x, scene_y)
    steps = np.arange(day.starts_s, day.ends_s, step_s)
    legs = []
    for is_back, begins, ends in ((False, "en_route_s", "arrived_s"), (True, "closed_s", "back_s")):
        row, at = _during(steps, errands[begins], errands[ends])
        took = errands[ends] - errands[begins]
        away = (at - errands[begins][row]) / took[row]
        away = 1 - away if is_back else away
        heading = city.heading(home_x, home_y, scene_x, scene_y) + 180 * is_back
        legs.append({
            "at_s": at, "unit_id": errands["unit_id"][row], "dispatch_id": errands["dispatch_id"][row],
            "is_back": np.full(len(row), is_back),
            "longitude": np.round(home_x[row] + (scene_x - home_x)[row] * away, 6),
            "latitude": np.round(home_y[row] + (scene_y - home_y)[row] * away, 6),
            "speed_kmh": np.round(metres / took * 3.6, 1)[row], "heading_deg": np.round(heading % 360)[row] % 360,
        })  # fmt: skip
    found = joined(legs)
    return taken(found, np.lexsort((found["unit_id"], found["at_s"])))


def _during(steps: Ints, begins: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """Row and instant of every step from the begin of a row to its end, both included."""
    first, last = np.searchsorted(steps, begins), np.searchsorted(steps, ends, side="right")
    row = np.repeat(np.arange(len(begins)), last - first)
    return row, np.concatenate([steps[:0], *(steps[one:other] for one, other in zip(first, last, strict=True))])


def _whole(seconds: Floats) -> Ints:
    return np.maximum(seconds, 1).astype(np.int64)
