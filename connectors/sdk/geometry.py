"""Geometries of GeoJSON features as the rows need them: in WGS 84, as text, with a point inside and an extent."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import pyproj
import shapely
import shapely.geometry
from shapely.errors import ShapelyError

from connectors.sdk.formats.geojson import CRS
from connectors.sdk.projection import is_wgs84, wgs84

_ELLIPSOID = pyproj.Geod(ellps="WGS84")
_POINT_DIGITS = 7


@dataclass(frozen=True)
class Place:
    """Where a feature lies, in WGS 84 degrees: a point on or in it, and how far its farthest vertex is from there."""

    longitude: object
    latitude: object
    radius_m: float | None
    length_m: float | None
    geojson: str | None


NOWHERE = Place(None, None, None, None, None)


def place_of(feature: Mapping[str, Any], default_crs: str = "") -> Place:
    """Place of a GeoJSON feature; total: what is no geometry is nowhere, and the contract refuses the row.

    Args:
        feature: as ``GeoJsonFormat`` gives it, with the document's ``crs`` when it declares one.
        default_crs: coordinate system of documents that declare none.
    """
    try:
        geometry = _in_wgs84(feature.get("geometry"), str(feature.get(CRS) or default_crs))
        shape = shapely.geometry.shape(geometry)
        if shape.is_empty or not np.isfinite(shapely.get_coordinates(shape)).all():
            return NOWHERE
        if shape.has_z:
            shape = shapely.force_2d(shape)
            geometry = shapely.geometry.mapping(shape)
        x, y = shape.representative_point().coords[0]
        members = ("type", "geometries" if geometry["type"] == "GeometryCollection" else "coordinates")
        text = orjson.dumps({member: geometry[member] for member in members}).decode()
        return Place(round(x, _POINT_DIGITS), round(y, _POINT_DIGITS), _radius(shape, x, y), _length(shape), text)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, ShapelyError):
        return NOWHERE


def _radius(shape: Any, x: float, y: float) -> float:
    """Distance on the ellipsoid to the vertex that is farthest on the local plane."""
    corners = shapely.get_coordinates(shape)
    east, north = (corners[:, 0] - x) * math.cos(math.radians(y)), corners[:, 1] - y
    farthest = corners[int((east * east + north * north).argmax())]
    return round(float(_ELLIPSOID.inv(x, y, farthest[0], farthest[1])[2]), 1)


def _length(shape: Any) -> float | None:
    is_line = shape.geom_type in ("LineString", "MultiLineString")
    return round(float(_ELLIPSOID.geometry_length(shape)), 1) if is_line else None


def _in_wgs84(geometry: Any, crs: str) -> Any:
    if is_wgs84(crs):
        return geometry
    if "geometries" in geometry:
        return {**geometry, "geometries": [_in_wgs84(each, crs) for each in geometry["geometries"]]}
    return {**geometry, "coordinates": _moved(geometry["coordinates"], crs)}


def _moved(coordinates: Any, crs: str) -> Any:
    if isinstance(coordinates[0], list):
        return [_moved(inner, crs) for inner in coordinates]
    return list(wgs84(coordinates[0], coordinates[1], crs))
