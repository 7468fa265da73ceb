"""Positions of other coordinate systems as WGS 84 degrees: Lambert-93, Lambert II étendu, UTM and their like."""

from __future__ import annotations

import math
import re
from functools import lru_cache

import pyproj

from connectors.sdk.decode import number

_DIGITS = 7
"""Decimals kept of a degree: about a centimetre, finer than any projected source."""


def wgs84(x: object, y: object, crs: str) -> tuple[object, object]:
    """Longitude and latitude in degrees of a position of ``crs`` (``EPSG:2154``), easting or longitude first.

    Total: a missing or unreadable number gives both values unchanged, as does a position outside the projection; the
    contract then refuses the row and shows what the source wrote.

    Raises:
        pyproj.exceptions.CRSError: ``crs`` names no coordinate system; judge the setting when the connector is made.
    """
    east, north = number(x), number(y)
    if not isinstance(east, int | float) or not isinstance(north, int | float):
        return east, north
    if is_wgs84(crs):
        return east, north
    longitude, latitude = _transformer(crs).transform(east, north)
    if not (math.isfinite(longitude) and math.isfinite(latitude)):
        return east, north
    return round(longitude, _DIGITS), round(latitude, _DIGITS)


@lru_cache(maxsize=32)
def is_wgs84(crs: str) -> bool:
    """Whether positions of ``crs`` are WGS 84 degrees already; GeoJSON writes longitude first whatever it declares."""
    name = crs.upper().replace("URN:OGC:DEF:CRS:", "").replace("::", ":")
    name = name.replace("HTTP://WWW.OPENGIS.NET/GML/SRS/EPSG.XML#", "EPSG:")
    return name in {"EPSG:4326", "OGC:CRS84", "OGC:1.3:CRS84", "CRS84", ""}


@lru_cache(maxsize=32)
def _transformer(crs: str) -> pyproj.Transformer:
    name = re.sub(r"^http://www\.opengis\.net/gml/srs/epsg\.xml#", "EPSG:", crs)  # GML 2, as GeoServer writes it too
    return pyproj.Transformer.from_crs(pyproj.CRS.from_user_input(name), "EPSG:4326", always_xy=True)
