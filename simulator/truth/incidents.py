"""Incidents: a usual day by rhythms and weather, followers of burglaries nearby, crowds, and the burst of a crisis."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, Floats, Ints, chosen, disc, joined, skewed, stream, taken
from simulator.city import CATEGORIES, City
from simulator.day import Day, day_of
from simulator.truth.occupations import Occupation, active, middle

FOLLOWED_DAYS = 14
FOLLOWS_WITHIN_M = 150.0
FOLLOW_DECAY_DAYS = 5.0
FOLLOW_CLOCK_S = 5400.0
CROWD_BEFORE_S, CROWD_AFTER_S = 3600, 5400
OPENING_HOURS = (7, 18)


def incidents(city: City, day: Day) -> Columns:
    """Give the incidents that begin on a day, in the order they begin.

    Columns: ``incident_id``, ``occurred_s`` and ``ended_s`` (UTC seconds), ``category`` (position in `CATEGORIES`),
    ``severity`` (0 low to 3 critical), ``longitude``, ``latitude``, ``place``, ``zone``, ``cause`` and ``cause_id``.
    """
    parts = [_base(city, day), _repeats(city, day), _crowds(city, day), _burst(city, day)]
    found = joined([_finished(city, day, part, letter) for part, letter in zip(parts, "brcx", strict=True)])
    found["zone"] = city.zone(found["longitude"], found["latitude"])
    return taken(found, np.lexsort((found["incident_id"], found["occurred_s"])))


def rates(city: City, day: Day) -> Floats:
    """Expected incidents of a usual day by category (rows) and elapsed hour (columns)."""
    told = city.simulation["categories"]
    found = np.zeros((len(CATEGORIES), len(day.hours)))
    for name, category in told.items():
        rhythm = city.simulation["rhythms"][category["rhythm"]]
        hours = np.array(rhythm["hours"]) / sum(rhythm["hours"])
        factor = rhythm["weekdays"][day.date.weekday()] * 7 / sum(rhythm["weekdays"])
        factor *= rhythm["months"][day.date.month - 1] * 12 / sum(rhythm["months"])
        row = category["per_day"] * factor * (1 - category.get("near_repeat_ratio", 0)) * hours[day.hours]
        for effect, strength in category.get("effects", {}).items():
            row = np.where(day.holds[effect], row * strength, row)
        found[CATEGORIES.index(name)] = row
    return found


@lru_cache(maxsize=32)
def _base(city: City, day: Day) -> Columns:
    rng = stream(city.seed, "incidents", day.ordinal)
    counts = rng.poisson(rates(city, day))
    category, hour = np.nonzero(counts)
    repeats = counts[category, hour]
    category, hour = np.repeat(category, repeats), np.repeat(hour, repeats)
    occurred = day.starts_s + hour * 3600 + rng.integers(0, 3600, len(hour))
    place = np.empty(len(category), np.int64)
    shut = day.holds["school_holiday"][0] or day.date.weekday() >= 5
    for name, told in city.simulation["categories"].items():
        rows = np.flatnonzero(category == CATEGORIES.index(name))
        shares = {kind: share for kind, share in told["places"].items() if not (shut and kind == "school")}
        place[rows] = city.pick(rng, shares, CATEGORIES.index(name), len(rows))
    street = city.places.by_kind["street"]
    late = np.isin(place, city.places.by_kind.get("school", street[:0]))
    late &= (day.hours[hour] < OPENING_HOURS[0]) | (day.hours[hour] > OPENING_HOURS[1])
    place[late] = street[rng.integers(0, len(street), int(late.sum()))]
    reach = city.places.reach_m[place]
    reach[np.isin(place, city.places.by_kind["hot"])] = city.simulation["hot_places"]["spread_m"]
    x, y = city.near(rng, place, reach)
    return _columns(category, occurred, x, y, place, "usual")


def _repeats(city: City, day: Day) -> Columns:
    """Followers, today, of incidents of the last two weeks: near the first in space, and of its category."""
    parts = [_columns(*_nothing(), "near_repeat")]
    for ago in range(1, FOLLOWED_DAYS + 1):
        found = _followers(city, day_of(city, day.date - timedelta(days=ago)))
        part = taken(found, found["delay_days"] == ago)
        part["occurred_s"] = day.starts_s + part["clock_s"] % (day.ends_s - day.starts_s)
        parts.append({name: part[name] for name in parts[0]})
    return joined(parts)


@lru_cache(maxsize=32)
def _followers(city: City, before: Day) -> Columns:
    """All that will follow the usual incidents of a day, with the days until then."""
    ratio = np.zeros(len(CATEGORIES))
    for name, told in city.simulation["categories"].items():
        ratio[CATEGORIES.index(name)] = told.get("near_repeat_ratio", 0) / (1 - told.get("near_repeat_ratio", 0))
    rng = stream(city.seed, "near repeats", before.ordinal)
    base = _base(city, before)
    rows = np.flatnonzero(rng.random(len(base["category"])) < ratio[base["category"]])
    first, size = taken(base, rows), len(rows)
    east, north = disc(rng, FOLLOWS_WITHIN_M, size)
    x, y = city.moved(first["longitude"], first["latitude"], east, north)
    clock = first["occurred_s"] - before.starts_s + rng.normal(0, FOLLOW_CLOCK_S, size).astype(np.int64)
    weights = np.exp(-np.arange(1, FOLLOWED_DAYS + 1) / FOLLOW_DECAY_DAYS)
    found = _columns(first["category"], first["occurred_s"], x, y, first["place"], "near_repeat")
    found["cause_id"] = np.array([_id(before, "b", int(row)) for row in rows], "U40")
    return {**found, "clock_s": clock, "delay_days": chosen(rng, weights, size) + 1}


def _crowds(city: City, day: Day) -> Columns:
    """What happens around gatherings while people come, stay and go."""
    rng = stream(city.seed, "crowds", day.ordinal)
    parts = [_columns(*_nothing(), "crowd")]
    for one in active(city, day.date):
        told = city.simulation["occupations"][one.kind].get("incidents_per_1000", {})
        first, last = max(one.starts_s - CROWD_BEFORE_S, day.starts_s), min(one.ends_s + CROWD_AFTER_S, day.ends_s)
        if not told or first >= last:
            continue
        share = (last - first) / (one.ends_s - one.starts_s + CROWD_BEFORE_S + CROWD_AFTER_S)
        counts = rng.poisson([rate * one.attendance / 1000 * share for rate in told.values()])
        category = np.repeat([CATEGORIES.index(name) for name in told], counts)
        occurred = rng.integers(first, last, len(category))
        x, y = _beside(city, rng, one, occurred)
        part = _columns(category, occurred, x, y, np.full(len(category), one.place), "crowd")
        part["cause_id"] = np.full(len(category), one.occupation_id)
        parts.append(part)
    return joined(parts)


def _beside(city: City, rng: np.random.Generator, one: Occupation, at_s: Ints) -> tuple[Floats, Floats]:
    """Positions around where the crowd is at each instant."""
    east, north = disc(rng, one.radius_m * 1.5, len(at_s))
    x, y = middle(city, one, at_s).T
    return city.moved(x, y, east, north)


def _burst(city: City, day: Day) -> Columns:
    """The many incidents at one place on the first day of a crisis."""
    parts = [_columns(*_nothing(), "crisis")]
    for one in day.specials:
        told = city.simulation["specials"][one.name]
        if "burst" not in told or one.first != day.date:
            continue
        rng = stream(city.seed, f"burst {one.name}", day.ordinal, one.number)
        place = city.pick(rng, {"hot": 1}, 0, 1)
        counts = rng.poisson(list(told["burst"].values()))
        category = np.repeat([CATEGORIES.index(name) for name in told["burst"]], counts)
        first, last = day.at(told["hours"][0]), day.at(told["hours"][1])
        # Most of it in the first hour, the rest as it is found.
        occurred = first + np.minimum(rng.exponential(3000, len(category)), last - first - 1).astype(np.int64)
        places = np.repeat(place, len(category))
        x, y = city.near(rng, places, np.full(len(category), float(told["burst_radius_m"])))
        part = _columns(category, occurred, x, y, places, "crisis")
        part["cause_id"] = np.full(len(category), f"{one.name}-{one.first:%Y%m%d}")
        parts.append(part)
    return joined(parts)


def _columns(category: Ints, occurred_s: Ints, x: Floats, y: Floats, place: Ints, cause: str) -> Columns:
    return {
        "category": category.astype(np.int64), "occurred_s": occurred_s.astype(np.int64), "longitude": x,
        "latitude": y, "place": place.astype(np.int64), "cause": np.full(len(category), cause, "U12"),
        "cause_id": np.full(len(category), "", "U40"),
    }  # fmt: skip


def _nothing() -> tuple[Ints, Ints, Floats, Floats, Ints]:
    none = np.zeros(0, np.int64)
    return none, none, np.zeros(0), np.zeros(0), none


def _ids(day: Day, letter: str, size: int) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array([_id(day, letter, number) for number in range(size)], "U40")


def _id(day: Day, letter: str, number: int) -> str:
    return f"{day.date.isoformat().replace('-', '')}-{letter}{number:05d}"


def _finished(city: City, day: Day, part: Columns, letter: str) -> Columns:
    """Give each its number, how long it lasts and how severe it is."""
    rng = stream(city.seed, f"courses {letter}", day.ordinal)
    size = len(part["category"])
    minutes, severity = np.zeros(size), np.zeros(size, np.int64)
    for name, told in city.simulation["categories"].items():
        rows = np.flatnonzero(part["category"] == CATEGORIES.index(name))
        minutes[rows] = skewed(rng, spread(told["minutes"]), len(rows))
        severity[rows] = chosen(rng, told["severity"], len(rows))
    ended = part["occurred_s"] + np.maximum(minutes * 60, 60).astype(np.int64)
    return {**part, "ended_s": ended, "severity": severity, "incident_id": _ids(day, letter, size)}
