"""Gives each row its zone and its H3 cell: the geo-join of `analytics.spatial`, run in Arrow batches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import h3
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.core.broadcast import Broadcast
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import arrow_udf

from analytics.spatial.zone_index import ZoneIndex

CELL_RESOLUTION = 9
"""Resolution of `h3_9`: cells of about 0.1 km²."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PolygonZones:
    """Zones with borders: a point belongs to the zone that covers it; the smallest zone_id where several do."""

    index: ZoneIndex

    def zone_ids(self, longitude: Floats, latitude: Floats) -> list[str | None]:
        """Return the zone of each point, None where no zone covers it; NaN has no zone."""
        names = [*self.index.zone_ids, None]  # -1 is "no zone"
        return [names[k] for k in self.index.locate(longitude, latitude)]


@dataclass(frozen=True)
class HexagonZones:
    """Zones that are H3 cells of one resolution.

    Attributes:
        resolution: of the cells.
        issuer: first part of the zones' identifiers.
        known: the zones of the city; a cell beside them is no zone.
    """

    resolution: int
    issuer: str
    known: frozenset[str] = field(repr=False)

    def zone_ids(self, longitude: Floats, latitude: Floats) -> list[str | None]:
        """Return the zone of each point, None outside the city's cells; NaN has no zone."""
        found = (f"{self.issuer}:{cell}" for cell in cells(longitude, latitude, self.resolution))
        return [zone if zone in self.known else None for zone in found]


Zones = PolygonZones | HexagonZones


def cells(longitude: Floats, latitude: Floats, resolution: int) -> list[str | None]:
    """Return the H3 cell of each point, None where a coordinate is not finite."""
    finite = np.isfinite(longitude) & np.isfinite(latitude)
    to_cell: Callable[[float, float, int], str] = h3.latlng_to_cell
    return [
        to_cell(y, x, resolution) if ok else None
        for x, y, ok in zip(longitude.tolist(), latitude.tolist(), finite.tolist(), strict=True)
    ]


def broadcast_zones(session: SparkSession, zones: Zones) -> Broadcast[Zones]:
    """Send the zones to every worker once."""
    return session.sparkContext.broadcast(zones)


def located(frame: DataFrame, zones: Broadcast[Zones]) -> DataFrame:
    """Add `zone_id` and `h3_9` from `longitude` and `latitude` (WGS 84 degrees).

    A row with no position has neither. A row inside the city's bounds but in no zone keeps its coordinates and its
    cell and has no zone: gold names it `outside`.
    """
    place = _place_of(zones)(f.col("longitude"), f.col("latitude"))
    return (
        frame.withColumn("place__", place)
        .withColumns({"zone_id": f.col("place__.zone_id"), "h3_9": f.col("place__.h3_9")})
        .drop("place__")
    )


def _place_of(zones: Broadcast[Zones]) -> Callable[..., Column]:
    def place(longitude: pa.Array, latitude: pa.Array) -> pa.Array:
        x, y = _floats(longitude), _floats(latitude)
        columns = (zones.value.zone_ids(x, y), cells(x, y, CELL_RESOLUTION))
        arrays = [pa.array(values, pa.string()) for values in columns]
        return pa.StructArray.from_arrays(arrays, ["zone_id", "h3_9"])

    # The stubs know only the form with an explicit kind, which warns that the annotations above are the better one.
    make: Any = arrow_udf
    udf: Callable[..., Column] = make(place, "zone_id string, h3_9 string")
    return udf


def _floats(array: pa.Array) -> Floats:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
