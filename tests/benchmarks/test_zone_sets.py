from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

from analytics.spatial import ZoneIndex
from benchmarks import point_in_zone
from benchmarks.communes import FILE, pack, unpack
from benchmarks.made_up_zones import FRAME, overlapping, partition
from benchmarks.result import BenchmarkError
from benchmarks.zone_sets import ZoneSet


def test_packed_zones_come_back_corner_by_corner() -> None:
    holed = Polygon([(0, 0), (3.00001, 0), (3, 3), (0, 3)], [[(1, 1), (2, 1), (2, 2)]])
    neighbour = Polygon([(3, 3), (3.00001, 0), (5, 1.5)])
    far = MultiPolygon([box(-61.80958, -21.38936, -61, -21), box(55, 51, 55.83668, 51.08854)])
    zone_ids, geometries = unpack(pack(["a", "b", "c"], [holed, neighbour, far]))
    assert zone_ids == ["a", "b", "c"]
    assert [shapely.to_wkt(g, -1) for g in geometries] == [shapely.to_wkt(g, -1) for g in (holed, neighbour, far)]


def test_all_communes_of_france_are_in_the_packed_file() -> None:
    zone_ids, geometries = unpack(FILE.read_bytes())
    assert len(zone_ids) == 35_357
    assert zone_ids == sorted(set(zone_ids))
    assert shapely.get_num_coordinates(geometries).sum() == 2_199_045
    marseille = geometries[zone_ids.index("insee:13055")]
    assert marseille.covers(shapely.Point(5.37, 43.296))


@pytest.mark.parametrize("seed", [1, 2])
def test_made_up_partition_leaves_no_gap_and_no_overlap(seed: int) -> None:
    zones = partition(seed)
    assert len(zones) == 300
    assert shapely.coverage_is_valid(zones)
    assert shapely.union_all(zones).geom_type == "Polygon"
    west, south, east, north = FRAME
    random = np.random.default_rng(seed)
    x, y = random.uniform(west + 0.01, east - 0.01, 10_000), random.uniform(south + 0.01, north - 0.01, 10_000)
    assert (ZoneIndex.build([str(k) for k in range(300)], zones).locate(x, y) >= 0).all()


def test_made_up_overlapping_zones_overlap_and_are_valid() -> None:
    zones = overlapping(1)
    assert shapely.is_valid(zones).all()
    assert shapely.area(zones).sum() > 2 * shapely.union_all(zones).area
    assert any(isinstance(zone, MultiPolygon) for zone in zones)
    assert partition(1)[0].wkt != partition(2)[0].wkt


def test_a_difference_to_geos_stops_the_benchmark_and_names_the_point() -> None:
    zones = ZoneSet("boxes", ("a", "b"), np.array([box(0, 0, 1, 1), box(2, 0, 3, 1)], dtype=object))
    wrong = ZoneIndex.build(["a", "b"], [box(0, 0, 1, 1), box(2, 0, 3, 2)])
    x, y = np.array([0.5, 2.5]), np.array([0.5, 1.5])
    with pytest.raises(BenchmarkError, match=r"1 of 2 points differ from GEOS.*2\.5.*1\.5"):
        point_in_zone._refuse_difference(zones, wrong, x, y)
    assert point_in_zone._refuse_difference(zones, ZoneIndex.build(zones.zone_ids, list(zones.geometries)), x, y) == 2


def test_hard_points_are_corners_middles_and_the_doubles_around() -> None:
    x, y = ZoneSet("box", ("a",), np.array([box(1, 1, 2, 2)], dtype=object)).hard_points()
    places = set(zip(x.tolist(), y.tolist(), strict=True))
    assert len(places) == 9 * 8
    assert {(1.0, 1.0), (1.5, 2.0), (np.nextafter(2, 3), np.nextafter(1.5, 0))} <= places
