"""Zones and points that the geo-join benchmarks share: made-up, communes, the cities' own, or any GeoJSON file."""

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

from analytics.spatial import hexagons_covering, repaired
from benchmarks.communes import FILE as COMMUNES
from benchmarks.communes import unpack
from benchmarks.made_up_zones import overlapping, partition
from benchmarks.result import BenchmarkError

Doubles = npt.NDArray[np.float64]
CITIES = Path(__file__).parents[1] / "cities"
_SAN_FRANCISCO = (-122.53, 37.69, -122.34, 37.84)


@dataclass(frozen=True)
class ZoneSet:
    """Zones to search: ascending ids, in the order of the geometries, which are valid."""

    label: str
    zone_ids: tuple[str, ...]
    geometries: npt.NDArray[np.object_]

    @property
    def vertex_count(self) -> int:
        """Vertices of all zones."""
        return int(shapely.get_num_coordinates(self.geometries).sum())

    def points(self, count: int, seed: int) -> tuple[Doubles, Doubles]:
        """Draw points as incidents lie: uniformly in the boxes of zones drawn at random."""
        random = np.random.default_rng(seed)
        boxes = shapely.bounds(self.geometries)[random.integers(0, len(self.zone_ids), count)]
        x = random.uniform(boxes[:, 0], boxes[:, 2])
        y = random.uniform(boxes[:, 1], boxes[:, 3])
        return x, y

    def hard_points(self) -> tuple[Doubles, Doubles]:
        """Give all vertices and edge middles, and the eight doubles around each, one step away in x, y or both."""
        rings = shapely.get_rings(shapely.get_parts(self.geometries))
        corners, ring = shapely.get_coordinates(rings, return_index=True)
        is_edge = ring[1:] == ring[:-1]
        middles = (corners[:-1][is_edge] + corners[1:][is_edge]) / 2
        places = np.unique(np.vstack([corners, middles]), axis=0)
        steps = [(np.nextafter(v, -np.inf), v, np.nextafter(v, np.inf)) for v in (places[:, 0], places[:, 1])]
        pairs = [(x, y) for x in steps[0] for y in steps[1]]
        return np.concatenate([x for x, _ in pairs]), np.concatenate([y for _, y in pairs])


def read_zones(path: Path) -> ZoneSet:
    """Read polygons from GeoJSON, one collection or a feature per line, gzipped or not.

    Invalid polygons are repaired for all sides alike.

    Raises:
        BenchmarkError: no such file, or no polygon in it.
    """
    if not path.is_file():
        raise BenchmarkError(f"no file {path}: expected GeoJSON with polygons; give it with --zones FILE")
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    geometries = [shape(feature["geometry"]) for feature in _features(content)]
    if not geometries:
        raise BenchmarkError(f"{path} holds no feature: expected GeoJSON with polygons")
    return _numbered(path.name.split(".")[0], geometries)


def all_zone_sets(seed: int) -> list[ZoneSet]:
    """Give 300 made-up zones apart and 300 overlapping, the communes of France, the cities' zones, and hexagons."""
    communes = ZoneSet("communes of France", *_valid(*unpack(COMMUNES.read_bytes())))
    made_up = [_numbered("made-up partition", partition(seed)), _numbered("made-up overlapping", overlapping(seed))]
    cities = [read_zones(path) for path in sorted(CITIES.glob("*/zones/*.geojson*"))]
    hexagons = hexagons_covering(_SAN_FRANCISCO, 8)
    return [
        *made_up, communes, *cities, _numbered("san_francisco hexagons", [hexagon.polygon for hexagon in hexagons])
    ]  # fmt: skip


def _numbered(label: str, geometries: list[BaseGeometry]) -> ZoneSet:
    ids = [f"zone:{k:06d}" for k in range(len(geometries))]
    return ZoneSet(label, *_valid(ids, geometries))


def _valid(zone_ids: list[str], geometries: list[BaseGeometry]) -> tuple[tuple[str, ...], npt.NDArray[np.object_]]:
    outlines, _ = repaired(zone_ids, geometries)
    return tuple(zone_ids), np.array(outlines, dtype=object)


def _features(content: bytes) -> Iterator[dict[str, object]]:
    try:
        whole = json.loads(content)
    except json.JSONDecodeError:
        yield from (json.loads(line) for line in content.splitlines() if line.strip())
        return
    yield from whole["features"]
