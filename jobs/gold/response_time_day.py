"""`gold.response_time_day`: how long each stage of a response took, per zone, category, source and day."""

from __future__ import annotations

from itertools import combinations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.gold.categories import theme_code
from jobs.gold.exercises import is_real
from jobs.gold.stages import STAGES, completed
from jobs.gold.zones import placed_zone_id, with_zone_columns
from jobs.sdk.job import job
from schemas.city import CityProfile
from schemas.contract import load

SEGMENTS = tuple(combinations(STAGES, 2))
GRAIN = ("zone_id", "category_code", "source_id", "segment_code", "received_date")
MICROS_PER_SECOND = 1_000_000


@job(output="gold.response_time_day")
def response_time_day(
    silver_unit_dispatch: DataFrame, silver_dispatch_stage: DataFrame, reference_zone: DataFrame, city: CityProfile
) -> DataFrame:
    """Measure the fifteen ordered pairs of stages of every dispatch that is no exercise.

    Stages that the dispatch lacks are those told of its unit apart from it (`jobs.gold.stages`).
    An absent stage makes the pair missing, never a zero. A pair whose second stage comes before the first is
    inconsistent: counted as such, neither measured nor missing. Durations are whole elapsed seconds between two
    instants, so the nights the clocks change need no care. Percentiles interpolate (`analytics.indicators.percentile`).
    """
    measured = (
        _durations(completed(silver_unit_dispatch, silver_dispatch_stage))
        .groupBy(*GRAIN)
        .agg(
            f.count(f.lit(1)).alias("dispatch_count"),
            f.count("seconds").alias("measured_count"),
            f.count_if(f.col("is_missing")).alias("missing_count"),
            f.count_if(f.col("is_inconsistent")).alias("inconsistent_count"),
            f.percentile("seconds", 0.5).alias("median_seconds"),
            f.percentile("seconds", 0.9).alias("p90_seconds"),
            f.sort_array(f.collect_list("seconds")).alias("durations_seconds"),
        )
    )
    labelled = with_zone_columns(measured, reference_zone, city).withColumn("theme_code", theme_code())
    return labelled.select(*load("gold.response_time_day").column_names)


def _durations(dispatches: DataFrame) -> DataFrame:
    """One row per dispatch and pair of stages, with its seconds where both are known and in order."""
    pairs = [
        f.struct(
            f.lit(f"{start}_to_{end}").alias("segment_code"),
            (f.unix_micros(f"{end}_at") - f.unix_micros(f"{start}_at")).alias("micros"),
        )
        for start, end in SEGMENTS
    ]
    micros = f.col("pair.micros")
    return dispatches.where(is_real()).select(
        placed_zone_id().alias("zone_id"),
        "category_code",
        "source_id",
        "received_date",
        f.explode(f.array(*pairs)).alias("pair"),
    ).select(
        "zone_id",
        "category_code",
        "source_id",
        "received_date",
        f.col("pair.segment_code").alias("segment_code"),
        micros.isNull().alias("is_missing"),
        f.coalesce(micros < 0, f.lit(False)).alias("is_inconsistent"),
        f.when(micros >= 0, f.floor(micros / MICROS_PER_SECOND)).alias("seconds"),
    )
