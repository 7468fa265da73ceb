"""Made-up zones from a seed: a partition with jagged borders, and zones that overlap, with holes and islands."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPoint, MultiPolygon, Polygon, box
from shapely.geometry.base import BaseGeometry

Doubles = npt.NDArray[np.float64]
FRAME = (5.2, 43.1, 5.6, 43.4)  # degrees, a city's size
_STEPS = 32  # pieces of a jagged border
_CONE = 0.08  # of the way to its nearer end that a corner of a jagged border may be off
_RAYS = 96  # corners of a star


def partition(seed: int, count: int = 300) -> list[BaseGeometry]:
    """Cut a city-sized box into zones with jagged borders: neighbours share every corner, no gap, no overlap."""
    random = np.random.default_rng([seed, 1])
    west, south, east, north = FRAME
    sites = np.column_stack([random.uniform(west, east, count), random.uniform(south, north, count)])
    cells = shapely.get_parts(shapely.voronoi_polygons(MultiPoint(sites), extend_to=box(*FRAME)))
    cells = shapely.intersection(cells, box(*FRAME), grid_size=1e-9)
    borders: dict[tuple[float, ...], Doubles] = {}
    return [Polygon(_jagged(shapely.get_coordinates(cell), borders, random)) for cell in cells]


def _jagged(ring: Doubles, borders: dict[tuple[float, ...], Doubles], random: np.random.Generator) -> Doubles:
    """Give a ring's corners with each edge broken; an edge already broken for a neighbour is walked the other way."""
    pieces = []
    for start, end in pairwise(ring):
        is_forward = tuple(start) < tuple(end)
        low, high = (start, end) if is_forward else (end, start)
        key = (*low.tolist(), *high.tolist())
        if key not in borders:
            share = np.linspace(0, 1, _STEPS + 1)[:, None]
            reach = _CONE * np.minimum(share, 1 - share) * np.hypot(*(high - low))
            across = np.array([low[1] - high[1], high[0] - low[0]]) / max(float(np.hypot(*(high - low))), 1e-300)
            borders[key] = low + share * (high - low) + random.uniform(-1, 1, share.shape) * reach * across
            borders[key][-1] = high
        corners = borders[key] if is_forward else borders[key][::-1]
        pieces.append(corners[:-1])
    return np.vstack(pieces)


def overlapping(seed: int, count: int = 300) -> list[BaseGeometry]:
    """Throw stars on a city-sized box: some with a hole, some with a second part far off, most over each other."""
    random = np.random.default_rng([seed, 2])
    return [_star(random, with_hole=k % 3 == 0, with_island=k % 4 == 0) for k in range(count)]


def _star(random: np.random.Generator, *, with_hole: bool, with_island: bool) -> BaseGeometry:
    west, south, east, north = FRAME
    angle = np.arange(_RAYS) * (2 * np.pi / _RAYS)
    rays = np.column_stack([np.cos(angle), np.sin(angle)]) * random.uniform(0.5, 1, (_RAYS, 1))
    radius = random.uniform(0.005, 0.04)
    centre = np.array([random.uniform(west, east), random.uniform(south, north)])
    star = Polygon(centre + radius * rays, [centre + radius / 3 * rays] if with_hole else [])
    if not with_island:
        return star
    return MultiPolygon([star, Polygon(centre + (3 * radius, 0) + radius / 2 * rays)])
