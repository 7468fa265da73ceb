from __future__ import annotations

import pickle
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from shapely import GeometryCollection, LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from analytics.spatial import ZoneError, ZoneIndex
from tests.analytics.spatial.zone_cases import verdict_of_geos

LEFT, RIGHT = box(0, 0, 1, 1), box(1, 0, 2, 1)


def zone_of(index: ZoneIndex, longitude: float, latitude: float) -> str | None:
    found = index.locate([longitude], [latitude])[0]
    return index.zone_ids[found] if found >= 0 else None


def test_zones_are_named_in_ascending_order_whatever_the_order_given() -> None:
    index = ZoneIndex.build(["b", "a"], [RIGHT, LEFT])
    assert index.zone_ids == ("a", "b")
    assert (zone_of(index, 0.5, 0.5), zone_of(index, 1.5, 0.5)) == ("a", "b")


@pytest.mark.parametrize(("left", "right"), [("a", "b"), ("b", "a")])
def test_point_on_a_shared_border_belongs_to_the_smallest_zone_id(left: str, right: str) -> None:
    index = ZoneIndex.build([left, right], [LEFT, RIGHT])
    assert zone_of(index, 1.0, 0.5) == "a"
    assert zone_of(index, 1.0, 0.0) == "a"
    assert zone_of(index, 1.0, 1.0) == "a"


@pytest.mark.parametrize(("inner", "outer", "expected"), [("a", "b", "a"), ("b", "a", "a")])
def test_point_in_an_overlap_belongs_to_the_smallest_zone_id(inner: str, outer: str, expected: str) -> None:
    index = ZoneIndex.build([inner, outer], [box(1, 1, 2, 2), box(0, 0, 3, 3)])
    assert zone_of(index, 1.5, 1.5) == expected


def test_point_on_an_outer_border_belongs_to_its_zone() -> None:
    index = ZoneIndex.build(["a"], [LEFT])
    corners_and_middles = [(0, 0), (0, 1), (1, 0), (1, 1), (0.5, 0), (0.5, 1), (0, 0.5), (1, 0.5)]
    assert {zone_of(index, x, y) for x, y in corners_and_middles} == {"a"}
    assert zone_of(index, np.nextafter(1, 2), 0.5) is None


def test_border_of_a_hole_belongs_to_the_zone_and_the_hole_does_not() -> None:
    index = ZoneIndex.build(["a"], [Polygon(box(0, 0, 3, 3).exterior, [box(1, 1, 2, 2).exterior])])
    assert zone_of(index, 1, 1.5) == "a"
    assert zone_of(index, 2, 2) == "a"
    assert zone_of(index, 1.5, 1.5) is None


def test_every_part_of_a_multipolygon_belongs_to_the_zone() -> None:
    index = ZoneIndex.build(["a"], [MultiPolygon([LEFT, box(5, 5, 6, 6), box(1, 1, 2, 2)])])
    assert [zone_of(index, *p) for p in [(0.5, 0.5), (5.5, 5.5), (1, 1), (3, 3)]] == ["a", "a", "a", None]


@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_missing_coordinates_have_no_zone(missing: float) -> None:
    index = ZoneIndex.build(["a"], [box(-80, -80, 80, 80)])
    np.testing.assert_array_equal(index.locate([missing, 0, missing, 0], [0, missing, missing, 0]), [-1, -1, -1, 0])


def test_no_point_gives_no_verdict() -> None:
    found = ZoneIndex.build(["a"], [LEFT]).locate([], [])
    assert found.dtype == np.int32
    assert len(found) == 0


def test_verdicts_do_not_depend_on_the_number_of_threads() -> None:
    index = ZoneIndex.build(["a", "b"], [LEFT, RIGHT])
    random = np.random.default_rng(3)
    x, y = random.uniform(-0.5, 2.5, 300_001), random.uniform(-0.5, 1.5, 300_001)
    np.testing.assert_array_equal(index.locate(x, y, threads=3), index.locate(x, y))


def test_strided_and_integer_coordinates_are_accepted() -> None:
    index = ZoneIndex.build(["a", "b"], [LEFT, RIGHT])
    np.testing.assert_array_equal(index.locate(np.array([0, 9, 2, 9])[::2], np.array([0, 9, 1, 9])[::2]), [0, 1])


