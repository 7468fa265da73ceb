from __future__ import annotations

import h3
import numpy as np
import pytest
import shapely
from shapely import box

from analytics.spatial import ZoneError, ZoneIndex, h3_cells, hexagons_covering

SAN_FRANCISCO = (-122.53, 37.69, -122.34, 37.84)
BOXES = {
    "san_francisco": (SAN_FRANCISCO, 8),
    "smaller than a cell": ((5.40, 43.30, 5.4001, 43.3001), 7),
    "narrower than a cell": ((5.0, 43.30, 5.5, 43.3001), 6),
    "across an icosahedron edge": ((11.0, 57.0, 14.0, 59.0), 5),
    "southern": ((150.9, -34.1, 151.3, -33.7), 7),
    "a continent": ((-10.0, 36.0, 25.0, 60.0), 2),
}


@pytest.mark.parametrize(("bounds", "resolution"), BOXES.values(), ids=BOXES.keys())
def test_every_point_of_the_box_has_its_hexagon(bounds: tuple[float, float, float, float], resolution: int) -> None:
    hexagons = hexagons_covering(bounds, resolution)
    frame = box(*bounds)
    assert all(hexagon.polygon.intersects(frame) for hexagon in hexagons)
    index = ZoneIndex.build([h.cell_id for h in hexagons], [h.polygon for h in hexagons])
    random = np.random.default_rng(1)
    x = np.append(random.uniform(bounds[0], bounds[2], 50_000), [bounds[0], bounds[2], bounds[0], bounds[2]])
    y = np.append(random.uniform(bounds[1], bounds[3], 50_000), [bounds[1], bounds[1], bounds[3], bounds[3]])
    assert (index.locate(x, y) >= 0).all()
    named = set(index.zone_ids)
    assert set(h3_cells(x, y, resolution)) <= named


def test_hexagons_share_their_corners_so_no_gap_lies_between_them() -> None:
    polygons = [hexagon.polygon for hexagon in hexagons_covering(SAN_FRANCISCO, 8)]
    joined = shapely.union_all(polygons)
    assert joined.geom_type == "Polygon"
    assert len(joined.interiors) == 0
    corners = shapely.get_coordinates(polygons)
    assert len(np.unique(corners, axis=0)) == len(np.unique(corners.round(8), axis=0))


def test_hexagons_are_in_ascending_order_and_distinct() -> None:
    names = [hexagon.cell_id for hexagon in hexagons_covering(SAN_FRANCISCO, 7)]
    assert names == sorted(set(names))


def test_cells_equal_the_library_and_missing_places_have_none() -> None:
    x = np.array([5.4, np.nan, -122.4, np.inf, 0.0, 181.0])
    y = np.array([43.3, 43.3, 37.7, 0.0, np.nan, 0.0])
    expected = [h3.latlng_to_cell(43.3, 5.4, 9), None, h3.latlng_to_cell(37.7, -122.4, 9), None, None, None]
    assert h3_cells(x, y, 9).tolist() == expected
    assert all(len(cell) == 15 for cell in expected if cell)
    assert h3_cells([], [], 9).tolist() == []


@pytest.mark.parametrize(
    "bounds", [(2, 0, 1, 1), (0, 1, 1, 1), (170, 0, 190, 1), (0, 80, 1, 91), (float("nan"), 0, 1, 1)]
)
def test_box_that_is_empty_or_out_of_range_is_refused(bounds: tuple[float, float, float, float]) -> None:
    with pytest.raises(ZoneError, match="west, south, east, north"):
        hexagons_covering(bounds, 8)


def test_box_with_too_many_cells_is_refused_before_they_are_made() -> None:
    with pytest.raises(ZoneError, match="choose a coarser resolution"):
        hexagons_covering((-5, 42, 8, 51), 10)


@pytest.mark.parametrize("resolution", [-1, 16])
def test_resolution_out_of_range_is_refused(resolution: int) -> None:
    with pytest.raises(ValueError, match="expected 0 to 15"):
        h3_cells([0.0], [0.0], resolution)
    with pytest.raises(ValueError, match="expected 0 to 15"):
        hexagons_covering(SAN_FRANCISCO, resolution)
