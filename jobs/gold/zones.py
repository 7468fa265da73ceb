"""The zone columns every gold table carries, with the two pseudo zones that keep the city's total whole."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from schemas.city import CityProfile
from schemas.codes import load_codes

UNLOCATED = "unlocated"
OUTSIDE = "outside"

PSEUDO_ZONES = "zone_pseudo"


def placed_zone_id() -> Column:
    """Zone of a fact; `unlocated` without coordinates, `outside` with coordinates that no zone contains.

    Zones + unlocated + outside therefore always sum to the city.
    """
    pseudo = f.when(f.col("longitude").isNull() | f.col("latitude").isNull(), f.lit(UNLOCATED)).otherwise(OUTSIDE)
    return f.coalesce(f.col("zone_id"), pseudo)


def with_zone_columns(frame: DataFrame, reference_zone: DataFrame, city: CityProfile) -> DataFrame:
    """Add `city_id`, `zone_name`, `population_count` and `population_year` to rows that have a placed `zone_id`.

    A pseudo zone has its name in the city's language and no population. A zone that `reference.zone` does not
    know keeps its identifier as name; the gate refuses such rows before.
    """
    known = reference_zone.select(
        "zone_id", f.col("zone_name").alias("known_name"), "population_count", "population_year"
    )
    pseudo_name = f.lit(None).cast("string")
    for code in load_codes(PSEUDO_ZONES).codes:
        text = f.lit(code.label.in_language(city.language))
        pseudo_name = f.when(f.col("zone_id") == code.code, text).otherwise(pseudo_name)
    return (
        frame.join(f.broadcast(known), "zone_id", "left")
        .withColumn("zone_name", f.coalesce(f.col("known_name"), pseudo_name, f.col("zone_id")))
        .withColumn("city_id", f.lit(city.city_id))
        .drop("known_name")
    )