@pytest.mark.parametrize("way", ["pickle", "bytes", "file"])
def test_stored_index_gives_the_same_verdicts(way: str, tmp_path: Path) -> None:
    zones = [Point(5.4, 43.3).buffer(0.1), Point(5.5, 43.3).buffer(0.1, quad_segs=200)]
    index = ZoneIndex.build(["é", "b"], zones)
    if way == "file":
        index.save(tmp_path / "zones.index")
    again = {
        "pickle": lambda: pickle.loads(pickle.dumps(index)),
        "bytes": lambda: ZoneIndex.from_bytes(index.to_bytes()),
        "file": lambda: ZoneIndex.load(tmp_path / "zones.index"),
    }[way]()
    random = np.random.default_rng(4)
    x, y = random.uniform(5.2, 5.7, 5000), random.uniform(43.1, 43.5, 5000)
    assert again.zone_ids == ("b", "é")
    assert again.nbytes == index.nbytes
    np.testing.assert_array_equal(again.locate(x, y), verdict_of_geos([zones[1], zones[0]], x, y))


@pytest.mark.parametrize("damage", [lambda b: b[:-8], lambda b: b[:30], lambda b: b"PK" + b, lambda b: b""])
def test_damaged_index_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(ZoneError, match="build and save it again"):
        ZoneIndex.from_bytes(damage(ZoneIndex.build(["a"], [LEFT]).to_bytes()))


def test_crowded_cells_get_grids_of_their_own() -> None:
    circle = Point(5.4, 43.3).buffer(0.1, quad_segs=2000)
    index = ZoneIndex.build(["far", "round"], [box(-60, -20, -59, -19), circle], cells_per_side=64)
    assert len(index.arrays.grids) > 1
    x, y = np.meshgrid(np.linspace(5.29, 5.51, 200), np.linspace(43.19, 43.41, 200))
    expected = verdict_of_geos([box(-60, -20, -59, -19), circle], x.ravel(), y.ravel())
    np.testing.assert_array_equal(index.locate(x.ravel(), y.ravel()), expected)


def test_many_edges_at_one_vertex_are_told_apart() -> None:
    angles = np.linspace(0, 2 * np.pi, 41)
    wedges = [
        Polygon([(5.0, 43.0), (5 + np.cos(a), 43 + np.sin(a)), (5 + np.cos(b), 43 + np.sin(b))])
        for a, b in pairwise(angles)
    ]
    index = ZoneIndex.build([f"{k:02d}" for k in range(40)], wedges, cells_per_side=8)
    random = np.random.default_rng(5)
    x, y = 5 + random.normal(0, 1e-6, 2000), 43 + random.normal(0, 1e-6, 2000)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos(wedges, x, y))
    assert zone_of(index, 5.0, 43.0) == "00"


def test_zone_thinner_than_the_smallest_cell_is_found() -> None:
    sliver = Polygon([(5, 43), (5 + 3e-10, 43), (5 + 2e-10, 43 + 1e-9)])
    index = ZoneIndex.build(["a"], [sliver])
    x, y = 5 + np.arange(-4, 8) * 1e-10, np.full(12, 43 + 1e-10)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos([sliver], x, y))


@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        (Polygon(), "no geometry"),
        (None, "no geometry"),
        (LineString([(0, 0), (1, 1)]), "LineString: expected Polygon or MultiPolygon"),
        (GeometryCollection([LEFT]), "GeometryCollection"),
        (Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), "analytics.spatial.repaired"),
        (box(700_000, 6_200_000, 710_000, 6_210_000), "reproject it to WGS 84"),
        (box(170, 0, 190, 10), "antimeridian"),
        (Polygon([(179, 0), (-179, 0), (-179, 1), (179, 1)]), "antimeridian"),
    ],
)
def test_zone_that_cannot_be_indexed_is_named_with_the_remedy(geometry: BaseGeometry, what: str) -> None:
    with pytest.raises(ZoneError, match=what) as caught:
        ZoneIndex.build(["good", "insee:13201"], [LEFT, geometry])
    assert "'insee:13201'" in str(caught.value)


def test_no_zone_and_repeated_zone_and_unequal_lengths_are_refused() -> None:
    with pytest.raises(ZoneError, match="no zone given"):
        ZoneIndex.build([], [])
    with pytest.raises(ZoneError, match="'a' is given twice"):
        ZoneIndex.build(["a", "a"], [LEFT, RIGHT])
    with pytest.raises(ZoneError, match="2 zone ids and 1 geometries"):
        ZoneIndex.build(["a", "b"], [LEFT])
    with pytest.raises(ValueError, match="one equal length"):
        ZoneIndex.build(["a"], [LEFT]).locate([1.0, 2.0], [1.0])
