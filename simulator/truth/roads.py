"""The state of the streets, and what a survey vehicle finds: every street once in half a year, and reported hazards."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulator.chance import Ints, chosen, stream
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts

DAMAGES = {
    1: (), 2: ("longitudinal_crack",), 3: ("transverse_crack", "applied_patch"),
    4: ("alligator_crack", "trench_patch", "rutting"), 5: ("alligator_crack", "subsidence", "break_out"),
}  # fmt: skip
"""What may be found on a street of each grade."""
POTHOLE = "pothole"
HOURS = (8, 17)
PRECISE_M = 5.0


class Finding(NamedTuple):
    """One street as the vehicle finds it; ``grade`` is `None` where it could not be judged."""

    number: int
    at_s: int
    place: int
    longitude: float
    latitude: float
    grade: int | None
    damages: tuple[str, ...]


def campaign(on: date) -> str:
    """Name of the survey of a half-year."""
    return f"{on.year}-S{1 if on.month <= 6 else 2}"


def findings(city: City, facts: DayFacts) -> list[Finding]:
    """Give what the vehicle finds on a day: nothing at weekends."""
    told, day = city.simulation["sensors"]["survey"], facts.day
    if day.date.weekday() >= 5:
        return []
    rng = stream(city.seed, "survey", day.ordinal)
    streets = turn(city, day.date)
    hazards = _hazards(facts, int(told["hazards"]))
    passed = [*((int(one), False) for one in streets), *((one, True) for one in hazards)]
    at = np.linspace(day.at(HOURS[0]), day.at(HOURS[1]), len(passed) + 1)[:-1].astype(np.int64)
    found = []
    for number, ((place, is_hazard), moment) in enumerate(zip(passed, at.tolist(), strict=True)):
        x, y = city.near(rng, np.array([place]), np.array([PRECISE_M]))
        grade = int(grades(city)[place])
        may = DAMAGES[grade]
        damages = may[: int(rng.integers(0, len(may) + 1))] + ((POTHOLE,) if is_hazard else ())
        is_judged = rng.random() >= 0.02 or is_hazard
        found.append(Finding(
            number, moment, place, float(x[0]), float(y[0]), (5 if is_hazard else grade) if is_judged else None,
            damages if is_judged else (),
        ))  # fmt: skip
    return found


@lru_cache(maxsize=4)
def grades(city: City) -> Ints:
    """Grade of the street at each place, drawn once: 1 best to 5 worst."""
    told = city.simulation["sensors"]["survey"]["grades"]
    names = np.array([int(name) for name in told])
    rng = stream(city.seed, "grades of streets")
    found: Ints = names[chosen(rng, list(told.values()), len(city.places.names))].astype(np.int64)
    return found


def turn(city: City, on: date) -> Ints:
    """The streets whose turn it is on a weekday: another order every half-year."""
    per_day = int(city.simulation["sensors"]["survey"]["per_day"])
    begins = date(on.year, 1 if on.month <= 6 else 7, 1)
    days = ((begins + timedelta(days=ahead)).weekday() for ahead in range((on - begins).days))
    done = sum(weekday < 5 for weekday in days) * per_day
    order = stream(city.seed, "order of survey", begins.toordinal()).permutation(city.places.by_kind["street"])
    found: Ints = order[done : done + per_day]
    return found


def _hazards(facts: DayFacts, most: int) -> list[int]:
    """Places of the first road hazards of the day that are there before the vehicle goes home."""
    happened, day = facts.incidents, facts.day
    is_hazard = happened["category"] == CATEGORIES.index("road_hazard")
    early = (happened["occurred_s"] < day.at(HOURS[0])) & (happened["cause"] == "usual")
    return [int(place) for place in happened["place"][is_hazard & early][:most]]
