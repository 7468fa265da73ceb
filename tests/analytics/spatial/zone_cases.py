"""Zones with every awkward trait, and the verdict of GEOS on them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from hypothesis import strategies as st
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import affine_transform
from shapely.geometry.base import BaseGeometry

Doubles = npt.NDArray[np.float64]


def verdict_of_geos(geometries: Sequence[BaseGeometry], x: Doubles, y: Doubles) -> npt.NDArray[np.int32]:
    """Give the first geometry that covers each point, -1 for none."""
    found = np.full(len(x), -1, np.int32)
    points = shapely.points(x, y)
    for k in range(len(geometries) - 1, -1, -1):
        shapely.prepare(geometries[k])
        found[shapely.covers(geometries[k], points)] = k
    return found


def covers_in_rationals(geometry: BaseGeometry, x: float, y: float) -> bool:
    """Tell whether a closed geometry covers a point, in rational arithmetic: no rounding anywhere."""
    px, py = Fraction(x), Fraction(y)
    inside = False
    for ring in shapely.get_rings(shapely.get_parts(geometry)):
        corners = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring).tolist()]
        for (ax, ay), (bx, by) in pairwise(corners):
            turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            if turn == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
                return True
            if (ay > py) != (by > py) and (turn > 0) == (by > ay):
                inside = not inside
    return inside


def hard_points(geometries: Sequence[BaseGeometry], sides: int, least: float) -> tuple[Doubles, Doubles]:
    """Give vertices, edge middles and thirds, their neighbours among the doubles, and the crossings of a grid's lines.

    Neighbours of zero are at `least`.
    """
    corners = shapely.get_coordinates(np.array(geometries, dtype=object))
    middles = (corners[1:] + corners[:-1]) / 2
    thirds = corners[1:] + (corners[:-1] - corners[1:]) / 3
    exact = np.vstack([corners, middles, thirds])
    step = np.maximum(np.spacing(np.abs(exact)), least)
    near = [exact + step * direction for direction in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1))]
    west, south, east, north = shapely.total_bounds(np.array(geometries, dtype=object))
    lines = np.meshgrid(np.linspace(west, east, sides + 1), np.linspace(south, north, 2 * sides + 1))
    every = np.vstack([exact, *near, np.column_stack([line.ravel() for line in lines])])
    return every[:, 0].copy(), every[:, 1].copy()


@st.composite
def lattice_zone(draw: st.DrawFn) -> BaseGeometry:
    """Boxes of a small lattice joined and cut out: holes, parts, collinear vertices, shared borders."""
    place = st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(1, 4), st.integers(1, 4))
    boxes = [box(x, y, x + w, y + h) for x, y, w, h in draw(st.lists(place, min_size=1, max_size=4))]
    holes = [box(x, y, x + w, y + h) for x, y, w, h in draw(st.lists(place, max_size=2))]
    return shapely.difference(shapely.union_all(boxes), shapely.union_all(holes))


@st.composite
def star_zone(draw: st.DrawFn) -> BaseGeometry:
    """A star around a centre with radii down to slivers, sometimes with a hole, sometimes with an island."""
    count = draw(st.integers(3, 24))
    radius = st.floats(1e-7, 4.0, allow_nan=False)
    radii = np.array(draw(st.lists(radius, min_size=count, max_size=count)))
    centre = draw(st.tuples(st.floats(0, 8), st.floats(0, 8)))
    angles = np.arange(count) * (2 * np.pi / count)
    ring = np.column_stack([np.cos(angles), np.sin(angles)])
    hole = [centre + ring * radii[:, None] / 3] if draw(st.booleans()) else []
    star = Polygon(centre + ring * radii[:, None], hole)
    return MultiPolygon([star, box(12, 4, 13, 5)]) if draw(st.booleans()) else star


@st.composite
def sliver_zone(draw: st.DrawFn) -> BaseGeometry:
    """A needle: up to eight degrees long, down to a few doubles wide."""
    ax, ay, bx, by = (draw(st.floats(0, 8)) for _ in range(4))
    width = draw(st.sampled_from([1e-15, 1e-13, 1e-9, 1e-6]))
    return Polygon([(ax, ay), (bx, by), (bx + width, by + width)])


@st.composite
def triangle_zone(draw: st.DrawFn) -> BaseGeometry:
    """A triangle between lattice points: slopes whose lines meet other zones' vertices exactly."""
    corner = st.tuples(st.integers(0, 9), st.integers(0, 9))
    return Polygon(draw(st.lists(corner, min_size=3, max_size=3, unique=True)))


def _is_zone(geometry: BaseGeometry) -> bool:
    return isinstance(geometry, Polygon | MultiPolygon) and geometry.is_valid and geometry.area > 0


@st.composite
def zone_sets(draw: st.DrawFn) -> list[BaseGeometry]:
    """One to six zones, overlapping or not, laid over a random part of the earth at a random scale."""
    kind = st.one_of(lattice_zone(), star_zone(), triangle_zone(), sliver_zone()).filter(_is_zone)
    zones = draw(st.lists(kind, min_size=1, max_size=5))
    scale = draw(st.sampled_from([1.0, 0.1, 1e-3, 1 / 3, 1e-6]))
    east, north = draw(st.sampled_from([(0.0, 0.0), (5.3, 43.2), (-122.4, 37.7), (150.0, -33.9), (165.0, 75.0)]))
    moved = [affine_transform(zone, [scale, 0, 0, scale, east, north]) for zone in zones]
    return [zone for zone in moved if _is_zone(zone)] or [box(0, 0, 1, 1)]
