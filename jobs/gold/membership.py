"""Which incident each report belongs to, read from the links."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from analytics.fusion.reasons import incident_id
from jobs.gold.exercises import is_real


def members(silver_incident_report: DataFrame, gold_incident_link: DataFrame) -> DataFrame:
    """Add `incident_id` and `report_link_ratio` to every report that is no exercise; one without link is alone."""
    ends = [
        gold_incident_link.select(f.col(end).alias("report_id"), "incident_id", "link_ratio")
        for end in ("first_report_id", "second_report_id")
    ]
    linked = (
        ends[0]
        .unionByName(ends[1])
        .groupBy("report_id")
        .agg(f.first("incident_id").alias("incident_id"), f.max("link_ratio").alias("report_link_ratio"))
    )
    alone = f.concat(f.lit(incident_id("")), f.col("report_id"))
    return (
        silver_incident_report.where(is_real())
        .join(linked, "report_id", "left")
        .withColumn("incident_id", f.coalesce("incident_id", alone))
    )
