"""Fixed posts that tell of incidents from where they stand, such as emergency buttons."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from simulator.chance import Floats, Ints, stream
from simulator.city import M_PER_DEGREE, City

NO_POST = -1


def device(post: int) -> str:
    """Name of a post."""
    return f"post-{post:05d}"


def named(post: int) -> str:
    """What a post puts before the number of a report; nothing where none tells it."""
    return "" if post == NO_POST else f"{device(post)}-"


@lru_cache(maxsize=8)
def post_places(city: City, source: str) -> Floats:
    """Where the posts of a source stand (longitude, latitude), drawn once."""
    rng = stream(city.seed, f"posts of {source}")
    places = city.pick(rng, {"street": 0.7, "hot": 0.3}, 0, city.simulation["sources"][source]["posts"]["count"])
    return np.column_stack(city.near(rng, places, city.places.reach_m[places]))


def nearest_post(city: City, source: str, x: Floats, y: Floats) -> Ints:
    """The post of a source that is nearest to each position."""
    points = shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE)
    found: Ints = _post_tree(city, source).nearest(points).astype(np.int64)
    return found


@lru_cache(maxsize=8)
def _post_tree(city: City, source: str) -> shapely.STRtree:
    x, y = post_places(city, source).T
    return shapely.STRtree(shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE))
