from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import shape

from analytics.spatial import ZoneIndex, dissolve
from tests.analytics.spatial.zone_cases import verdict_of_geos

CITIES = Path(__file__).parents[3] / "cities"
FILES = sorted(CITIES.glob("*/zones/*.geojson*"))


def read(path: Path) -> list[dict[str, dict[str, str]]]:
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    features: list[dict[str, dict[str, str]]] = json.loads(content)["features"]
    return features


def test_both_cities_with_polygons_are_here() -> None:
    assert {path.parts[-3] for path in FILES} >= {"lancashire", "marseille"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parts[-3])
def test_every_vertex_and_edge_middle_gets_the_verdict_of_geos(path: Path) -> None:
    zones = [shape(feature["geometry"]) for feature in read(path)]
    corners = shapely.get_coordinates(np.array(zones, dtype=object))
    every = np.vstack([corners, (corners[1:] + corners[:-1]) / 2])
    x, y = every[:, 0].copy(), every[:, 1].copy()
    index = ZoneIndex.build([f"zone:{k:03d}" for k in range(len(zones))], zones)
    found = index.locate(x, y)
    assert (found[: len(corners)] >= 0).all()
    tree = shapely.STRtree(zones)
    points, covering = tree.query(shapely.points(x, y), predicate="intersects")
    expected = np.full(len(x), len(zones))
    np.minimum.at(expected, points, covering)
    np.testing.assert_array_equal(found, np.where(expected == len(zones), -1, expected))


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
