"""Places reports that have an address and no position: `analytics.geocoding`, run in Arrow batches."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
from pyspark.core.broadcast import Broadcast
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import arrow_udf

from analytics.geocoding import Gazetteer
from schemas.gazetteer import GazetteerSource

METHOD = "location_method_code"
PLACED = "placed"
_PLACED_TYPE = "struct<longitude double, latitude double, precision_m double, method string>"


def broadcast_gazetteer(session: SparkSession, source: GazetteerSource | None) -> Broadcast[Gazetteer] | None:
    """Read the city's gazetteer and send it to every worker once; `None` for a city without one."""
    if source is None:
        return None
    places = list(source.places())
    gazetteer = Gazetteer.of(
        [place.street for place in places],
        [place.number for place in places],
        [place.longitude for place in places],
        [place.latitude for place in places],
        [place.precision_m for place in places],
        language=source.language,
    )
    return session.sparkContext.broadcast(gazetteer)


def geocoded(frame: DataFrame, gazetteer: Broadcast[Gazetteer] | None) -> DataFrame:
    """Fill longitude, latitude and precision from the address where the source gave none, and say how.

    A row that cannot be placed keeps its address and has no position; one without an address has no method either.
    """
    has_position = f.col("longitude").isNotNull()
    asks = ~has_position & f.col("address").isNotNull()
    if gazetteer is None:
        method = f.when(has_position, f.lit("source")).when(asks, f.lit("unplaced"))
        return frame.withColumn(METHOD, method)
    found = frame.withColumn(PLACED, _placer(gazetteer)(f.when(asks, f.col("address"))))
    is_placed = f.col(f"{PLACED}.longitude").isNotNull()
    return found.withColumns(
        {
            METHOD: f.when(has_position, f.lit("source")).when(asks, f.col(f"{PLACED}.method")),
            "longitude": f.coalesce("longitude", f"{PLACED}.longitude"),
            "latitude": f.coalesce("latitude", f"{PLACED}.latitude"),
            "location_precision_m": f.when(is_placed, f.col(f"{PLACED}.precision_m")).otherwise(
                f.col("location_precision_m")
            ),
        }
    ).drop(PLACED)


def _placer(gazetteer: Broadcast[Gazetteer]) -> Any:
    @arrow_udf(_PLACED_TYPE)  # type: ignore[call-overload, untyped-decorator]
    def place(addresses: pa.Array) -> pa.Array:
        known = gazetteer.value
        places = [None if one is None else known.place_one(one) for one in addresses.to_pylist()]
        rows = [
            None
            if one is None
            else {
                "longitude": None if math.isnan(one.longitude) else one.longitude,
                "latitude": None if math.isnan(one.latitude) else one.latitude,
                "precision_m": None if math.isnan(one.precision_m) else one.precision_m,
                "method": one.method,
            }
            for one in places
        ]
        kinds = [("longitude", pa.float64()), ("latitude", pa.float64()), ("precision_m", pa.float64())]
        return pa.array(rows, pa.struct([*kinds, ("method", pa.string())]))

    return place
