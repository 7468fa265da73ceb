"""Zones and points that the geo-join benchmarks share: the cities' own zones, or any GeoJSON file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from analytics.spatial import hexagons_covering
from benchmarks.result import BenchmarkError

CITIES = Path(__file__).parents[1] / "cities"
_SAN_FRANCISCO = (-122.53, 37.69, -122.34, 37.84)


@dataclass(frozen=True)
class ZoneSet:
    """Zones to search, ids in the order of the geometries."""

    label: str
    zone_ids: tuple[str, ...]
    geometries: npt.NDArray[np.object_]

    @property
    def vertex_count(self) -> int:
        """Vertices of all zones."""
        return int(shapely.get_num_coordinates(self.geometries).sum())

    def points(self, count: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Draw points as incidents lie: uniformly in the boxes of zones drawn at random."""
        random = np.random.default_rng(2024)
        boxes = shapely.bounds(self.geometries)[random.integers(0, len(self.zone_ids), count)]
        x = random.uniform(boxes[:, 0], boxes[:, 2])
        y = random.uniform(boxes[:, 1], boxes[:, 3])
        return x, y


def read_zones(path: Path) -> ZoneSet:
    """Read polygons from GeoJSON, one collection or a feature per line, gzipped or not.

    Invalid polygons are repaired (`make_valid`) for both sides alike.

    Raises:
        BenchmarkError: no such file, or no polygon in it.
    """
    if not path.is_file():
        raise BenchmarkError(f"no file {path}: expected GeoJSON with polygons; give it with --zones FILE")
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    geometries = [_areal(shape(feature["geometry"])) for feature in _features(content)]
    if not geometries:
        raise BenchmarkError(f"{path} holds no feature: expected GeoJSON with polygons")
    return _zone_set(path.name.split(".")[0], geometries)


def city_zone_sets() -> list[ZoneSet]:
    """Give the zones of the cities in the repository, and the hexagons of San Francisco."""
    sets = [read_zones(path) for path in sorted(CITIES.glob("*/zones/*.geojson*"))]
    hexagons = hexagons_covering(_SAN_FRANCISCO, 8)
    return [*sets, _zone_set("san_francisco hexagons", [hexagon.polygon for hexagon in hexagons])]


def _zone_set(label: str, geometries: list[BaseGeometry]) -> ZoneSet:
    ids = tuple(f"zone:{k:06d}" for k in range(len(geometries)))
    return ZoneSet(label, ids, np.array(geometries, dtype=object))


def _features(content: bytes) -> Iterator[dict[str, object]]:
    try:
        whole = json.loads(content)
    except json.JSONDecodeError:
        yield from (json.loads(line) for line in content.splitlines() if line.strip())
        return
    yield from whole["features"]


def _areal(geometry: BaseGeometry) -> BaseGeometry:
    if geometry.is_valid:
        return geometry
    parts = shapely.get_parts(shapely.make_valid(geometry))
    return shapely.union_all([part for part in parts if shapely.get_dimensions(part) == 2])
