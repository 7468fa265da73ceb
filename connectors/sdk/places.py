"""Distances between positions as sources write them; total, never raising."""

from __future__ import annotations

import math
from typing import Any

_EARTH_M = 6_371_008.8


def metres_between(first: tuple[Any, Any], second: tuple[Any, Any]) -> float | None:
    """Great-circle distance of two (longitude, latitude) pairs; ``None`` when one is no pair of numbers."""
    degrees = (*first, *second)
    if not all(_is_degree(value) for value in degrees):
        return None
    west, south, east, north = map(math.radians, degrees)
    half = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin((east - west) / 2) ** 2
    return 2 * _EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _is_degree(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
