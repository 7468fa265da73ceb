"""`reference.zone` and `reference.zone_part`: the city's map of zones, made from its profile."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import shapely
from pyproj import Geod
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from shapely.geometry.base import BaseGeometry

from analytics.spatial.repair import Repair
from analytics.spatial.zone_index import ZoneIndex
from jobs.reference.outline import OutlinedZone, outlined_zones
from jobs.sdk.spatial import HexagonZones, PolygonZones, Zones
from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake
from schemas.city import CityProfile
from schemas.contract import load

ZONE = "reference.zone"
ZONE_PART = "reference.zone_part"
SIMPLIFICATION_DEGREES = 0.0004
_DECIMALS = 5
_ELLIPSOID = Geod(ellps="WGS84")


def zones_of(city: CityProfile) -> Zones:
    """Return what finds the zone of a point: the finest level of the profile, which indicators are counted by."""
    level = [one for one in outlined_zones(city) if one.zone.level_code == city.zones.level_code]
    return _finder(city, [one.zone.zone_id for one in level], [one.outline for one in level])


def zones_in(reference_zone: DataFrame, city: CityProfile) -> Zones | None:
    """Return what finds the zone of a point, from the zones a lake has; None when it has none with an outline."""
    level = reference_zone.where((f.col("level_code") == city.zones.level_code) & f.col("geometry_wkb").isNotNull())
    rows = level.select("zone_id", "geometry_wkb").collect()
    if not rows:
        return None
    return _finder(city, [row[0] for row in rows], list(shapely.from_wkb([bytes(row[1]) for row in rows])))


def _finder(city: CityProfile, zone_ids: Sequence[str], outlines: Sequence[BaseGeometry]) -> Zones:
    if city.zones.kind == "h3":
        assert city.zones.resolution is not None
        return HexagonZones(city.zones.resolution, city.zones.issuer, frozenset(zone_ids))
    return PolygonZones(ZoneIndex.build(zone_ids, outlines))


def write_zones(lake: Lake, city: CityProfile) -> tuple[Repair, ...]:
    """Bring both zone tables to what the profile says and tell what was repaired; equal rows are not written."""
    zones = outlined_zones(city)
    for name, rows in ((ZONE, zone_rows(zones, city)), (ZONE_PART, part_rows(zones, city))):
        contract = load(name)
        if not lake.exists(name) or _stored(lake, name) != {_plain(row) for row in rows}:
            frame = lake.session.createDataFrame(rows, struct_of(contract))
            lake.replace(frame.coalesce(1), contract)
    return tuple(one.repair for one in zones if one.repair is not None)


def zone_rows(zones: Sequence[OutlinedZone], city: CityProfile) -> list[tuple[Any, ...]]:
    """Return the rows of `reference.zone`; the centre is a point inside the zone, the area ellipsoidal."""
    population = city.zones.population
    rows = []
    for one in zones:
        inside = shapely.point_on_surface(one.outline)
        people = population.get(one.zone.zone_id)
        rows.append(
            (
                one.zone.zone_id,
                one.zone.zone_name,
                one.zone.level_code,
                one.zone.parent_zone_id,
                city.city_id,
                float(inside.x),
                float(inside.y),
                abs(_ELLIPSOID.geometry_area_perimeter(one.outline)[0]) / 1e6,
                bytearray(shapely.to_wkb(one.outline)),
                people.count if people else None,
                people.year if people else None,
                people.source if people else None,
            )
        )
    return rows


def part_rows(zones: Sequence[OutlinedZone], city: CityProfile) -> list[tuple[Any, ...]]:
    """Return the rows of `reference.zone_part`: outer rings, simplified so that neighbours keep a common border."""
    rows: list[tuple[Any, ...]] = []
    for level in dict.fromkeys(one.zone.level_code for one in zones):
        mine = [one for one in zones if one.zone.level_code == level]
        outlines = [one.outline for one in mine]
        if city.zones.kind != "h3":
            outlines = list(shapely.coverage_simplify(outlines, SIMPLIFICATION_DEGREES))
        for one, outline in zip(mine, outlines, strict=True):
            parts = [part for part in shapely.get_parts(outline) if not part.is_empty]
            for number, part in enumerate(sorted(parts, key=lambda p: -p.area)):
                ring = [[round(x, _DECIMALS), round(y, _DECIMALS)] for x, y in part.exterior.coords]
                text = json.dumps(ring, separators=(",", ":"))
                rows.append((one.zone.zone_id, number, text, city.city_id))
    return rows


def _stored(lake: Lake, name: str) -> set[tuple[Any, ...]]:
    return {_plain(tuple(row)) for row in lake.read(name).select(*load(name).column_names).collect()}


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(bytes(value) if isinstance(value, bytearray) else value for value in row)
