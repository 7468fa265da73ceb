"""Persons in the streets: those of an ordinary hour, and the crowds that stand or walk through."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulator.chance import Floats, Ints, stream
from simulator.city import City
from simulator.day import Day
from simulator.truth.occupations import Occupation, active, middle, persons_at

NEAR_S = 3600
AWAY_RATIO = 0.4


def gatherings(city: City, day: Day) -> tuple[Occupation, ...]:
    """Give the gatherings at which somebody is on a day."""
    return tuple(
        one
        for one in active(city, day.date)
        if one.attendance and one.starts_s - NEAR_S < day.ends_s and one.ends_s + NEAR_S > day.starts_s
    )


def crowd_near(city: City, day: Day, at_s: Ints, x: Floats, y: Floats, within_m: float) -> Floats:
    """Give the persons of gatherings around each position (columns) at each instant (rows).

    A crowd stands evenly in its circle: whoever is nearer to its middle than its radius and `within_m` sees it, and
    less of it the wider it is spread.
    """
    found = np.zeros((len(at_s), len(x)))
    for one in gatherings(city, day):
        persons = persons_at(one, at_s)
        here = np.flatnonzero(persons)
        if not len(here):
            continue
        centre = middle(city, one, at_s[here])
        metres = city.metres(x[None, :], y[None, :], centre[:, :1], centre[:, 1:])
        share = min(1.0, (within_m / one.radius_m) ** 2)
        found[here] += np.where(metres <= one.radius_m + within_m, persons[here, None] * share, 0)
    return found


def crowd_in_zones(city: City, day: Day, at_s: Ints) -> Ints:
    """Give the persons of gatherings by instant (rows) and zone (columns): where the middle of a crowd is, all is."""
    found = np.zeros((len(at_s), len(city.zone_names) - 1), np.int64)
    for one in gatherings(city, day):
        persons = persons_at(one, at_s)
        zones = city.zone(*middle(city, one, at_s).T)
        here = np.flatnonzero((persons > 0) & (zones >= 0))
        np.add.at(found, (here, zones[here]), persons[here])
    return found


def rhythm(city: City, day: Day, name: str, at_s: Ints) -> Floats:
    """How busy it is at each instant of a day against the mean of a week, by a rhythm of the profile."""
    told = city.simulation["rhythms"][name]
    hours = np.array(told["hours"]) * 24 / sum(told["hours"])
    day_factor = told["weekdays"][day.date.weekday()] * 7 / sum(told["weekdays"])
    elapsed = (at_s - day.starts_s) / 3600
    # From the middle of an hour to that of the next, on the clock as it runs that day.
    shown = np.concatenate([hours[day.hours[:1] - 1], hours[day.hours], hours[(day.hours[-1:] + 1) % 24]])
    found: Floats = np.interp(elapsed, np.arange(len(shown)) - 0.5, shown) * day_factor
    return found


@lru_cache(maxsize=4)
def residents(city: City) -> Floats:
    """How many live in each zone: by its streets, and by chance; drawn once."""
    street = city.places.by_kind["street"]
    zones = city.zone(city.places.longitude[street], city.places.latitude[street])
    count = len(city.zone_names) - 1
    streets = np.bincount(zones[zones >= 0], minlength=count)[:count]
    weights = streets * stream(city.seed, "residents").lognormal(0, 0.4, count)
    found: Floats = weights / max(weights.sum(), 1) * city.simulation["inhabitants"]
    return found


def presences(city: City, day: Day) -> tuple[Ints, int, Ints]:
    """Give the persons present as an operator estimates them.

    Returns:
        Begin of every period in UTC seconds, its length, and the persons by period (rows) and zone (columns).
    """
    told = city.simulation["sensors"]["presence"]
    step = 60 * int(told["every_minutes"])
    from_s = np.arange(day.starts_s, day.ends_s, step)
    middles = from_s + step // 2
    busy = rhythm(city, day, told["rhythm"], middles)[:, None]
    hot = city.places.by_kind["hot"]
    zones = city.zone(city.places.longitude[hot], city.places.latitude[hot])
    hot_places = np.bincount(zones[zones >= 0], minlength=len(residents(city)))
    # Of those who live here fewer are at home the busier the hour is; most of them are elsewhere in the city.
    usual = residents(city) * (1 - AWAY_RATIO * np.minimum(busy, 2) / 2)
    usual = usual + hot_places * told["visitors"] * busy + told["least"] * busy
    error = stream(city.seed, "presences", day.ordinal).lognormal(0, told["error_ratio"], usual.shape)
    persons = (usual + crowd_in_zones(city, day, middles)) * error
    return from_s, step, np.round(persons).astype(np.int64)
