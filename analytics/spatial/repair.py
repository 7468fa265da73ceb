"""Makes zones out of rings that cross or touch themselves, and says what was done where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from analytics.spatial.errors import ZoneError
from analytics.spatial.zones import area_km2

_FROM, _TO = slice(None, -1), slice(1, None)  # starts and ends of a ring's edges
_REASON = re.compile(r"(?P<problem>.+)\[(?P<x>\S+) (?P<y>\S+)\]")


@dataclass(frozen=True)
class Repair:
    """What was repaired in one zone.

    Attributes:
        zone_id: the zone.
        problem: the first fault, in the words of GEOS, such as `Self-intersection` or `Hole lies outside shell`.
        places: where, longitude and latitude in degrees: the first fault, then every corner that the repair added
            because rings cross there.
        parts: polygons the zone has now.
        area_km2: area the zone has now.
    """

    zone_id: str
    problem: str
    places: tuple[tuple[float, float], ...]
    parts: int
    area_km2: float

    def __str__(self) -> str:
        """Say it in one line."""
        longitude, latitude = self.places[0]
        more = f" and {len(self.places) - 1} more places" if len(self.places) > 1 else ""
        count = f"{self.parts} part{'s' if self.parts > 1 else ''}"
        return f"{self.zone_id}: {self.problem} at {longitude}, {latitude}{more}; now {count}, {self.area_km2:.3g} km2"


def repaired(
    zone_ids: Sequence[str], geometries: Sequence[BaseGeometry]
) -> tuple[list[BaseGeometry], tuple[Repair, ...]]:
    """Give valid outlines, those of valid zones as they came but flat, and tell what was repaired.

    Within each polygon the rings are read by the even-odd rule: a place is inside when a walk from it to far away
    crosses them an odd number of times. So a figure of eight keeps both loops, and what a ring goes around twice is
    outside. The parts of a multipolygon are read one by one and united: overlapping parts become one. Spikes
    and lines without area disappear. New corners, where edges cross, are rounded to the nearest doubles; after
    that the zone is what the repaired corners say, exactly.

    Args:
        zone_ids: one identifier per zone, for the report.
        geometries: shapely polygons or multipolygons, WGS 84 longitude, latitude.

    Returns:
        One valid polygon or multipolygon per zone, in the order given, and a report per repaired zone. Geometries that
        are missing, empty or no polygons are handed back as they are, for `check_zones` to refuse.

    Raises:
        ZoneError: a zone that encloses no area at all, or with a coordinate that is not a number.
    """
    if len(zone_ids) != len(geometries):
        raise ZoneError(f"{len(zone_ids)} zone ids and {len(geometries)} geometries: expected one of each per zone")
    outlines: list[BaseGeometry] = []
    repairs: list[Repair] = []
    for zone_id, geometry in zip(zone_ids, geometries, strict=True):
        flat = shapely.force_2d(geometry)
        if isinstance(flat, Polygon | MultiPolygon) and not flat.is_valid:
            outline = _outline(zone_id, flat)
            repairs.append(_told(zone_id, flat, outline))
            flat = outline
        outlines.append(flat)
    return outlines, tuple(repairs)


def _outline(zone_id: str, geometry: BaseGeometry) -> BaseGeometry:
    if not np.isfinite(shapely.get_coordinates(geometry)).all():
        raise ZoneError(f"zone {zone_id!r} has a coordinate that is not a number: expected degrees; repair the source")
    outline = shapely.union_all([_even_odd(part) for part in shapely.get_parts(geometry)])
    if outline.is_empty:
        raise ZoneError(
            f"zone {zone_id!r} encloses no area ({shapely.is_valid_reason(geometry)}): expected a polygon; "
            "remove the zone or give its outline"
        )
    return outline


def _even_odd(part: BaseGeometry) -> BaseGeometry:
    """Give the area that the rings of one polygon go around an odd number of times.

    GEOS' own `make_valid` follows another rule where edges lie on each other.
    """
    rings = shapely.get_rings(part)
    faces = shapely.get_parts(shapely.polygonize([shapely.union_all([LineString(ring.coords) for ring in rings])]))
    spots = shapely.get_coordinates(shapely.point_on_surface(faces))
    start, end = (np.concatenate([shapely.get_coordinates(ring)[cut] for ring in rings]) for cut in (_FROM, _TO))
    x, y = spots[:, :1], spots[:, 1:]
    crosses = (start[:, 1] > y) != (end[:, 1] > y)
    rise = np.where(start[:, 1] == end[:, 1], 1.0, end[:, 1] - start[:, 1])
    crossing_x = start[:, 0] + (y - start[:, 1]) / rise * (end[:, 0] - start[:, 0])
    return shapely.union_all(faces[(crosses & (x < crossing_x)).sum(axis=1) % 2 == 1])


def _told(zone_id: str, before: BaseGeometry, after: BaseGeometry) -> Repair:
    reason = shapely.is_valid_reason(before)
    match = _REASON.fullmatch(reason)
    first = [(float(match["x"]), float(match["y"]))] if match else []
    known = {tuple(corner) for corner in shapely.get_coordinates(before).tolist()}
    added = dict.fromkeys(tuple(corner) for corner in shapely.get_coordinates(after).tolist())
    places = dict.fromkeys([*first, *(corner for corner in added if corner not in known)])
    return Repair(
        zone_id=zone_id,
        problem=match["problem"] if match else reason,
        places=tuple((x, y) for x, y in places),
        parts=int(shapely.get_num_geometries(after)),
        area_km2=area_km2(after),
    )
