"""Ask for the features of a GeoJSON file that are nearest to points, or all within a radius."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.errors import WrongUse
from vigie.features import features_of, id_of

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

    from analytics.spatial import NearestIndex

_KINDS = ("Point", "LineString")


def nearest_question(path: Path, *, id_property: str | None, k: int | None, within_m: float | None) -> NearestQuestion:
    """Read points and lines to ask about; features of one identifier count as one (a street of many parts).

    Args:
        path: GeoJSON points and lines, as a collection or one feature per line, ``.gz`` allowed.
        id_property: property that identifies a feature; the feature's ``id``, else the first of ``ID_PROPERTIES``.
        k: how many features per point; without it the nearest one, or with ``within_m`` all within.
        within_m: metres beyond which a feature is not near.

    Raises:
        WrongUse: the file is not readable, or holds something else than points and lines.
        FeatureError: a feature does not lie on the earth.
    """
    import numpy as np
    import shapely

    from analytics.spatial import NearestIndex

    parts: list[BaseGeometry] = []
    names: list[str] = []
    for number, feature in enumerate(features_of(path, "points or lines"), start=1):
        name = id_of(feature, id_property, number)
        for part in _parts(path, feature, name, number):
            parts.append(part)
            names.append(name)
    feature_ids = sorted(set(names))  # of features equally far, the smallest identifier is told
    position = {name: k for k, name in enumerate(feature_ids)}
    places, part_of = shapely.get_coordinates(np.array(parts, dtype=object), return_index=True)
    first = np.searchsorted(part_of, np.arange(len(parts) + 1))
    index = NearestIndex.of_lines(places[:, 0], places[:, 1], first, [position[name] for name in names])
    return NearestQuestion(index, feature_ids, k, within_m)


def _parts(path: Path, feature: dict[str, Any], name: str, number: int) -> list[BaseGeometry]:
    import shapely

    shape = shapely.from_geojson(json.dumps(feature.get("geometry")), on_invalid="ignore")
    if shape is None or shape.is_empty:
        raise WrongUse(f"{path}: {name} (feature {number}) has no readable geometry; remove or repair it")
    parts = list(shapely.get_parts(shape))
    other = next((part.geom_type for part in parts if part.geom_type not in _KINDS), None)
    if other:
        raise WrongUse(
            f"{path}: {name} (feature {number}) is a {other}; expected points or lines, or use --zones for polygons"
        )
    return parts


class NearestQuestion:
    """Which features are nearest to each point.

    Attributes:
        index: of the features.
        feature_ids: their identifiers, ascending; features of the index are positions in it.
        found: points with a feature near so far.
    """

    def __init__(self, index: NearestIndex, feature_ids: list[str], k: int | None, within_m: float | None) -> None:
        self.index, self.feature_ids, self.found = index, feature_ids, 0
        self._k, self._within_m = k, within_m

    @property
    def told(self) -> str:
        """One line on the points so far."""
        return f"{self.found} near a feature"

    @property
    def _is_single(self) -> bool:
        return self._k == 1 or (self._k is None and self._within_m is None)

    def fields(self) -> list[pa.Field]:
        """Give `nearest_id` and `nearest_distance_m`: a value each for one feature per point, else lists."""
        import pyarrow as pa

        names, kinds = ("nearest_id", "nearest_distance_m"), (pa.string(), pa.float64())
        return [
            pa.field(name, kind if self._is_single else pa.list_(kind)) for name, kind in zip(names, kinds, strict=True)
        ]

    def columns(self, longitude: Any, latitude: Any, threads: int) -> list[pa.Array]:
        """Give the features near each point and their distances, nearest first."""
        import numpy as np
        import pyarrow as pa

        if self._k is None and self._within_m is not None:
            inside = self.index.within(longitude, latitude, self._within_m, threads=threads)
            first, features, metres = inside
        else:
            limit = math.inf if self._within_m is None else self._within_m
            some = self.index.nearest(longitude, latitude, self._k or 1, max_distance_m=limit, threads=threads)
            is_found = some.features >= 0
            first = np.concatenate([[0], np.cumsum(is_found.sum(axis=1))])
            features, metres = some.features[is_found], some.distances_m[is_found]
        has_one = np.diff(first) > 0
        self.found += int(has_one.sum())
        ids = pa.array(self.feature_ids, pa.string()).take(pa.array(features))
        if self._is_single:
            place = pa.array(first[:-1], mask=~has_one)
            return [ids.take(place), pa.array(metres).take(place)]
        starts = pa.array(first.astype(np.int32))
        return [pa.ListArray.from_arrays(starts, ids), pa.ListArray.from_arrays(starts, pa.array(metres))]
