"""Geometries of GeoJSON features as the rows need them: in WGS 84, as text, with a point inside and an extent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
        shape = shapely.geometry.shape(_in_wgs84(feature.get("geometry"), str(feature.get(CRS) or default_crs)))
        shape = shapely.force_2d(shape)
        if shape.is_empty:
            return NOWHERE
        # a ring that crosses itself has no inside; its outline still says where it is
        inside = shape.representative_point() if shape.is_valid else shape.centroid
        longitude, latitude = round(inside.x, _POINT_DIGITS), round(inside.y, _POINT_DIGITS)
        corners = shapely.get_coordinates(shape)
        starts = [inside.x] * len(corners), [inside.y] * len(corners)
        _, _, distances = _ELLIPSOID.inv(*starts, corners[:, 0], corners[:, 1])
        text = orjson.dumps(shapely.geometry.mapping(shape)).decode()
        return Place(longitude, latitude, round(float(max(distances)), 1), _length(shape), text)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, ShapelyError):
        return NOWHERE


def _length(shape: Any) -> float | None:
    is_line = shape.geom_type in ("LineString", "MultiLineString")
    return round(float(_ELLIPSOID.geometry_length(shape)), 1) if is_line else None


def _in_wgs84(geometry: Any, crs: str) -> Any:
    if is_wgs84(crs):
        return geometry
    return {**geometry, "coordinates": _moved(geometry["coordinates"], crs)}


def _moved(coordinates: Any, crs: str) -> Any:
    if isinstance(coordinates[0], list):
        return [_moved(inner, crs) for inner in coordinates]
    return list(wgs84(coordinates[0], coordinates[1], crs))
