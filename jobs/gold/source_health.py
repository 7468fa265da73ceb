"""`gold.source_health`: what each source delivered, what was refused, and how fresh its facts are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.sdk.category import UNMAPPED, categorised, category_map
from jobs.sdk.filled import instant_of
from jobs.sdk.job import job
from jobs.sdk.local_time import local_date
from schemas.city import CityProfile, SourceSettings
from schemas.contract import TableContract, load

KEY = ("source_id", "contract_name")
REPORT_KEY = ("report_id",)
SEEN = (
    "source_id string, contract_name string, first_fact_date date, last_fact_at timestamp, last_accepted_at timestamp, "
    "unmapped_count bigint, unlocated_count bigint"
)
COUNTS = ("read_count", "accepted_count", "rejected_count", "duplicate_count", "updated_count")
DEGRADED_SHARE_OF_LIMIT = 0.5
MAPPED = "mapped"
NOTHING_CAME = "none"
"""Contract shown for a source of the profile that never sent anything."""


@job(output="gold.source_health")
def source_health(
    quality_batch_count: DataFrame,
    quality_rejected_row: DataFrame,
    facts: Mapping[str, DataFrame],
    city: CityProfile,
) -> DataFrame:
    """Sum the batches of every source, and look at the facts that came of them.

    A source of the profile that never sent anything has a row too, with zeros and the state `awaited`.
    `unmapped_count` is the number of facts in the category `other` whose own category is not in the city's map.
    """
    seen = [_seen(frame, load(name), city) for name, frame in facts.items()]
    told_facts = reduce(DataFrame.unionByName, seen, quality_batch_count.sparkSession.createDataFrame([], SEEN))
    refused = quality_rejected_row.groupBy(*KEY).agg(f.max("collected_at").alias("last_refused_at"))
    sums = [f.sum(name).alias(name) for name in COUNTS]
    known = quality_batch_count.groupBy(*KEY).agg(*sums).join(told_facts, [*KEY], "left").join(refused, [*KEY], "left")
    profile = _profile(quality_batch_count, city)
    told = known.join(f.broadcast(profile), "source_id", "full")
    return _finished(told, city).select(*load("gold.source_health").column_names)


def _seen(frame: DataFrame, contract: TableContract, city: CityProfile) -> DataFrame:
    """Per source of one table: first and last fact, last reading, facts without category or position.

    A report has a category of its own; a dispatch repeats its report's and is not counted again.
    """
    instant = instant_of(contract)
    day = f"{(instant or '').removesuffix('_at')}_date"
    if day not in contract.column_names:
        when = f.col(instant) if instant else f.lit(None).cast("timestamp")
        frame = frame.withColumn(day, local_date(when, city.time_zone))
    is_unmapped = f.lit(False)
    if contract.key == REPORT_KEY:
        frame = _with_mapped(frame, day, city)
        is_unmapped = (f.col("category_code") == UNMAPPED) & ~f.col("is_mapped")
    is_unlocated = f.col("longitude").isNull() if "longitude" in contract.column_names else f.lit(False)
    return frame.groupBy("source_id").agg(
        f.lit(contract.name).alias("contract_name"),
        f.min(day).alias("first_fact_date"),
        f.max(instant if instant else f.lit(None).cast("timestamp")).alias("last_fact_at"),
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
    state = f.when(f.col("read_count") == 0, "awaited").when(failing, "failing").when(degraded, "degraded")
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
        .withColumn("state_code", state.otherwise("ok"))
    )
