"""`bronze.record` -> the clean tables of `silver`, whenever something landed."""

from __future__ import annotations

from airflow.sdk import dag
from vigie_tasks import DAG_SETTINGS, assets_of, vigie_task


@dag(schedule=assets_of("bronze"), **DAG_SETTINGS)
def silver() -> None:
    """Parses, enforces, places and merges every entity in one Spark application."""
    vigie_task("conform", "run", "silver", outlets=assets_of("silver", "reference"))


silver()
