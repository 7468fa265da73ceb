from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings

from analytics.spatial import FeatureError, NearestIndex
from tests.analytics.spatial.nearest_cases import (
    EARTH,
    PLACES,
    Doubles,
    geodesic_m,
    in_space,
    line_m,
    point_sets,
    scattered,
)

TICK_M = 2.0**-20


def close(metres: Doubles) -> Doubles:
    """How far a distance may be from the geodesic's length: a micrometre, and what the curve of the earth adds."""
    return 1e-6 + metres * np.select(
        [metres < 2e4, metres < 1e5, metres < 1e6, metres < 3e6, metres < 1e7], [3e-9, 1e-7, 1e-5, 1e-4, 2e-3], 5e-3
    )


def by_chord(index_x: Doubles, index_y: Doubles, x: Doubles, y: Doubles, k: int) -> npt.NDArray[np.int64]:
    """The k nearest through space by comparing all, ties to the smaller feature; PROJ places them."""
    apart = in_space(x, y)[:, None, :] - in_space(index_x, index_y)[None, :, :]
    ticks = np.rint(np.sqrt((apart**2).sum(axis=2)) / TICK_M)
    return np.argsort(ticks, axis=1, kind="stable")[:, :k]


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("reach_m", [5e3, 5e5, 1.5e7])
def test_nearest_points_are_those_of_geographiclib_anywhere(place: str, reach_m: float) -> None:
    random = np.random.default_rng(1)
    feature_x, feature_y = scattered(random, PLACES[place], 400, reach_m)
    x, y = scattered(random, PLACES[place], 200, 1.2 * reach_m)
    true = geodesic_m(x, y, feature_x, feature_y)
    features, metres = NearestIndex.of_points(feature_x, feature_y).nearest(x, y, 5)
    order = np.sort(true, axis=1)[:, :5]
    assert (np.abs(metres - order) <= close(order)).all()
    told = np.take_along_axis(true, features.astype(np.int64), axis=1)
    assert (np.abs(metres - told) <= close(told)).all()


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize("k", [1, 3, 16, 17, 40])
def test_cells_and_tree_find_what_comparing_all_finds(place: str, k: int) -> None:
    random = np.random.default_rng(2)
    feature_x, feature_y = scattered(random, PLACES[place], 1_500, 8e3)
    x, y = scattered(random, PLACES[place], 400, 1e4)
    found = NearestIndex.of_points(feature_x, feature_y).nearest(x, y, k).features
    np.testing.assert_array_equal(found, by_chord(feature_x, feature_y, x, y, k))


def test_features_all_over_the_earth_are_found_from_all_over_the_earth() -> None:
    random = np.random.default_rng(3)
    feature_x, x = random.uniform(-180, 180, 3_000), random.uniform(-180, 180, 500)
    feature_y, y = (np.degrees(np.arcsin(random.uniform(-1, 1, n))) for n in (3_000, 500))
    found = NearestIndex.of_points(feature_x, feature_y).nearest(x, y, 4).features
    np.testing.assert_array_equal(found, by_chord(feature_x, feature_y, x, y, 4))


@settings(deadline=None, max_examples=150)
@given(point_sets())
def test_any_points_anywhere(case: tuple[Doubles, Doubles, Doubles, Doubles]) -> None:
    feature_x, feature_y, x, y = case
    index = NearestIndex.of_points(feature_x, feature_y)
    true = geodesic_m(x, y, feature_x, feature_y)
    features, metres = index.nearest(x, y, 7)
    known = min(7, len(feature_x))
    order = np.sort(true, axis=1)[:, :known]
    assert (np.abs(metres[:, :known] - order) <= close(order)).all()
    assert (features[:, known:] == -1).all()
    assert np.isinf(metres[:, known:]).all()
    # of features at one distance the smaller number comes first, and none comes twice
    for told, distance in zip(features[:, :known].tolist(), metres[:, :known].tolist(), strict=True):
        assert sorted(zip(distance, told, strict=True)) == list(zip(distance, told, strict=True))
        assert len(set(told)) == known
    reach = float(np.median(true)) if true.size else 1.0
    inside = index.within(x, y, reach)
    near = np.abs(true - reach) <= close(true)  # either answer is right
    for q in range(len(x)):
        found = set(inside.features[inside.first[q] : inside.first[q + 1]].tolist())
        assert set(np.flatnonzero((true[q] <= reach) & ~near[q])) <= found
        assert found <= set(np.flatnonzero((true[q] <= reach) | near[q]))


