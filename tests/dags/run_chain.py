"""Run by the Airflow environment: runs ingest, silver and gold once for real with `dag.test()` (not a test module)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from airflow.dag_processing.dagbag import DagBag

CHAIN = ("ingest", "silver", "gold")


def main() -> None:
    """Prints the state of every task of the chain as JSON on the last line."""
    bag = DagBag(dag_folder=str(Path(sys.argv[1])))
    states: dict[str, dict[str, str]] = {}
    for name in CHAIN:
        run = bag.dags[name].test()
        states[name] = {instance.task_id: str(instance.state) for instance in run.get_task_instances()}
    print(json.dumps(states))


if __name__ == "__main__":
    main()
