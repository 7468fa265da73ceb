"""One point and a radius for a place that a source gives as a line or a surface; total, never raising."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

_EARTH_M = 6_371_008.8
_MAX_DEPTH = 6


class Spot(NamedTuple):
    """A point and the radius in metres within which the whole place lies; all ``None`` when there is no place."""

    longitude: float | None
    latitude: float | None
    radius_m: float | None


NOWHERE = Spot(None, None, None)


def metres_between(first: tuple[Any, Any], second: tuple[Any, Any]) -> float | None:
    """Great-circle distance of two (longitude, latitude) pairs; ``None`` when one is no pair of numbers."""
    degrees = (*first, *second)
    if not all(_is_degree(value) for value in degrees):
        return None
    west, south, east, north = map(math.radians, degrees)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def middle(geometry: Any, least_m: float = 10.0) -> Spot:
    """The middle of a GeoJSON geometry's bounding box and half its diagonal, at least ``least_m``.

    A ``Feature`` is read as its geometry. Rings may be open and a line may have one point. What is no geometry of
    numbers is ``NOWHERE``.
    """
    points = [*_points(geometry, 0)]
    if not points:
        return NOWHERE
    longitudes, latitudes = [point[0] for point in points], [point[1] for point in points]
    west, east, south, north = min(longitudes), max(longitudes), min(latitudes), max(latitudes)
    across = metres_between((west, south), (east, north)) or 0.0
    return Spot(
        round((west + east) / 2, 7),
        round((south + north) / 2, 7),
        round(max(least_m, across / 2), 1),
    )


def _points(value: Any, depth: int) -> Iterator[tuple[float, float]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        inner = value.get("geometry", value.get("geometries", value.get("coordinates")))
        yield from _points(inner, depth + 1)
    elif isinstance(value, list):
        if len(value) >= 2 and _is_degree(value[0]) and _is_degree(value[1]):
            yield value[0], value[1]
        else:
            for item in value:
                yield from _points(item, depth + 1)


def _is_degree(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
