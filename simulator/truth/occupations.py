"""Planned occupations of public space, those that conflict, and the crowds they draw.

An occupation is a circle around a place, from the begin of its set-up to the end of its removal. Two conflict when
their circles touch and their times overlap; touching times do not. Some are planned beside another on purpose: as a
conflict, or as a near miss that only looks like one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, skewed, stream
from simulator.city import CATEGORIES, City
from simulator.day import Day, day_of

LONGEST_DAYS = 40
HOUR_S = 3600


@dataclass(frozen=True)
class Occupation:
    """One planned occupation; instants are UTC seconds.

    Attributes:
        setup_s: begin of building up.
        removed_s: end of removal.
        beside_id: the occupation it was planted beside; empty for one that came by itself.
        planted: `conflict`, `touching` (in time) or `apart` (in space); empty for one that came by itself.
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
    return tuple(found)


def active(city: City, on: date) -> tuple[Occupation, ...]:
    """Give the occupations of which something happens on a day, the oldest first."""
    day = day_of(city, on)
    days = (on - timedelta(days=ago) for ago in range(LONGEST_DAYS + 2, -1, -1))
    return tuple(one for earlier in days for one in born(city, earlier) if one.removed_s > day.starts_s)


def conflicts(city: City, day: Day) -> list[dict[str, object]]:
    """Give every pair in conflict whose later one begins its set-up on the day: metres and minutes shared."""
    found: list[dict[str, object]] = []
    present = active(city, day.date)
    today = {one.occupation_id for one in born(city, day.date)}
    x, y, radius = (np.array([getattr(one, name) for one in present]) for name in ("longitude", "latitude", "radius_m"))
    for index, one in enumerate(present):
        if one.occupation_id not in today:
            continue
        metres = city.metres(x[:index], y[:index], one.longitude, one.latitude)
        for other in np.flatnonzero(metres <= radius[:index] + one.radius_m):
            first = present[int(other)]
            overlap = min(one.removed_s, first.removed_s) - max(one.setup_s, first.setup_s)
            if overlap > 0:
                found.append({
                    "occupation_id": first.occupation_id, "other_occupation_id": one.occupation_id,
                    "distance_m": round(float(metres[other]), 1), "overlap_minutes": round(overlap / 60, 1),
                    "is_planted": one.planted == "conflict" and one.beside_id == first.occupation_id,
                })  # fmt: skip
    return found


def crowds(city: City, day: Day) -> Columns:
    """Give the persons at each gathering by hour of the day."""
    rows: list[tuple[str, int, int]] = []
    for one in active(city, day.date):
        if not one.attendance:
            continue
        for at in range(day.starts_s, day.ends_s, HOUR_S):
            coming = min(max((at - one.starts_s + HOUR_S) / HOUR_S, 0), 1)
            going = min(max((one.ends_s + HOUR_S - at) / HOUR_S, 0), 1)
            if coming * going > 0:
                rows.append((one.occupation_id, at, round(one.attendance * coming * going)))
    ids, instants, persons = zip(*rows, strict=True) if rows else ((), (), ())
    return {
        "occupation_id": np.array(ids, "U40"), "at_s": np.array(instants, np.int64),
        "person_count": np.array(persons, np.int64),
    }  # fmt: skip


def rows(occupations: Sequence[Occupation]) -> Iterator[dict[str, object]]:
    """Give occupations as rows of a table."""
    for one in occupations:
        yield dict(vars(one))


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
