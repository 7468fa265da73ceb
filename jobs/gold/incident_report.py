"""`gold.incident_report`: which incident each report belongs to."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from analytics.fusion.reasons import incident_id
from analytics.fusion.reports import METRES_PER_DEGREE
from jobs.gold.membership import members
from jobs.sdk.job import job
from schemas.city import CityProfile
from schemas.contract import load


@job(output="gold.incident_report")
def incident_report(
    silver_incident_report: DataFrame, gold_incident_link: DataFrame, gold_incident: DataFrame, city: CityProfile
) -> DataFrame:
    """List every report that is no exercise with its incident and how far it lies from the place kept."""
    places = gold_incident.select(
        "incident_id", f.col("longitude").alias("kept_longitude"), f.col("latitude").alias("kept_latitude")
    )
    founder = f.concat(f.lit(incident_id("")), f.col("report_id"))
    return (
        members(silver_incident_report, gold_incident_link)
        .join(places, "incident_id", "left")
        .withColumn("city_id", f.lit(city.city_id))
        .withColumn("is_founder", f.col("incident_id") == founder)
        .withColumn("report_offset_m", _apart())
        .select(*load("gold.incident_report").column_names)
    )


def _apart() -> Column:
    """Metres between the place told and the place kept: the great circle on the sphere of fusion's plane."""
    told, kept = f.radians("latitude"), f.radians("kept_latitude")
    across = f.radians(f.col("longitude") - f.col("kept_longitude")) / 2
    root = f.pow(f.sin((told - kept) / 2), 2) + f.cos(told) * f.cos(kept) * f.pow(f.sin(across), 2)
    radius_m = f.degrees(f.lit(METRES_PER_DEGREE))
    return 2 * radius_m * f.asin(f.sqrt(f.least(root, f.lit(1.0))))
