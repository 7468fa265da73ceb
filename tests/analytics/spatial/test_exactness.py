from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import shapely
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from analytics.spatial import ZoneIndex
from analytics.spatial.kernel import side
from tests.analytics.spatial.zone_cases import covers_in_rationals, hard_points, verdict_of_geos, zone_sets

coordinate = st.one_of(
    st.floats(-180, 180).filter(lambda v: v == 0 or abs(v) > 1e-250),
    st.integers(-8, 8).map(float),
    st.integers(-8, 8).map(lambda k: 1.0 + k * 2.0**-52),
)


def ids(count: int) -> list[str]:
    return [f"zone:{k:03d}" for k in range(count)]


@given(zones=zone_sets(), cells=st.sampled_from([1, 2, 7, 64, 256]))
@settings(max_examples=100, deadline=None)
def test_verdict_equals_geos_on_vertices_middles_neighbours_and_grid_lines(
    zones: list[BaseGeometry], cells: int
) -> None:
    zones = [zone for zone in shapely.set_precision(zones, 1e-12) if not zone.is_empty]
    assume(zones)
    index = ZoneIndex.build(ids(len(zones)), zones, cells_per_side=cells)
    x, y = hard_points(zones, 16, least=1e-15)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos(zones, x, y))


@given(zones=zone_sets(), cells=st.sampled_from([1, 7, 256]), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_verdict_equals_rational_arithmetic_where_geos_rounds(zones: list[BaseGeometry], cells: int, seed: int) -> None:
    index = ZoneIndex.build(ids(len(zones)), zones, cells_per_side=cells)
    x, y = hard_points(zones, 4, least=1e-280)
    chosen = np.random.default_rng(seed).choice(len(x), min(len(x), 60), replace=False)
    verdicts = [[covers_in_rationals(zone, float(x[k]), float(y[k])) for zone in zones] for k in chosen]
    expected = [verdict.index(True) if True in verdict else -1 for verdict in verdicts]
    np.testing.assert_array_equal(index.locate(x[chosen], y[chosen]), expected)


@given(zones=zone_sets(), cells=st.sampled_from([1, 3, 32, 256]), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_verdict_equals_geos_on_random_points(zones: list[BaseGeometry], cells: int, seed: int) -> None:
    index = ZoneIndex.build(ids(len(zones)), zones, cells_per_side=cells)
    west, south, east, north = shapely.total_bounds(np.array(zones, dtype=object))
    random = np.random.default_rng(seed)
    x = random.uniform(west - 0.1, east + 0.1, 500)
    y = random.uniform(south - 0.1, north + 0.1, 500)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos(zones, x, y))


@given(zones=zone_sets(), batch=st.integers(1, 3000), threads=st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_verdict_depends_on_neither_batches_nor_threads_nor_on_being_stored(
    zones: list[BaseGeometry], batch: int, threads: int
) -> None:
    index = ZoneIndex.build(ids(len(zones)), zones)
    x, y = hard_points(zones, 40, least=1e-15)
    at_once = index.locate(x, y)
    parts = [index.locate(x[k : k + batch], y[k : k + batch]) for k in range(0, len(x), batch)]
    np.testing.assert_array_equal(np.concatenate(parts), at_once)
    many = np.tile(np.arange(len(x)), 1 + 140_000 // len(x))  # enough for every thread
    np.testing.assert_array_equal(index.locate(x[many], y[many], threads=threads), at_once[many])
    with TemporaryDirectory() as folder:
        index.save(Path(folder) / "zones.index")
        np.testing.assert_array_equal(ZoneIndex.load(Path(folder) / "zones.index").locate(x, y), at_once)


@given(zones=zone_sets())
@settings(max_examples=60, deadline=None)
def test_points_on_the_lines_of_the_index_own_grids_are_found(zones: list[BaseGeometry]) -> None:
    index = ZoneIndex.build(ids(len(zones)), zones, cells_per_side=16)
    x, y = [], []
    for west, south, columns, rows, cells, *_ in index.arrays.grids[:8]:  # the first and some finer ones
        steps = np.arange(min(cells, 16) + 1)
        x.append(np.repeat(west + steps / columns, len(steps)))
        y.append(np.tile(south + steps / rows, len(steps)))
    x, y = np.concatenate(x), np.concatenate(y)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos(zones, x, y))


@given(st.tuples(*[coordinate] * 6))
@settings(max_examples=500, deadline=None)
def test_side_of_a_line_equals_rational_arithmetic(values: tuple[float, float, float, float, float, float]) -> None:
    ax, ay, bx, by, px, py = (Fraction(v) for v in values)
    true = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
    assert np.sign(side(*values)) == (true > 0) - (true < 0)


@given(st.tuples(*[coordinate] * 4), st.floats(0, 1), st.integers(-2, 2), st.integers(-2, 2))
@settings(max_examples=500, deadline=None)
def test_side_of_points_next_to_a_line_equals_rational_arithmetic(
    ends: tuple[float, float, float, float], share: float, ulps_x: int, ulps_y: int
) -> None:
    ax, ay, bx, by = ends
    px, py = ax + share * (bx - ax), ay + share * (by - ay)
    px, py = px + ulps_x * max(np.spacing(px), 1e-280), py + ulps_y * max(np.spacing(py), 1e-280)
    exact = [Fraction(float(v)) for v in (ax, ay, bx, by, px, py)]
    true = (exact[2] - exact[0]) * (exact[5] - exact[1]) - (exact[3] - exact[1]) * (exact[4] - exact[0])
    assert np.sign(side(ax, ay, bx, by, px, py)) == (true > 0) - (true < 0)
