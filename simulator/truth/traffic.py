"""Flow, speed and occupancy at sites on the road, held up by what happens and by streets that are closed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from simulator.chance import Floats, Ints, stream
from simulator.city import CATEGORIES, M_PER_DEGREE, City
from simulator.facts import DayFacts
from simulator.truth.devices import devices, silences
from simulator.truth.occupations import Occupation, active
from simulator.truth.presence import crowd_near, rhythm
from simulator.truth.routes import on_plane

HOT_SHARE = 0.3
BLOCKED = 0.1
"""What is left of the flow beside a closed street; of the speed, its square root."""
VISITORS_M = 900.0
VISITORS_OF, MOST_MORE = 20_000.0, 0.6
"""Persons nearby who double the traffic, and the most that visitors add to it."""
RAIN_SPEED, STORM_SPEED = 0.93, 0.75
CAPACITY_OF_MEAN = 2.6
VEHICLE_KM = 0.0065
"""Length of street that one vehicle takes."""


class Traffic(NamedTuple):
    """Measures by period (rows) and site (columns); NaN where a site measured nothing.

    Attributes:
        from_s: begin of each period, in UTC seconds.
        left: what is left of the usual flow, between 0 and 1, for all that holds traffic up.
        flow: vehicles an hour.
        speed_kmh: NaN also where no vehicle came.
        occupancy_percent: share of the time that a vehicle stands over the loop.
    """

    from_s: Ints
    left: Floats
    flow: Floats
    speed_kmh: Floats
    occupancy_percent: Floats


def sites(city: City) -> Floats:
    """Where the sites are: longitude and latitude, by row."""
    return devices(city, "traffic", city.simulation["sensors"]["traffic"]["loops"], HOT_SHARE)


def traffic(city: City, facts: DayFacts) -> Traffic:
    """Give what the sites measure on a day."""
    told, day, at = city.simulation["sensors"]["traffic"], facts.day, sites(city)
    step = 60 * int(told["every_minutes"])
    from_s = np.arange(day.starts_s, day.ends_s, step)
    middles = from_s + step // 2
    rng = stream(city.seed, "traffic", day.ordinal)
    place = stream(city.seed, "traffic of places").lognormal(0, 0.4, len(at))
    usual = told["per_hour"] * rhythm(city, day, told["rhythm"], middles)[:, None] * place[None, :]
    more = np.minimum(crowd_near(city, day, middles, at[:, 0], at[:, 1], VISITORS_M) / VISITORS_OF, MOST_MORE)
    left = _left(city, facts, from_s, step, at)
    flow = rng.poisson(usual * (1 + more) * left * step / 3600) * (3600 / step)
    hour = (middles - day.starts_s) // 3600
    weather = np.where(day.holds["storm"], STORM_SPEED, np.where(day.holds["rain"], RAIN_SPEED, 1.0))[hour][:, None]
    load = np.minimum(usual * (1 + more) / (told["per_hour"] * CAPACITY_OF_MEAN * place[None, :]), 1)
    speed = told["free_kmh"] * (1 - 0.45 * load**2) * weather * np.sqrt(left) * rng.normal(1, 0.03, flow.shape)
    occupancy = np.minimum(100 * flow * VEHICLE_KM / speed, 100)
    silent = silences(rng, len(from_s), len(at), float(told["faulty_ratio"]))
    return Traffic(
        from_s, left, np.where(silent, np.nan, np.round(flow)),
        np.where(silent | (flow == 0), np.nan, np.round(speed, 1)), np.where(silent, np.nan, np.round(occupancy, 1)),
    )  # fmt: skip


def _left(city: City, facts: DayFacts, from_s: Ints, step: int, at: Floats) -> Floats:
    """What is left of the flow: of several things the one that holds up most, as long as it is there."""
    told, happened = city.simulation["sensors"]["traffic"], facts.incidents
    left = np.ones((len(from_s), len(at)))
    points = shapely.points(at * (city.m_per_longitude, M_PER_DEGREE))

    def hold_up(near: Ints, begins: int, ends: int, rest: float) -> None:
        lasts = np.clip(np.minimum(from_s + step, ends) - np.maximum(from_s, begins), 0, step) / step
        rows = np.flatnonzero(lasts)
        where = np.ix_(rows, near)
        left[where] = np.minimum(left[where], (1 - lasts[rows] * (1 - rest))[:, None])

    for name, rest in told["slowed_by"].items():
        for row in np.flatnonzero(happened["category"] == CATEGORIES.index(name)):
            metres = city.metres(at[:, 0], at[:, 1], happened["longitude"][row], happened["latitude"][row])
            near = np.flatnonzero(metres <= told["sees_m"])
            hold_up(near, int(happened["occurred_s"][row]), int(happened["ended_s"][row]), rest)
    for one in active(city, facts.day.date):
        if one.closes_street:
            near = np.flatnonzero(shapely.distance(_taken(city, one), points) <= told["sees_m"])
            hold_up(near, one.setup_s, one.removed_s, BLOCKED)
    return left


def _taken(city: City, one: Occupation) -> shapely.Geometry:
    """The street that an occupation closes: its way, or its circle."""
    if one.route:
        return on_plane(city, one.route)
    return shapely.Point(one.longitude * city.m_per_longitude, one.latitude * M_PER_DEGREE).buffer(one.radius_m)
