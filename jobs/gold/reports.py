"""The reports that fusion takes: all but exercises, with the columns it needs."""

from __future__ import annotations

from pyspark.sql import DataFrame

from analytics.fusion.fuse import RECEIVED, REQUIRED
from jobs.gold.exercises import is_real

COLUMNS = (*REQUIRED, RECEIVED, "row_digest")


def fusible(silver_incident_report: DataFrame) -> DataFrame:
    """Return the reports to fuse; what is isolated by law never reaches the lake and so never comes here."""
    return silver_incident_report.where(is_real()).select(*COLUMNS)
