"""What zones must be, and what maps and tables need from them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from pyproj import Geod
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from analytics.spatial.errors import ZoneError

_EARTH = Geod(ellps="WGS84")
_KM2 = 1e-6

Ring = tuple[tuple[float, float], ...]


def check_zones(zone_ids: Sequence[str], geometries: Sequence[BaseGeometry]) -> None:
    """Refuse zones that no verdict can be given on.

    Args:
        zone_ids: one identifier per zone.
        geometries: shapely geometries, WGS 84 longitude, latitude.

    Raises:
        ZoneError: naming the first zone at fault, what was found and what to do.
    """
    if len(zone_ids) != len(geometries):
        raise ZoneError(f"{len(zone_ids)} zone ids and {len(geometries)} geometries: expected one of each per zone")
    if not zone_ids:
        raise ZoneError("no zone given: expected at least one; check the city's zone file")
    seen: set[str] = set()
    for zone_id, geometry in zip(zone_ids, geometries, strict=True):
        if zone_id in seen:
            raise ZoneError(f"zone {zone_id!r} is given twice: expected distinct ids; dissolve its parts or rename one")
        seen.add(zone_id)
        _check_zone(zone_id, geometry)


def _check_zone(zone_id: str, geometry: BaseGeometry) -> None:
    if geometry is None or geometry.is_empty:
        raise ZoneError(f"zone {zone_id!r} has no geometry: expected a polygon; remove the zone or give its outline")
    if not isinstance(geometry, Polygon | MultiPolygon):
        raise ZoneError(
            f"zone {zone_id!r} is a {geometry.geom_type}: expected Polygon or MultiPolygon; keep its areal parts only"
        )
    if not geometry.is_valid:
        raise ZoneError(
            f"zone {zone_id!r} is not a valid polygon ({shapely.is_valid_reason(geometry)}): repair the source, "
            "or pass the zones through analytics.spatial.repaired and look at its report"
        )
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise ZoneError(
            f"zone {zone_id!r} spans {west}..{east} east, {south}..{north} north: expected degrees within "
            "-180..180 and -90..90; reproject it to WGS 84, and cut a zone that crosses the antimeridian in two at 180"
        )
    for ring in shapely.get_rings(shapely.get_parts(geometry)):
        steps = np.abs(np.diff(shapely.get_coordinates(ring)[:, 0]))
        if steps.max() > 180:
            raise ZoneError(
                f"zone {zone_id!r} has an edge {steps.max():.3f} degrees of longitude long, so it seems to cross the "
                "antimeridian, which is not supported: cut it in two at 180"
            )


def dissolve(geometries: Sequence[BaseGeometry], parents: Sequence[str]) -> dict[str, BaseGeometry]:
    """Merge zones into their parents (quartiers into arrondissements), parents in ascending order.

    Args:
        geometries: valid polygons or multipolygons.
        parents: the parent of each.

    Returns:
        One polygon or multipolygon per parent: the exact union, borders between its parts removed.

    Raises:
        ZoneError: the two lists differ in length.
    """
    if len(geometries) != len(parents):
        raise ZoneError(f"{len(geometries)} geometries and {len(parents)} parents: expected one parent per geometry")
    members: dict[str, list[BaseGeometry]] = {}
    for geometry, parent in zip(geometries, parents, strict=True):
        members.setdefault(parent, []).append(geometry)
    return {parent: shapely.union_all(members[parent]) for parent in sorted(members)}


def map_rings(geometry: BaseGeometry, tolerance: float = 1e-4, digits: int = 6) -> tuple[Ring, ...]:
    """Give the outer rings of a zone, simplified for a web map, largest first; holes are left out.

    Args:
        geometry: polygon or multipolygon.
        tolerance: how far the drawn line may leave the true one, degrees (1e-4 is about 11 m); topology of
            each ring is kept.
        digits: decimals of a degree kept.

    Returns:
        Closed rings of (longitude, latitude), one per outer ring. A drawing, never for a verdict.
    """
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon)]
    parts.sort(key=lambda part: -part.area)
    rings = []
    for part in parts:
        outline = shapely.simplify(Polygon(part.exterior), tolerance, preserve_topology=True)
        points = shapely.get_coordinates(outline.exterior).round(digits)
        rings.append(tuple((float(x), float(y)) for x, y in points))
    return tuple(rings)


def area_km2(geometry: BaseGeometry) -> float:
    """Give the area on the WGS 84 ellipsoid, km2, edges taken as geodesics (Karney 2013, by pyproj)."""
    oriented = [shapely.geometry.polygon.orient(part) for part in shapely.get_parts(geometry)]
    return float(sum(_EARTH.geometry_area_perimeter(part)[0] for part in oriented) * _KM2)


def centroid(geometry: BaseGeometry) -> tuple[float, float]:
    """Give the centre of gravity (longitude, latitude); it may lie outside a curved zone."""
    point = shapely.centroid(geometry)
    return float(point.x), float(point.y)


def representative_point(geometry: BaseGeometry) -> tuple[float, float]:
    """Give a point (longitude, latitude) that the zone covers, for labels."""
    point = shapely.point_on_surface(geometry)
    return float(point.x), float(point.y)
