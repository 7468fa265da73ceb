"""Positions of other coordinate systems as WGS 84 degrees: Lambert-93, Lambert II étendu, UTM and their like."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import pyproj
from pyproj.exceptions import CRSError

from connectors.sdk.decode import number

DEGREE_DIGITS = 7
"""Decimals kept of a degree: about a centimetre, finer than any projected source."""
GML_2 = "http://www.opengis.net/gml/srs/epsg.xml#"
"""How GML 2 writes a system of the register, and GeoServer to this day."""
_MARGIN = 2.0
"""Degrees around an area of use that count as inside: Corsica is told in Lambert II étendu, made for the mainland."""
Degrees = Callable[[float, float], tuple[float, float] | None]


class UnknownProjection(ValueError):
    """A text names no coordinate system."""


@lru_cache(maxsize=64)
def degrees(crs: str, *, own_axes: bool = False) -> Degrees:
    """From a position of a coordinate system to longitude and latitude; nothing far outside of its area of use.

    Degrees read as metres, exchanged axes or centimetres would else land in the sea, unnoticed.

    Args:
        crs: what the register or OGC call it (``EPSG:2154``, ``urn:ogc:def:crs:EPSG::2154``).
        own_axes: positions come in the axis order of the register (latitude first in EPSG:4326) instead of easting or
            longitude first.

    Raises:
        UnknownProjection: ``crs`` names no coordinate system.
    """
    try:
        known = pyproj.CRS.from_user_input(crs.replace(GML_2, "EPSG:"))
        transform = pyproj.Transformer.from_crs(known, "EPSG:4326", always_xy=not own_axes).transform
    except CRSError as error:
        raise UnknownProjection(str(error)) from None
    west, south, east, north = known.area_of_use.bounds if known.area_of_use else (-180.0, -90.0, 180.0, 90.0)

    def convert(first: float, second: float) -> tuple[float, float] | None:
        longitude, latitude = transform(first, second)
        if own_axes:
            longitude, latitude = latitude, longitude
        holds = math.isfinite(longitude) and south - _MARGIN <= latitude <= north + _MARGIN
        if west <= east:
            holds = holds and west - _MARGIN <= longitude <= east + _MARGIN
        else:  # across the date line
            holds = holds and (longitude >= west - _MARGIN or longitude <= east + _MARGIN)
        return (round(longitude, DEGREE_DIGITS), round(latitude, DEGREE_DIGITS)) if holds else None

    return convert


def wgs84(x: object, y: object, crs: str) -> tuple[object, object]:
    """Longitude and latitude in degrees of a position of ``crs`` (``EPSG:2154``), easting or longitude first.

    Total: a missing or unreadable number gives both values unchanged; a position outside the system's area of use, or
    of a system nobody knows, becomes text that says so. The contract then refuses the row and shows what was written.
    """
    east, north = number(x), number(y)
    if not isinstance(east, int | float) or not isinstance(north, int | float):
        return east, north
    if is_wgs84(crs):
        return east, north
    try:
        found = degrees(crs)(east, north)
    except UnknownProjection:
        return f"{east} of unknown system {crs[:100]}", f"{north} of unknown system {crs[:100]}"
    return found or (f"{east} outside {crs}", f"{north} outside {crs}")


@lru_cache(maxsize=32)
def is_wgs84(crs: str) -> bool:
    """Whether positions of ``crs`` are WGS 84 degrees already; GeoJSON writes longitude first whatever it declares."""
    name = crs.upper().replace("URN:OGC:DEF:CRS:", "").replace("::", ":")
    name = name.replace(GML_2.upper(), "EPSG:")
    return name in {"EPSG:4326", "OGC:CRS84", "OGC:1.3:CRS84", "CRS84", ""}
