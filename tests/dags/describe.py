"""Run by the Airflow environment: imports every DAG and prints its structure as JSON (not a test module)."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import airflow.sdk
from airflow.dag_processing.dagbag import DagBag

HEAVY = ("pyspark", "delta", "pandas", "numpy", "pyarrow", "duckdb", "deltalake")


def main() -> None:
    """Prints import errors, seconds per file, heavy modules loaded and one description per DAG."""
    folder = Path(sys.argv[1])
    assert airflow.sdk
    before = set(sys.modules)
    bag = DagBag(dag_folder=str(folder))
    loaded = {name.split(".")[0] for name in set(sys.modules) - before}
    seconds = {str(stat.file): stat.duration.total_seconds() for stat in bag.dagbag_stats}
    print(
        json.dumps(
            {
                "import_errors": bag.import_errors,
                "seconds": seconds,
                "heavy": sorted(loaded & set(HEAVY)),
                "dags": {name: describe(found) for name, found in bag.dags.items()},
                "at": time.time(),
            }
        )
    )


def describe(dag: Any) -> dict[str, Any]:
    """The facts of one DAG that the tests assert."""
    condition = getattr(dag.timetable, "asset_condition", None)
    return {
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "waits_for": sorted(asset.name for asset in getattr(condition, "objects", [])),
        "tasks": {
            task.task_id: {
                "pool": task.pool,
                "retries": task.retries,
                "timeout": bool(task.execution_timeout),
                "on_failure": bool(task.on_failure_callback),
                "outlets": sorted(asset.name for asset in task.outlets),
                "downstream": sorted(task.downstream_task_ids),
                "command": task.doc_md,
            }
            for task in dag.tasks
        },
    }


if __name__ == "__main__":
    main()
