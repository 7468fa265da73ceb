"""Planned occupations of public space, and the crowds they draw.

An occupation is a circle around a place, from the begin of its set-up to the end of its removal; a demonstration that
walks has a route besides, along which its circle moves. Some are planned beside another on purpose: as a conflict, as a
near miss that only looks like one, or as a demonstration against another. `simulator.truth.conflicts` finds them all.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, skewed, stream
from simulator.city import CATEGORIES, City
from simulator.day import Day, day_of
from simulator.truth.routes import Route, centre, geojson, route_between

LONGEST_DAYS = 40
HOUR_S = 3600
DEMONSTRATION = "demonstration"
CAMPS, CAMP_RATIOS = ("a", "b", ""), (0.2, 0.4, 1.0)
"""Two camps that are against each other, and none; the share of demonstrations up to each."""


@dataclass(frozen=True)
class Occupation:
    """One planned occupation; instants are UTC seconds.

    Attributes:
        setup_s: begin of building up.
        removed_s: end of removal.
        beside_id: the occupation it was planted beside; empty for one that came by itself.
        planted: `conflict`, `touching` (in time), `apart` (in space) or `against` (a demonstration against another);
            empty for one that came by itself.
        closes_street: whether traffic cannot pass while it is there.
        route: the way it walks; empty for one that stays.
        camp: which of two hostile camps demonstrates; empty for neither.
    """

    occupation_id: str
    kind: str
    place: int
    longitude: float
    latitude: float
    radius_m: float
    setup_s: int
    starts_s: int
    ends_s: int
    removed_s: int
    attendance: int
    announced_s: int
    beside_id: str = ""
    planted: str = ""
    closes_street: bool = False
    route: Route = ()
    camp: str = ""

    @property
    def on(self) -> date:
        """The local day its set-up begins on."""
        return date.fromisoformat(self.occupation_id[:8])


@lru_cache(maxsize=96)
def born(city: City, on: date) -> tuple[Occupation, ...]:
    """Give the occupations whose set-up begins on a day."""
    day = day_of(city, on)
    rng = stream(city.seed, "occupations", day.ordinal)
    found: list[Occupation] = []
    for kind, told in city.simulation["occupations"].items():
        if on.month in told.get("months", range(1, 13)):
            count = int(rng.poisson(told["per_weekday"][on.weekday()]))
            if "fixed_places" in told:  # at one place one thing of a kind a day
                places = rng.permutation(_fixed(city, kind))[:count].tolist()
            else:
                places = [_anywhere(city, rng, kind) for _ in range(count)]
            found += [_one(city, day, rng, kind, place, len(found) + more) for more, place in enumerate(places)]
    for one in tuple(found):
        if rng.random() < city.simulation["planted_conflict_ratio"]:
            found.append(_planted(city, day, rng, one, len(found)))
    return _detailed(city, day, found)


def active(city: City, on: date, before_s: int = 0) -> tuple[Occupation, ...]:
    """Give the occupations of which something happens on a day, or in the seconds before it, the oldest first."""
    day = day_of(city, on)
    days = (on - timedelta(days=ago) for ago in range(LONGEST_DAYS + 2, -1, -1))
    return tuple(one for earlier in days for one in born(city, earlier) if one.removed_s > day.starts_s - before_s)


def crowds(city: City, day: Day) -> Columns:
    """Give the persons at each gathering by hour of the day, and the middle of the circle they stand or walk in."""
    at = np.arange(day.starts_s, day.ends_s, HOUR_S)
    ids, parts = [], [np.zeros((0, 4))]
    for one in active(city, day.date):
        persons = persons_at(one, at)
        here = np.flatnonzero(persons)
        ids += [one.occupation_id] * len(here)
        parts.append(np.column_stack([at[here], persons[here], middle(city, one, at[here])]))
    found = np.concatenate(parts)
    return {
        "occupation_id": np.array(ids, "U40"), "at_s": found[:, 0].astype(np.int64),
        "person_count": found[:, 1].astype(np.int64), "longitude": np.round(found[:, 2], 7),
        "latitude": np.round(found[:, 3], 7),
    }  # fmt: skip


def persons_at(one: Occupation, at_s: Ints) -> Ints:
    """How many are there at each instant: they come in an hour and leave in one."""
    coming = np.clip((at_s - one.starts_s + HOUR_S) / HOUR_S, 0, 1)
    going = np.clip((one.ends_s + HOUR_S - at_s) / HOUR_S, 0, 1)
    found: Ints = np.round(one.attendance * coming * going).astype(np.int64)
    return found


def middle(city: City, one: Occupation, at_s: Ints) -> Floats:
    """Where the middle of it is at each instant: longitude and latitude, by row."""
    if one.route:
        return centre(city, one.route, one.starts_s, one.ends_s, at_s)
    return np.repeat([[one.longitude, one.latitude]], len(at_s), axis=0)


def rows(occupations: Sequence[Occupation]) -> Iterator[dict[str, object]]:
    """Give occupations as rows of a table."""
    for one in occupations:
        yield {**vars(one), "route_geojson": geojson(one.route)}


def _fixed(city: City, kind: str) -> list[int]:
    """The places a kind always happens at, drawn once."""
    told = city.simulation["occupations"][kind]
    places = city.pick(stream(city.seed, f"fixed places {kind}"), told["places"], 0, told["fixed_places"])
    return list(dict.fromkeys(places.tolist()))


def _anywhere(city: City, rng: np.random.Generator, kind: str) -> int:
    shares = city.simulation["occupations"][kind]["places"]
    return int(city.pick(rng, shares, int(rng.integers(0, len(CATEGORIES))), 1)[0])


def _one(city: City, day: Day, rng: np.random.Generator, kind: str, place: int, number: int) -> Occupation:
    told = city.simulation["occupations"][kind]
    # Plans are made in quarter hours.
    starts = day.at(round(float(rng.uniform(*told["starts"])) * 4) / 4)
    length = min(float(skewed(rng, spread(told["hours"]), 1)[0]), LONGEST_DAYS * 24)
    crowd = told.get("attendance")
    attendance = round(float(skewed(rng, spread(crowd), 1)[0]), -1) if crowd else 0
    ends = starts + max(round(length * 4), 1) * 900
    lead = float(rng.uniform(*told["lead_days"]))
    return Occupation(
        f"{day.date:%Y%m%d}-{kind}-{number:03d}", kind, place,
        float(city.places.longitude[place]), float(city.places.latitude[place]),
        round(float(rng.uniform(*told["radius_m"]))),
        max(starts - 60 * int(told["setup_minutes"]), day.starts_s), starts, ends,
        ends + 60 * int(told["removal_minutes"]), int(attendance), starts - int(lead * 86400),
    )  # fmt: skip


def _planted(city: City, day: Day, rng: np.random.Generator, one: Occupation, number: int) -> Occupation:
    """Plan another beside one: in conflict in half of the cases, else a near miss in time or in space."""
    kinds = [kind for kind in city.simulation["occupations"] if kind not in (one.kind, "match")]
    other = _one(city, day, rng, kinds[int(rng.integers(0, len(kinds)))], one.place, number)
    how = "conflict" if rng.random() < 0.5 else "apart"
    if how == "apart" and one.removed_s < day.ends_s and rng.random() < 0.5:
        how = "touching"
    together = one.radius_m + other.radius_m
    metres = together * (rng.uniform(1.1, 1.4) if how == "apart" else rng.uniform(0, 0.7))
    angle = rng.uniform(0, 2 * math.pi)
    x, y = city.moved(
        np.array([one.longitude]), np.array([one.latitude]),
        np.array([metres * math.cos(angle)]), np.array([metres * math.sin(angle)]),
    )  # fmt: skip
    latest = min(one.removed_s, day.ends_s) - 900
    begins = one.removed_s if how == "touching" else int(rng.integers(one.setup_s, max(latest, one.setup_s + 1)))
    shift = begins - other.setup_s
    return replace(
        other, longitude=float(x[0]), latitude=float(y[0]), setup_s=begins, starts_s=other.starts_s + shift,
        ends_s=other.ends_s + shift, removed_s=other.removed_s + shift, announced_s=other.announced_s + min(shift, 0),
        beside_id=one.occupation_id, planted=how,
    )  # fmt: skip


def _detailed(city: City, day: Day, found: list[Occupation]) -> tuple[Occupation, ...]:
    """Say which close their street, which walk and for whom; plan demonstrations against others.

    It draws from a stream of its own: whether a plan is told in more detail changes nothing of when and where.
    """
    told = city.simulation["plans"]
    rng = stream(city.seed, "details of plans", day.ordinal)
    detailed: list[Occupation] = []
    against: list[Occupation] = []
    for one, (closes, walks, goal, camp, opposed) in zip(found, rng.random((len(found), 5)).tolist(), strict=True):
        made = replace(one, closes_street=closes < told["closes"].get(one.kind, 0))
        if one.kind == DEMONSTRATION:
            made = replace(made, camp=CAMPS[int(np.searchsorted(CAMP_RATIOS, camp, side="right"))])
            if walks < told["march"]["ratio"]:
                made = replace(made, route=_route(city, one, goal), closes_street=True)
            if opposed < told["against_ratio"]:
                made = replace(made, camp=CAMPS[0])
                against.append(_against(city, rng, made, len(found) + len(against)))
        detailed.append(made)
    return (*detailed, *against)


def _route(city: City, one: Occupation, goal: float) -> Route:
    """From its place to another that demonstrations use, not too far; `goal` between 0 and 1 chooses."""
    x, y = city.places.longitude, city.places.latitude
    places = [place for place in _fixed(city, DEMONSTRATION) if place != one.place]
    metres = city.metres(x[places], y[places], float(x[one.place]), float(y[one.place]))
    near = np.flatnonzero(metres <= city.simulation["plans"]["march"]["longest_m"])
    choice = near[int(goal * len(near))] if len(near) else metres.argmin()
    way = route_between(city, one.place, places[int(choice)])
    gathers = (one.longitude, one.latitude)
    return way if way[0] == gathers else (gathers, *way)


def _against(city: City, rng: np.random.Generator, one: Occupation, number: int) -> Occupation:
    """Plan a smaller demonstration of the other camp near another, at its time."""
    rules = city.simulation["conflict_rules"]
    metres = rng.uniform(2.2 * one.radius_m, max(0.9 * rules["hostile_m"], 2.3 * one.radius_m))
    angle = rng.uniform(0, 2 * math.pi)
    x, y = city.moved(
        np.array([one.longitude]), np.array([one.latitude]),
        np.array([metres * math.cos(angle)]), np.array([metres * math.sin(angle)]),
    )  # fmt: skip
    identifier = f"{one.occupation_id.rpartition('-')[0]}-{number:03d}"
    return replace(
        one, occupation_id=identifier, longitude=float(x[0]), latitude=float(y[0]), camp=CAMPS[1], route=(),
        attendance=int(one.attendance * rng.uniform(0.1, 0.5)), beside_id=one.occupation_id,
        planted="against", closes_street=False,
    )  # fmt: skip
