"""Positions of mapped sources: out of a GeoJSON geometry, and out of a national projection."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.errors import ShapelyError
from shapely.geometry import shape

PLACE_NAMES = ("@longitude", "@latitude")
"""Names under which a GeoJSON feature gives its position: its point, or a point inside its line or area."""
DEGREE_DIGITS = 7
"""Digits kept of a converted degree: about a centimetre."""
Convert = Callable[[object, object], tuple[object, object]]


class UnknownProjection(ValueError):
    """The code is not in the register of EPSG."""


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


def projection(code: str) -> Convert:
    """From a projection's coordinates to WGS 84 longitude and latitude.

    Numbers outside the projection's area of use become texts that say so, for the contract to refuse: degrees read
    as metres would else land in the sea, unnoticed where no city's bounds are judged.

    Raises:
        UnknownProjection: no such code.
    """
    try:
        crs = CRS.from_user_input(code)
        transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise UnknownProjection(str(error)) from None
    west, south, east, north = crs.area_of_use.bounds if crs.area_of_use else (-180.0, -90.0, 180.0, 90.0)

    def convert(x: object, y: object) -> tuple[object, object]:
        if not (isinstance(x, int | float) and isinstance(y, int | float)):
            return x, y
        longitude, latitude = transformer.transform(float(x), float(y))
        if not (math.isfinite(longitude) and west <= longitude <= east and south <= latitude <= north):
            return f"{x} outside {code}", f"{y} outside {code}"
        return round(longitude, DEGREE_DIGITS), round(latitude, DEGREE_DIGITS)

    return convert
