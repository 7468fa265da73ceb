"""Positions of mapped sources out of a GeoJSON geometry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shapely.errors import ShapelyError
from shapely.geometry import shape

from connectors.sdk.projection import DEGREE_DIGITS

PLACE_NAMES = ("@longitude", "@latitude")
"""Names under which a GeoJSON feature gives its position: its point, or a point inside its line or area."""


def position(feature: Mapping[str, Any], name: str) -> object:
    """One coordinate of a feature; ``None`` without a geometry, the geometry's text when it cannot be read."""
    geometry = feature.get("geometry")
    if geometry is None:
        return None
    axis = PLACE_NAMES.index(name)
    try:
        if geometry["type"] == "Point":
            return geometry["coordinates"][axis]
        inside = shape(geometry).representative_point()
        return round((inside.x, inside.y)[axis], DEGREE_DIGITS)
    except (KeyError, TypeError, IndexError, ValueError, AttributeError, ShapelyError) as error:
        return f"{type(error).__name__} in geometry {str(geometry)[:100]}"
