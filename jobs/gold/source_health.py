"""`gold.source_health`: what each source delivered, what was refused, and how fresh its facts are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.sdk.category import UNMAPPED, categorised, category_map
from jobs.sdk.job import job
from jobs.sdk.local_time import local_date
from schemas.city import CityProfile, SourceSettings
from schemas.contract import load

KEY = ("source_id", "contract_name")
COUNTS = ("read_count", "accepted_count", "rejected_count", "duplicate_count", "updated_count")
DEGRADED_SHARE_OF_LIMIT = 0.5
MAPPED = "mapped"
NOTHING_CAME = "none"
"""Contract shown for a source of the profile that never sent anything."""


@dataclass(frozen=True)
class _Facts:
    """Which columns of a silver table say when and of what kind a fact is."""

    contract: str
    at: str
    date: str
    has_category: bool = False
    has_position: bool = True


@job(output="gold.source_health")
def source_health(
    quality_batch_count: DataFrame,
    quality_rejected_row: DataFrame,
    silver_incident_report: DataFrame,
    silver_unit_dispatch: DataFrame,
    silver_weather_observation: DataFrame,
    silver_trip_delay: DataFrame,
    city: CityProfile,
) -> DataFrame:
    """Sum the batches of every source, and look at the facts that came of them.

    A source of the profile that sent nothing has a row too, with zeros and the state `failing`. `unmapped_count` is
    the number of facts in the category `other` whose own category is not in the city's map.
    """
    tables = [
        (silver_incident_report, _Facts("silver.incident_report", "occurred_at", "occurred_date", True)),
        (silver_unit_dispatch, _Facts("silver.unit_dispatch", "received_at", "received_date", True)),
        (silver_weather_observation, _Facts("silver.weather_observation", "observed_at", "observed_date")),
        (
            silver_trip_delay.withColumn("feed_date", local_date(f.col("feed_at"), city.time_zone)),
            _Facts("silver.trip_delay", "feed_at", "feed_date", has_position=False),
        ),
    ]
    facts = reduce(DataFrame.unionByName, [_seen(frame, spec, city) for frame, spec in tables])
    refused = quality_rejected_row.groupBy(*KEY).agg(f.max("collected_at").alias("last_refused_at"))
    sums = [f.sum(name).alias(name) for name in COUNTS]
    known = quality_batch_count.groupBy(*KEY).agg(*sums).join(facts, [*KEY], "left").join(refused, [*KEY], "left")
    profile = _profile(quality_batch_count, city)
    told = known.join(f.broadcast(profile), "source_id", "full")
    return _finished(told, city).select(*load("gold.source_health").column_names)


def _seen(frame: DataFrame, spec: _Facts, city: CityProfile) -> DataFrame:
    """Per source of one silver table: first and last fact, last reading, facts without category or position."""
    is_unmapped = f.lit(False)
    if spec.has_category:
        frame = _with_mapped(frame, spec.date, city)
        is_unmapped = (f.col("category_code") == UNMAPPED) & ~f.col("is_mapped")
    is_unlocated = f.col("longitude").isNull() if spec.has_position else f.lit(False)
    return frame.groupBy("source_id").agg(
        f.lit(spec.contract).alias("contract_name"),
        f.min(spec.date).alias("first_fact_date"),
        f.max(spec.at).alias("last_fact_at"),
        f.max("collected_at").alias("last_accepted_at"),
        f.count_if(is_unmapped).alias("unmapped_count"),
        f.count_if(is_unlocated).alias("unlocated_count"),
    )


def _with_mapped(frame: DataFrame, day: str, city: CityProfile) -> DataFrame:
    """Add whether the city's map of the row's source knows the row's own category, to whatever it maps it."""
    mapping = category_map(frame.sparkSession, replace(city, sources=tuple(map(_to_one_code, city.sources))))
    kept = frame.withColumnRenamed("category_code", "kept_code")
    found = categorised(kept, mapping, day).withColumn("is_mapped", f.col("category_code") == MAPPED)
    return found.drop("category_code").withColumnRenamed("kept_code", "category_code")


def _to_one_code(source: SourceSettings) -> SourceSettings:
    lines = tuple(replace(line, category_code=MAPPED) for line in source.category_map)
    return replace(source, category_map=lines)


def _profile(frame: DataFrame, city: CityProfile) -> DataFrame:
    """What the city's profile says of each source."""
    columns = (
        "source_id string, source_label_fr string, source_label_en string, max_rejected_ratio double, "
        "is_stand_in boolean, stand_in_note_fr string, stand_in_note_en string, publisher string, licence string"
    )
    return frame.sparkSession.createDataFrame([_described(source) for source in city.sources], columns)


def _described(source: SourceSettings) -> tuple[object, ...]:
    note = source.stand_in
    return (
        source.source_id,
        source.label.fr,
        source.label.en,
        float(source.max_rejected_ratio),
        note is not None,
        note.fr if note is not None else None,
        note.en if note is not None else None,
        source.publisher,
        source.licence,
    )


def _finished(told: DataFrame, city: CityProfile) -> DataFrame:
    """Fill what is missing with zeros and judge the source's state."""
    ratio = f.when(f.col("read_count") > 0, f.col("rejected_count") / f.col("read_count")).otherwise(0.0)
    limit = f.coalesce(f.col("max_rejected_ratio"), f.lit(1.0))
    failing = (f.col("accepted_count") == 0) | (f.col("rejected_ratio") > limit)
    degraded = f.col("rejected_ratio") > limit * DEGRADED_SHARE_OF_LIMIT
    texts = {"source_label_fr": "source_id", "source_label_en": "source_id"}
    filled = told.fillna(0, [*COUNTS, "unmapped_count", "unlocated_count"]).fillna(
        {"contract_name": NOTHING_CAME, "is_stand_in": False}
    )
    for name, other in texts.items():
        filled = filled.withColumn(name, f.coalesce(f.col(name), f.col(other)))
    return (
        filled.fillna("", ["publisher", "licence"])
        .withColumn("city_id", f.lit(city.city_id))
        .withColumn("rejected_ratio", ratio)
        .withColumn("last_collected_at", f.greatest("last_accepted_at", "last_refused_at"))
        .withColumn("state_code", f.when(failing, "failing").when(degraded, "degraded").otherwise("ok"))
    )
