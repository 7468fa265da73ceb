from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Point
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from analytics.spatial import ZoneIndex, dissolve
from tests.analytics.spatial.zone_cases import Doubles, covers_in_rationals, verdict_of_geos

CITIES = Path(__file__).parents[3] / "cities"
FILES = sorted(CITIES.glob("*/zones/*.geojson*"))


def read(path: Path) -> list[dict[str, dict[str, str]]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    features: list[dict[str, dict[str, str]]] = json.loads(content)["features"]
    return features


def test_the_cities_with_polygons_are_here() -> None:
    assert {path.parts[-3] for path in FILES} >= {"lancashire", "lyon", "marseille"}


def beside(places: Doubles) -> tuple[Doubles, Doubles]:
    """Give places and the eight doubles around each, one step away in x, y or both."""
    steps = [(np.nextafter(v, -np.inf), v, np.nextafter(v, np.inf)) for v in (places[:, 0], places[:, 1])]
    pairs = [(x, y) for x in steps[0] for y in steps[1]]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_every_vertex_and_edge_middle_and_the_doubles_around_get_the_verdict_of_geos(path: Path) -> None:
    zones = [shape(feature["geometry"]) for feature in read(path)]
    corners = np.unique(shapely.get_coordinates(np.array(zones, dtype=object)), axis=0)
    index = ZoneIndex.build([f"zone:{k:03d}" for k in range(len(zones))], zones)
    assert (index.locate(corners[:, 0], corners[:, 1]) >= 0).all()
    x, y = beside(np.unique(np.vstack([corners, middles_of(zones)]), axis=0))
    covering, points = shapely.STRtree(shapely.points(x, y)).query(zones, predicate="intersects")
    expected = np.full(len(x), len(zones))
    np.minimum.at(expected, points, covering)
    np.testing.assert_array_equal(index.locate(x, y), np.where(expected == len(zones), -1, expected))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_points_at_borders_get_the_verdict_of_rational_arithmetic(path: Path) -> None:
    zones = [shape(feature["geometry"]) for feature in read(path)]
    index = ZoneIndex.build([f"zone:{k:03d}" for k in range(len(zones))], zones)
    corners = shapely.get_coordinates(np.array(zones, dtype=object))
    chosen = np.random.default_rng(11).choice(len(corners), 4, replace=False)
    x, y = beside(np.vstack([corners[chosen], middles_of(zones)[chosen]]))
    found = index.locate(x, y)
    for px, py, verdict in zip(x.tolist(), y.tolist(), found.tolist(), strict=True):
        near = [k for k in range(len(zones)) if zones[k].distance(Point(px, py)) < 1e-9]
        assert verdict == next((k for k in near if covers_in_rationals(zones[k], px, py)), -1)


def middles_of(zones: list[BaseGeometry]) -> Doubles:
    corners, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(zones)), return_index=True)
    is_edge = ring[1:] == ring[:-1]
    return (corners[:-1][is_edge] + corners[1:][is_edge]) / 2


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_random_points_get_the_verdict_of_geos(path: Path) -> None:
    zones = [shape(feature["geometry"]) for feature in read(path)]
    west, south, east, north = shapely.total_bounds(np.array(zones, dtype=object))
    random = np.random.default_rng(7)
    x, y = random.uniform(west, east, 5_000), random.uniform(south, north, 5_000)
    index = ZoneIndex.build([f"zone:{k:03d}" for k in range(len(zones))], zones, cells_per_side=128)
    np.testing.assert_array_equal(index.locate(x, y), verdict_of_geos(zones, x, y))


def test_quartiers_of_marseille_dissolve_into_their_16_arrondissements() -> None:
    features = read(next(path for path in FILES if path.parts[-3] == "marseille"))
    quartiers = [shape(feature["geometry"]) for feature in features]
    arrondissements = dissolve(quartiers, [feature["properties"]["depco"] for feature in features])
    assert list(arrondissements) == [f"132{k:02d}" for k in range(1, 17)]
    assert all(zone.is_valid for zone in arrondissements.values())
    assert sum(zone.area for zone in arrondissements.values()) == pytest.approx(sum(q.area for q in quartiers), 1e-6)
