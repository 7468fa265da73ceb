"""`gold.fusion_model`: what was learned from the reports to recognise those of one event."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from analytics.fusion.fuse import Fusion, in_order
from jobs.gold.reports import fusible
from jobs.sdk.job import job
from jobs.sdk.struct import struct_of
from schemas.city import CityProfile
from schemas.contract import load

GROWTH = 2
"""The model is kept until there are this many times the reports it was learned from."""


@job(output="gold.fusion_model")
def fusion_model(
    silver_incident_report: DataFrame, last_gold_fusion_model: DataFrame, city: CityProfile
) -> DataFrame:
    """Keep the last model, or learn one from all reports when there is none or they have doubled.

    A kept model makes the incidents of yesterday those of today wherever their reports are the same. Without reports
    there is no model. To learn anew at once, empty the table.
    """
    contract = load("gold.fusion_model")
    reports = fusible(silver_incident_report)
    known = last_gold_fusion_model.first()
    count = reports.count()
    if known is not None and count < GROWTH * known["report_count"]:
        return last_gold_fusion_model.select(*contract.column_names)
    session = silver_incident_report.sparkSession
    if not count:
        return session.createDataFrame([], struct_of(contract))
    table = in_order(reports.toArrow())
    fusion = Fusion.learned(table)
    bounds = pc.min_max(table.column("occurred_at"))
    row = (
        city.city_id, fusion.model_id, _utc(bounds["min"].as_py()), _utc(bounds["max"].as_py()), count,
        float(np.float64(fusion.model.history[-1])) if fusion.model.history else 0.0, fusion.to_json(),
    )  # fmt: skip
    return session.createDataFrame([row], struct_of(contract))


def _utc(instant: datetime) -> datetime:
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
