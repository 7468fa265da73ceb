"""Ways that demonstrations walk: from street to street between two places, with a crowd that moves along."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import shapely

from simulator.chance import Floats, Ints
from simulator.city import M_PER_DEGREE, City

STEP_M = 120.0
GATHERS, DISPERSES = 0.2, 0.15
"""Shares of its time that a demonstration stands where it begins, and where it ends."""

Route = tuple[tuple[float, float], ...]
"""Longitude and latitude of every street it passes, in order; empty for what stays where it is."""


def route_between(city: City, first: int, last: int) -> Route:
    """Walk from place to place through the streets nearest to the straight way."""
    x, y = (values[[first, last]] for values in (city.places.longitude, city.places.latitude))
    metres = float(city.metres(x[:1], y[:1], float(x[1]), float(y[1]))[0])
    share = np.linspace(0, 1, max(int(metres / STEP_M), 1) + 1)
    streets = _nearest_streets(city, x[0] + (x[1] - x[0]) * share, y[0] + (y[1] - y[0]) * share)
    passed = [first, *dict.fromkeys(one for one in streets.tolist() if one not in (first, last)), last]
    return tuple((float(city.places.longitude[one]), float(city.places.latitude[one])) for one in passed)


def centre(city: City, route: Route, starts_s: int, ends_s: int, at_s: Ints) -> Floats:
    """Where the middle of the crowd is at each instant: longitude and latitude, by row."""
    points = np.array(route)
    lengths = city.metres(points[1:, 0], points[1:, 1], points[:-1, 0], points[:-1, 1])
    walked = np.concatenate([[0.0], np.cumsum(lengths)])
    along = ((at_s - starts_s) / (ends_s - starts_s) - GATHERS) / (1 - GATHERS - DISPERSES)
    metres = np.clip(along, 0, 1) * walked[-1]
    return np.column_stack([np.interp(metres, walked, points[:, axis]) for axis in (0, 1)])


def geojson(route: Route) -> str:
    """The way as the text of a GeoJSON line; empty without one."""
    line = {"type": "LineString", "coordinates": [(round(x, 6), round(y, 6)) for x, y in route]}
    return json.dumps(line, separators=(",", ":")) if route else ""


def on_plane(city: City, route: Route) -> shapely.LineString:
    """The way in metres on the plane of the city's middle."""
    return shapely.LineString(np.array(route) * (city.m_per_longitude, M_PER_DEGREE))


def _nearest_streets(city: City, x: Floats, y: Floats) -> Ints:
    points = shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE)
    found: Ints = city.places.by_kind["street"][_street_tree(city).nearest(points)]
    return found


@lru_cache(maxsize=4)
def _street_tree(city: City) -> shapely.STRtree:
    street = city.places.by_kind["street"]
    x, y = city.places.longitude[street] * city.m_per_longitude, city.places.latitude[street] * M_PER_DEGREE
    return shapely.STRtree(shapely.points(x, y))