@pytest.mark.parametrize("place", list(PLACES))
def test_nearest_streets_are_those_of_a_map_around_each_point(place: str) -> None:
    random = np.random.default_rng(4)
    starts = np.column_stack(scattered(random, PLACES[place], 60, 2_000))
    lines = []
    for x, y in starts:
        walk = [(float(x), float(y))]
        for _ in range(random.integers(0, 6)):
            step = EARTH.fwd(*walk[-1], random.uniform(0, 360), random.choice([0.0, 40.0, 180.0, 390.0]))
            walk.append((step[0], step[1]))
        lines.append(walk)
    index = of_lines(lines)
    x, y = scattered(random, PLACES[place], 60, 2_500)
    true = np.array([line_m(a, b, lines) for a, b in zip(x, y, strict=True)])
    features, metres = index.nearest(x, y, 3)
    np.testing.assert_allclose(metres, np.sort(true, axis=1)[:, :3], atol=2e-3)
    np.testing.assert_allclose(metres, np.take_along_axis(true, features.astype(np.int64), axis=1), atol=2e-3)
    inside = index.within(x, y, 500.0)
    for q in range(len(x)):
        part = slice(inside.first[q], inside.first[q + 1])
        assert set(inside.features[part].tolist()) == set(np.flatnonzero(true[q] <= 500.0))
        np.testing.assert_allclose(inside.distances_m[part], np.sort(true[q][true[q] <= 500.0]), atol=2e-3)


def of_lines(lines: list[list[tuple[float, float]]], feature: list[int] | None = None) -> NearestIndex:
    vertices = np.array([vertex for line in lines for vertex in line], dtype=np.float64).reshape(-1, 2)
    return NearestIndex.of_lines(vertices[:, 0], vertices[:, 1], np.cumsum([0, *map(len, lines)]), feature)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ((179.5, -17.0), (-179.5, -16.5)),  # over the antimeridian, the short way
        ((179.5, -17.0), (180.5, -16.5)),  # the same, told otherwise
        ((10.0, 89.9), (-170.0, 89.8)),  # over the pole
        ((5.0, 43.0), (2.35, 48.86)),
        ((-122.0, 37.0), (139.7, 35.7)),
    ],
)
def test_a_long_segment_runs_along_the_shortest_line(start: tuple[float, float], end: tuple[float, float]) -> None:
    index = of_lines([[start, end]])
    azimuth, _, length = EARTH.inv(*start, *end)
    along = np.linspace(0, length, 201)
    x, y, onward = EARTH.fwd(np.full(201, start[0]), np.full(201, start[1]), np.full(201, azimuth), along)
    assert index.nearest(x, y).distances_m.max() < 1e-3
    beside_x, beside_y, _ = EARTH.fwd(x, y, np.asarray(onward) + 90.0, np.full(201, 150.0))
    np.testing.assert_allclose(index.nearest(beside_x, beside_y).distances_m[1:-1, 0], 150.0, atol=2e-3)


def test_a_street_of_many_segments_counts_once() -> None:
    index = of_lines([[(5.0, 43.0), (5.001, 43.0), (5.002, 43.0)], [(5.0, 43.01)], [(5.002, 43.0005)]], [0, 1, 0])
    assert index.nearest([5.001], [43.0], 3).features.tolist() == [[0, 1, -1]]
    inside = index.within([5.001], [43.0], 5_000.0)
    assert inside.features.tolist() == [0, 1]
    assert inside.distances_m[0] == 0.0


def test_a_segment_of_length_zero_and_a_line_of_one_vertex_are_points() -> None:
    spots = [(5.0, 43.0), (5.01, 43.0), (5.02, 43.0)]
    points = NearestIndex.of_points(*zip(*spots, strict=True))
    lines = of_lines([[spots[0], spots[0]], [spots[1]], [spots[2]] * 3])
    x, y = np.linspace(4.99, 5.03, 50), np.full(50, 43.001)
    for one, other in zip(points.nearest(x, y, 3), lines.nearest(x, y, 3), strict=True):
        np.testing.assert_array_equal(one, other)


