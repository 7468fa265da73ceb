from __future__ import annotations

import pytest
from shapely import MultiPolygon, Point, Polygon, box

from analytics.spatial import ZoneError, area_km2, centroid, dissolve, map_rings, representative_point


def test_zones_merge_into_their_parents_without_inner_borders() -> None:
    merged = dissolve([box(0, 0, 1, 1), box(5, 5, 6, 6), box(1, 0, 2, 1)], ["b", "a", "b"])
    assert list(merged) == ["a", "b"]
    assert merged["b"].equals(box(0, 0, 2, 1))


def test_zones_without_a_parent_each_are_refused() -> None:
    with pytest.raises(ZoneError, match="one parent per geometry"):
        dissolve([box(0, 0, 1, 1)], [])


def test_area_is_measured_on_the_ellipsoid_whatever_the_direction_of_the_ring() -> None:
    equator_degree = 12308.778  # km2, one degree by one degree at the equator, geodesic edges (Karney)
    square = box(0, 0, 1, 1)
    assert area_km2(square) == pytest.approx(equator_degree, rel=1e-5)
    assert area_km2(Polygon(list(square.exterior.coords)[::-1])) == pytest.approx(area_km2(square))


def test_area_leaves_out_holes_and_adds_parts() -> None:
    whole, hole = box(5, 43, 6, 44), box(5.2, 43.2, 5.4, 43.4)
    holed = Polygon(whole.exterior, [hole.exterior])
    assert area_km2(holed) == pytest.approx(area_km2(whole) - area_km2(hole))
    assert area_km2(MultiPolygon([whole, box(8, 43, 9, 44)])) == pytest.approx(2 * area_km2(whole))


def test_map_has_one_closed_ring_per_outer_ring_largest_first() -> None:
    small, large = Point(6, 43).buffer(0.01, 64), Point(5, 43).buffer(0.1, 64)
    holed = Polygon(large.exterior, [Point(5, 43).buffer(0.02).exterior])
    rings = map_rings(MultiPolygon([small, holed]), tolerance=1e-3)
    assert len(rings) == 2
    assert all(ring[0] == ring[-1] and len(ring) >= 4 for ring in rings)
    assert Polygon(rings[0]).area > Polygon(rings[1]).area
    assert len(rings[0]) < len(large.exterior.coords)
    assert Polygon(rings[0]).hausdorff_distance(Polygon(large.exterior)) < 2e-3


def test_zone_smaller_than_the_tolerance_keeps_a_ring() -> None:
    (ring,) = map_rings(Point(5, 43).buffer(1e-5), tolerance=1e-2)
    assert len(ring) >= 4


def test_centre_may_lie_outside_and_representative_point_never_does() -> None:
    horseshoe = box(0, 0, 3, 3).difference(box(1, 1, 2, 3))
    assert not horseshoe.covers(Point(1.5, 1.5))
    assert centroid(box(0, 0, 2, 2)) == (1.0, 1.0)
    assert horseshoe.covers(Point(representative_point(horseshoe)))
