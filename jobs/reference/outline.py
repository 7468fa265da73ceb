"""Outlines of a city's zones: the features of its file, the levels dissolved from them, or H3 cells over its bounds."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from typing import Any

import h3
import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from analytics.spatial import Repair, repaired
from schemas.bounds import Bounds
from schemas.city import CityProfile
from schemas.errors import CityError
from schemas.zones import Zone, ZoneSource

Outline = Polygon | MultiPolygon
_EDGE_DEGREES = 0.001


@dataclass(frozen=True)
class OutlinedZone:
    """One zone with its outline in WGS 84 longitude, latitude, and what was repaired in it."""

    zone: Zone
    outline: Any
    repair: Repair | None = None


def outlined_zones(city: CityProfile) -> tuple[OutlinedZone, ...]:
    """Return every zone of the city, the finest level first, in the order of their identifiers within a level.

    Raises:
        CityError: the zone file cannot be read, or two features have one identifier.
    """
    finest = _hexagons(city.zones, city.bounds) if city.zones.kind == "h3" else _features(city.zones)
    levels: dict[int, dict[str, tuple[Zone, list[Any]]]] = {}
    for properties, one in finest:
        for depth, zone in enumerate(city.zones.ancestors(properties)):
            levels.setdefault(depth, {}).setdefault(zone.zone_id, (zone, []))[1].append(one.outline)
    dissolved = [
        OutlinedZone(zone, shapely.union_all(parts))
        for _, level in sorted(levels.items())
        for _, (zone, parts) in sorted(level.items())
    ]
    ordered = sorted((one for _, one in finest), key=lambda one: one.zone.zone_id)
    return (*ordered, *dissolved)


def _features(source: ZoneSource) -> list[tuple[dict[str, object], OutlinedZone]]:
    """Read the features of the city's GeoJSON file; a self-crossing outline is repaired and told, not dropped."""
    assert source.path is not None
    try:
        content = source.path.read_bytes()
        text = gzip.decompress(content) if source.path.suffix == ".gz" else content
        features = json.loads(text)["features"]
    except (OSError, ValueError, KeyError) as error:
        raise CityError(f"the zone file cannot be read: {error}; expected GeoJSON features", source.path) from error
    zones: list[Zone] = []
    seen: set[str] = set()
    for feature in features:
        zone = source.zone(feature["properties"])
        if zone.zone_id in seen:
            problem = f"two features have the identifier {zone.zone_id}; add a property to `id_properties`"
            raise CityError(problem, source.path)
        seen.add(zone.zone_id)
        zones.append(zone)
    shapes = [shape(feature["geometry"]) for feature in features]
    outlines, repairs = repaired([zone.zone_id for zone in zones], shapes)
    by_zone = {repair.zone_id: repair for repair in repairs}
    outlined = [
        OutlinedZone(zone, outline, by_zone.get(zone.zone_id))
        for zone, outline in zip(zones, outlines, strict=True)
    ]
    return [(feature["properties"], one) for feature, one in zip(features, outlined, strict=True)]


def _hexagons(source: ZoneSource, bounds: Bounds) -> list[tuple[dict[str, object], OutlinedZone]]:
    """Cover the bounds with H3 cells, so that no position that passes the rules is without one."""
    assert source.resolution is not None
    west, east = bounds.west - _EDGE_DEGREES, bounds.east + _EDGE_DEGREES
    south, north = bounds.south - _EDGE_DEGREES, bounds.north + _EDGE_DEGREES
    box = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    cells = sorted(h3.h3shape_to_cells_experimental(box, source.resolution, contain="overlap"))
    return [
        (
            {},
            OutlinedZone(
                Zone(source.zone_id(cell), cell, source.level_code, None),
                Polygon([(longitude, latitude) for latitude, longitude in h3.cell_to_boundary(cell)]),
            ),
        )
        for cell in cells
    ]
