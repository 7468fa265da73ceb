"""The clean tables -> gate -> the figures of `gold`; a refused batch leaves the last good figures in place."""

from __future__ import annotations

from airflow.sdk import dag
from vigie_tasks import DAG_SETTINGS, assets_of, vigie_task


@dag(schedule=assets_of("silver"), **DAG_SETTINGS)
def gold() -> None:
    """Judges silver, then publishes every figure."""
    gate = vigie_task("gate", "run", "gate", outlets=assets_of("quality"))
    publish = vigie_task("publish", "run", "gold", outlets=assets_of("gold"))
    gate >> publish


gold()