def test_of_features_equally_far_the_smaller_number_comes_first() -> None:
    east, west = (5.001, 43.0), (4.999, 43.0)
    for spots in ([east, west], [west, east], [west, west, east]):
        found = NearestIndex.of_points(*zip(*spots, strict=True)).nearest([5.0], [43.0], len(spots))
        assert found.features.tolist() == [list(range(len(spots)))]
        assert len(set(found.distances_m[0])) == 1
    crowd = NearestIndex.of_points(np.full(100, 5.0), np.full(100, 43.0))
    assert crowd.nearest([5.0, 5.1], [43.0, 43.1], 3).features.tolist() == [[0, 1, 2], [0, 1, 2]]
    assert crowd.within([5.0], [43.0], 0.0).features.tolist() == list(range(100))


def test_one_meridian_and_one_pole_have_many_names() -> None:
    index = NearestIndex.of_points([180.0, 12.0], [10.0, 90.0])
    features, metres = index.nearest([-180.0, 180.0, 90.0, -33.0], [10.0, 10.0, 90.0, 90.0])
    assert features.ravel().tolist() == [0, 0, 1, 1]
    assert metres.ravel().tolist() == [0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("x", [np.nan, np.inf, -np.inf, 361.0])
def test_a_point_without_a_position_finds_nothing(x: float) -> None:
    index = NearestIndex.of_points([5.0], [43.0])
    for longitude, latitude in ((x, 43.0), (5.0, x)):
        features, metres = index.nearest([longitude, 5.0], [latitude, 43.0])
        assert (features.tolist(), metres.tolist()) == ([[-1], [0]], [[np.inf], [0.0]])
        assert index.within([longitude, 5.0], [latitude, 43.0], 10.0).first.tolist() == [0, 0, 1]


def test_without_a_feature_nothing_is_found() -> None:
    for index in (
        NearestIndex.of_points([], []),
        of_lines([]),
        NearestIndex.of_points([np.nan], [43.0]),
        of_lines([[]]),
    ):
        features, metres = index.nearest([5.0], [43.0], 2)
        assert (features.tolist(), metres.tolist()) == ([[-1, -1]], [[np.inf, np.inf]])
        assert index.within([5.0], [43.0], 1e9).first.tolist() == [0, 0]


def test_without_a_point_there_is_no_answer() -> None:
    index = NearestIndex.of_points([5.0], [43.0])
    assert index.nearest([], [], 3).features.shape == (0, 3)
    assert index.within([], [], 10.0).first.tolist() == [0]


def test_features_beyond_the_greatest_distance_are_not_found() -> None:
    x = np.linspace(5.0, 5.1, 40)
    index = NearestIndex.of_points(x, np.full(40, 43.0))
    every = index.nearest([5.0], [43.0], 40).distances_m[0]
    for limit in (0.0, every[7], np.nextafter(every[7], 0), 1e9):
        features, metres = index.nearest([5.0], [43.0], 40, max_distance_m=limit)
        assert (features[0] >= 0).sum() == (every <= limit).sum() == index.within([5.0], [43.0], limit).first[1]
        np.testing.assert_array_equal(metres[0][features[0] >= 0], every[every <= limit])


def test_the_distance_from_a_feature_halfway_round_the_earth_is_told() -> None:
    index = NearestIndex.of_points([5.0], [43.0])
    assert index.nearest([-175.0], [-43.0]).distances_m[0, 0] == pytest.approx(20_003_931, rel=5e-3)


def test_answers_depend_neither_on_batches_nor_on_threads() -> None:
    random = np.random.default_rng(5)
    index = NearestIndex.of_points(*scattered(random, PLACES["antimeridian"], 700, 5e3))
    x, y = scattered(random, PLACES["antimeridian"], 70_001, 6e3)
    whole, inside = index.nearest(x, y, 3), index.within(x, y, 300.0)
    for one, other in zip(whole, index.nearest(x, y, 3, threads=3), strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(inside, index.within(x, y, 300.0, threads=3), strict=True):
        np.testing.assert_array_equal(one, other)
    for size in (1, 1_000):
        for start in range(0, 5_000, size if size > 1 else 97):
            part = slice(start, start + size)
            for one, other in zip(whole, index.nearest(x[part], y[part], 3), strict=True):
                np.testing.assert_array_equal(one[part], other)
            found = index.within(x[part], y[part], 300.0)
            np.testing.assert_array_equal(
                found.features, inside.features[inside.first[start] : inside.first[min(start + size, 70_001)]]
            )


def test_more_than_there_is_room_to_gather_is_still_found() -> None:
    random = np.random.default_rng(8)
    index = NearestIndex.of_points(*scattered(random, PLACES["marseille"], 2_000, 3e3))
    x, y = scattered(random, PLACES["marseille"], 4_000, 3e3)
    every = index.within(x, y, 6_500.0)
    assert (np.diff(every.first) == 2_000).all()
    for part in (slice(0, 100), slice(3_900, 4_000)):  # few points: none share what was gathered
        alone = index.within(x[part], y[part], 6_500.0)
        inside = slice(every.first[part.start], every.first[part.stop])
        np.testing.assert_array_equal(alone.features, every.features[inside])
        np.testing.assert_array_equal(alone.distances_m, every.distances_m[inside])


def test_answers_do_not_depend_on_the_order_of_the_lines() -> None:
    random = np.random.default_rng(6)
    x, y = scattered(random, PLACES["marseille"], 600, 3e3)
    lines = [[(x[k], y[k]), (x[k] + 0.002, y[k] + 0.001)] for k in range(600)]
    feature = random.integers(0, 200, 600)
    order = random.permutation(600)
    one = of_lines(lines, feature.tolist())
    other = of_lines([lines[k] for k in order], feature[order].tolist())
    asked = scattered(random, PLACES["marseille"], 3_000, 4e3)
    np.testing.assert_array_equal(one.nearest(*asked, 6).features, other.nearest(*asked, 6).features)


@pytest.mark.parametrize("way", ["pickle", "bytes", "file"])
def test_a_stored_index_gives_the_same_answers(way: str, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    index = NearestIndex.of_points(*scattered(random, PLACES["marseille"], 300, 3e3))
    if way == "file":
        index.save(tmp_path / "streets.index")
    again = {
        "pickle": lambda: pickle.loads(pickle.dumps(index)),
        "bytes": lambda: NearestIndex.from_bytes(index.to_bytes()),
        "file": lambda: NearestIndex.load(tmp_path / "streets.index"),
    }[way]()
    x, y = scattered(random, PLACES["marseille"], 500, 4e3)
    assert (again.nbytes, again.feature_count) == (index.nbytes, 300)
    for one, other in zip(index.nearest(x, y, 2), again.nearest(x, y, 2), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("damage", [lambda b: b[:-8], lambda b: b[:30], lambda b: b"PK" + b, lambda b: b""])
def test_a_damaged_index_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(FeatureError, match="build and save it again"):
        NearestIndex.from_bytes(damage(NearestIndex.of_points([5.0], [43.0]).to_bytes()))


def test_features_that_lie_nowhere_are_refused_and_named() -> None:
    with pytest.raises(FeatureError, match=r"feature 1 lies at longitude 897000\.0, latitude 6247000\.0.*reproject"):
        NearestIndex.of_points([5.0, 897_000.0], [43.0, 6_247_000.0])
    with pytest.raises(FeatureError, match=r"feature 7 .* latitude 90\.1"):
        of_lines([[(5.0, 43.0), (5.0, 90.1)]], [7])
    with pytest.raises(FeatureError, match="latitude nan"):
        of_lines([[(5.0, 43.0), (5.0, np.nan)]])
    with pytest.raises(FeatureError, match="numbers from 0"):
        of_lines([[(5.0, 43.0)]], [-1])


def test_questions_that_have_no_answer_are_refused() -> None:
    index = NearestIndex.of_points([5.0], [43.0])
    with pytest.raises(ValueError, match="k is 0"):
        index.nearest([5.0], [43.0], 0)
    with pytest.raises(ValueError, match="max_distance_m is -1"):
        index.nearest([5.0], [43.0], max_distance_m=-1.0)
    with pytest.raises(ValueError, match="radius_m is nan"):
        index.within([5.0], [43.0], np.nan)
    with pytest.raises(ValueError, match="one equal length"):
        index.nearest([5.0, 6.0], [43.0])
    with pytest.raises(ValueError, match="first: expected numbers rising from 0 to the 2 vertices"):
        NearestIndex.of_lines([5.0, 5.1], [43.0, 43.1], [0, 1])
    with pytest.raises(ValueError, match="expected one for each of the 1 lines"):
        NearestIndex.of_lines([5.0, 5.1], [43.0, 43.1], [0, 2], [0, 1])
