"""Stages of a response: those of a dispatch, completed by what a source tells of the unit apart from it."""

from __future__ import annotations

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from analytics.fusion.summary import STAGES as COLUMNS
from jobs.gold.exercises import is_real

STAGES = tuple(name.removesuffix("_at") for name in COLUMNS)
APART = ("dispatched", "en_route", "arrived", "closed")
"""Stages that a unit reaches; the others belong to the call."""
UNIT = ("report_id", "unit_id")


def completed(silver_unit_dispatch: DataFrame, silver_dispatch_stage: DataFrame) -> DataFrame:
    """Fill stages that a dispatch lacks with those told of the same unit on the same report.

    What the dispatch tells itself stays; no row is added or lost. A unit that the two tellings name differently is
    not recognised: its stages stay missing.
    """
    known = reached(silver_dispatch_stage)
    told = known.select(*UNIT, *(f.col(f"{stage}_at").alias(f"told_{stage}_at") for stage in APART))
    filled = {f"{stage}_at": f.coalesce(f"{stage}_at", f"told_{stage}_at") for stage in APART}
    return silver_unit_dispatch.join(told, [*UNIT], "left").withColumns(filled).select(*silver_unit_dispatch.columns)


def reached(silver_dispatch_stage: DataFrame) -> DataFrame:
    """Give the first instant of each stage by report and unit, without exercises and what was taken back."""
    is_told = is_real() & ~f.coalesce(f.col("is_withdrawn"), f.lit(False))
    instants = [f.min(_of(stage)).alias(f"{stage}_at") for stage in APART]
    return silver_dispatch_stage.where(is_told).groupBy(*UNIT).agg(*instants)


def with_response(
    silver_incident_report: DataFrame, silver_unit_dispatch: DataFrame, silver_dispatch_stage: DataFrame
) -> DataFrame:
    """Fill stages that a report lacks with those of the units sent to it: the first of each, and the last end."""
    dispatches = completed(silver_unit_dispatch.where(is_real()), silver_dispatch_stage)
    without_dispatch = reached(silver_dispatch_stage).join(dispatches, [*UNIT], "left_anti")
    units = dispatches.select("report_id", *COLUMNS).unionByName(
        without_dispatch.drop("unit_id"), allowMissingColumns=True
    )
    first = [f.min(name).alias(f"units_{name}") for name in COLUMNS[:-1]]
    answers = units.groupBy("report_id").agg(*first, f.max(COLUMNS[-1]).alias(f"units_{COLUMNS[-1]}"))
    filled = {name: f.coalesce(name, f"units_{name}") for name in COLUMNS}
    reports = silver_incident_report
    return reports.join(answers, "report_id", "left").withColumns(filled).select(*reports.columns)


def _of(stage: str) -> Column:
    return f.when(f.col("dispatch_stage_code") == stage, f.col("reached_at"))
