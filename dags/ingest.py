"""Sources -> broker -> `bronze.record`, on the clock; everything after it follows from the data."""

from __future__ import annotations

from airflow.sdk import dag
from vigie_tasks import DAG_SETTINGS, assets_of, vigie_task


@dag(schedule="@hourly", **DAG_SETTINGS)
def ingest() -> None:
    """Asks every source of the city for what is new, then lands it untouched."""
    connectors = vigie_task("connectors", "connectors", "run", "--all", pool="sources")
    record = vigie_task("record", "run", "ingest", outlets=assets_of("bronze"))
    connectors >> record


ingest()
