"""`gold.incident`: one event out of its reports."""

from __future__ import annotations

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from analytics.fusion.summary import Orders, summarised
from jobs.gold.categories import theme_code
from jobs.gold.membership import members
from jobs.gold.stages import with_response
from jobs.gold.zones import placed_zone_id, with_zone_columns
from jobs.reference.zone import zones_in
from jobs.sdk.job import job
from jobs.sdk.local_time import local_date
from jobs.sdk.spatial import HexagonZones, broadcast_zones, located
from jobs.sdk.struct import struct_of
from schemas.city import CityProfile
from schemas.codes import load_codes
from schemas.contract import load

REPORTS_PER_BUCKET = 50_000
NO_ZONES = HexagonZones(0, "", frozenset())
OF_THE_CITY = ("city_id", "occurred_date", "zone_id", "zone_name", "h3_9", "theme_code")


@job(output="gold.incident")
def incident(
    silver_incident_report: DataFrame,
    silver_unit_dispatch: DataFrame,
    silver_dispatch_stage: DataFrame,
    gold_incident_link: DataFrame,
    reference_zone: DataFrame,
    city: CityProfile,
) -> DataFrame:
    """Summarise the reports of each incident; definitions: `analytics.fusion.summary`.

    Stages of a report are its own and, where it lacks one, that of the units sent to it (`jobs.gold.stages`).
    """
    contract = load("gold.incident")
    answered = with_response(silver_incident_report, silver_unit_dispatch, silver_dispatch_stage)
    told = with_sources(members(answered, gold_incident_link), city)
    told = told.withColumnRenamed("report_link_ratio", "link_ratio")
    summary = StructType([field for field in struct_of(contract) if field.name not in OF_THE_CITY])
    buckets = max(1, silver_incident_report.count() // REPORTS_PER_BUCKET)
    orders = Orders(*(load_codes(name).values for name in ("severity", "status", "time_precision")))

    def summarise(bucket: pa.Table) -> pa.Table:
        return summarised(bucket, orders).select(summary.names)

    grouped = told.groupBy(f.pmod(f.hash("incident_id"), f.lit(buckets)))
    found = grouped.applyInArrow(summarise, summary)
    zones = zones_in(reference_zone, city) or NO_ZONES
    placed = located(found, broadcast_zones(found.sparkSession, zones))
    labelled = (
        with_zone_columns(placed.withColumn("zone_id", placed_zone_id()), reference_zone, city)
        .withColumn("theme_code", theme_code())
        .withColumn("occurred_date", local_date(f.col("occurred_at"), city.time_zone))
    )
    return labelled.select(*contract.column_names)


def with_sources(frame: DataFrame, city: CityProfile) -> DataFrame:
    """Add `source_name` in the city's language and `is_restricted`; a source the profile lost is restricted."""
    rows = [(one.source_id, one.label.in_language(city.language), one.is_restricted) for one in city.sources]
    known = frame.sparkSession.createDataFrame(rows, "source_id string, source_name string, is_restricted boolean")
    return (
        frame.join(f.broadcast(known), "source_id", "left")
        .withColumn("source_name", f.coalesce("source_name", "source_id"))
        .withColumn("is_restricted", f.coalesce("is_restricted", f.lit(True)))
    )
