"""Points and distances of places as sources write them; total, never raising."""

from __future__ import annotations

import math
from typing import Any

from connectors.sdk.decode import number
from connectors.sdk.geometry import NOWHERE, Place

POINT_PRECISION_M = 100
_EARTH_M = 6_371_008.8


def metres_between(first: tuple[Any, Any], second: tuple[Any, Any]) -> float | None:
    """Great-circle distance of two (longitude, latitude) pairs; ``None`` when one is no pair of numbers."""
    degrees = (*first, *second)
    if not all(_is_degree(value) for value in degrees):
        return None
    west, south, east, north = map(math.radians, degrees)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def named_point(point: Any) -> Place:
    """A point as Opendatasoft writes it: ``{lon, lat}``, or latitude and longitude in a list in its first version.

    Both in a text, as in tables ("43.6, 1.4"), are read too; another text passes on for the contract to refuse.
    """
    if isinstance(point, str) and point.strip():
        latitude, comma, longitude = point.partition(",")
        return Place(number(longitude) if comma else None, number(latitude), POINT_PRECISION_M, None, None)
    if isinstance(point, dict):
        return Place(point.get("lon"), point.get("lat"), POINT_PRECISION_M, None, None)
    if isinstance(point, list) and len(point) == 2:
        return Place(point[1], point[0], POINT_PRECISION_M, None, None)
    return NOWHERE


def first_position(geometry: Any) -> Place:
    """The first position of a geometry that cannot be read, as written, for the contract to refuse."""
    while isinstance(geometry, dict) and isinstance(geometry.get("geometries"), list) and geometry["geometries"]:
        geometry = geometry["geometries"][0]
    found = geometry.get("coordinates") if isinstance(geometry, dict) else None
    while isinstance(found, list) and found and isinstance(found[0], list):
        found = found[0]
    if not isinstance(found, list) or not found:
        return NOWHERE
    return Place(found[0], found[1] if len(found) > 1 else None, POINT_PRECISION_M, None, None)


def _is_degree(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
