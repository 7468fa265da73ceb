"""How loud it is at the sound-level meters: the city's breath, crowds, what is noisy beside them, and the weather."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from simulator.chance import Floats, Ints, stream
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts
from simulator.truth.devices import devices, silences
from simulator.truth.presence import crowd_near, rhythm

HOT_SHARE = 0.5
CROWD_M = 120.0
ONE_PERSON_DB = 42.0
LOUD = {"noise": 72.0, "dispute_or_brawl": 70.0, "gathering_or_crowd": 70.0, "weapon_or_gunshot": 90.0}
"""Level of an incident at ten metres."""
HEARD_M = 250.0
RAIN_DB, STORM_DB = 52.0, 64.0
QUIETER_DB, LOUDER_DB = 5.0, 14.0
"""How far the level exceeded nine tenths of the time lies below the mean, and the loudest instant above it."""


class Levels(NamedTuple):
    """Levels in dB(A) by period (rows) and meter (columns); NaN where a meter gave nothing.

    Attributes:
        from_s: begin of each period, in UTC seconds.
        step_s: its length.
    """

    from_s: Ints
    step_s: int
    mean: Floats
    loudest: Floats
    quiet: Floats


def meters(city: City) -> Floats:
    """Where the meters stand: longitude and latitude, by row."""
    return devices(city, "noise", city.simulation["sensors"]["noise"]["meters"], HOT_SHARE)


def levels(city: City, facts: DayFacts) -> Levels:
    """Give what the meters measure on a day."""
    told, day, at = city.simulation["sensors"]["noise"], facts.day, meters(city)
    step = 60 * int(told["every_minutes"])
    from_s = np.arange(day.starts_s, day.ends_s, step)
    rng = stream(city.seed, "noise levels", day.ordinal)
    middle = from_s + step // 2
    busy = rhythm(city, day, told["rhythm"], middle)
    place = stream(city.seed, "noise of places").normal(0, 2.5, len(at))
    usual = told["night_db"] + (told["day_db"] - told["night_db"]) * np.sqrt(busy)[:, None] + place[None, :]
    people = crowd_near(city, day, middle, at[:, 0], at[:, 1], CROWD_M)
    rain = np.where(day.holds["storm"], STORM_DB, np.where(day.holds["rain"], RAIN_DB, 0.0))
    steady = _together(usual, np.broadcast_to(rain[(middle - day.starts_s) // 3600][:, None], usual.shape))
    steady = _together(steady, np.where(people >= 1, ONE_PERSON_DB + 10 * np.log10(np.maximum(people, 1)), 0.0))
    mean = _together(steady, _incidents(city, facts, from_s, step, at)) + rng.normal(0, 0.8, usual.shape)
    loudest = mean + LOUDER_DB + np.abs(rng.normal(0, 4, usual.shape))
    quiet = np.minimum(steady, mean) - QUIETER_DB + rng.normal(0, 0.5, usual.shape)
    silent = silences(rng, len(from_s), len(at), float(told["faulty_ratio"]))
    return Levels(from_s, step, *(np.where(silent, np.nan, np.round(one, 1)) for one in (mean, loudest, quiet)))


def _incidents(city: City, facts: DayFacts, from_s: Ints, step: int, at: Floats) -> Floats:
    """Mean level of what is noisy within earshot, over each period: as loud as long as it lasts."""
    found, happened = np.zeros((len(from_s), len(at))), facts.incidents
    for name, at_ten_metres in LOUD.items():
        for row in np.flatnonzero(happened["category"] == CATEGORIES.index(name)):
            metres = city.metres(at[:, 0], at[:, 1], happened["longitude"][row], happened["latitude"][row])
            near = np.flatnonzero(metres <= HEARD_M)
            if not len(near):
                continue
            begins, ends = happened["occurred_s"][row], happened["ended_s"][row]
            lasts = np.minimum(from_s + step, ends) - np.maximum(from_s, begins)
            share = np.maximum(lasts, 0)[:, None] / step
            power = 10 ** ((at_ten_metres - 20 * np.log10(np.maximum(metres[near], 10) / 10)) / 10)
            found[:, near] += share * power[None, :]
    return 10 * np.log10(np.maximum(found, 1))


def _together(one: Floats, other: Floats) -> Floats:
    """Level of two sounds at once."""
    found: Floats = 10 * np.log10(10 ** (one / 10) + 10 ** (other / 10))
    return found
