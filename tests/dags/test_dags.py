"""The DAGs import fast, hold nothing but times and commands, and the chain runs for real."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from schemas.contract import names

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
SYNOP_ROWS, STOP_UPDATES = 4388, 60074
"""What the recordings of Marseille hold."""
PYTHON = ROOT / ".venv-airflow" / "bin" / "python"


def airflow_environment(home: Path) -> dict[str, str]:
    """An Airflow of its own in `home`, quiet, with a private database."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{DAGS}",
    }


def in_airflow(script: str, home: Path, timeout_seconds: int, **variables: str) -> str:
    """Output of one script of this folder run by the Airflow environment."""
    done = subprocess.run(
        [str(PYTHON), str(ROOT / "tests" / "dags" / script), str(DAGS)],
        env={**airflow_environment(home), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout_seconds,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def description(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return json.loads(in_airflow("describe.py", tmp_path_factory.mktemp("airflow"), 120).splitlines()[-1])


@pytest.mark.integration
def test_every_dag_imports_in_less_than_a_second_without_a_data_library(description: dict[str, Any]) -> None:
    assert description["import_errors"] == {}
    assert description["heavy"] == []
    assert set(description["dags"]) == {"ingest", "silver", "gold"}
    assert max(description["seconds"].values()) < 1.0, description["seconds"]


@pytest.mark.integration
def test_every_task_has_a_timeout_a_retry_a_callback_and_a_known_pool(description: dict[str, Any]) -> None:
    pools = set(json.loads((DAGS / "pools.json").read_text()))
    for dag in description["dags"].values():
        assert dag["max_active_runs"] == 1
        assert dag["catchup"] is False
        for task in dag["tasks"].values():
            assert task["timeout"]
            assert task["on_failure"]
            assert task["retries"] >= 2
            assert task["pool"] in pools
            assert task["command"].startswith("`vigie ")


@pytest.mark.integration
def test_layers_are_linked_by_the_assets_of_the_contracts(description: dict[str, Any]) -> None:
    dags = description["dags"]
    layer = {name: sorted(n for n in names() if n.split(".")[0] == name) for name in ("bronze", "silver", "gold")}
    assert dags["silver"]["waits_for"] == layer["bronze"] == dags["ingest"]["tasks"]["record"]["outlets"]
    assert dags["gold"]["waits_for"] == layer["silver"]
    assert set(layer["silver"]) <= set(dags["silver"]["tasks"]["conform"]["outlets"])
    assert dags["gold"]["tasks"]["publish"]["outlets"] == layer["gold"]
    assert dags["gold"]["tasks"]["gate"]["downstream"] == ["publish"]


@pytest.mark.integration
def test_the_chain_runs_once_for_real(empty_broker: Any, tmp_path: Path) -> None:
    state = tmp_path / "state"
    variables = {
        "VIGIE_CLI": str(ROOT / ".venv" / "bin" / "vigie"),
        "VIGIE_CITY": "marseille",
        "VIGIE_HOME": str(state),
        "VIGIE_KAFKA_BOOTSTRAP": empty_broker.bootstrap_servers,
    }
    home = tmp_path / "airflow"
    subprocess.run(
        [str(PYTHON.parent / "airflow"), "db", "migrate"],
        env=airflow_environment(home),
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=180,
    )
    states = json.loads(in_airflow("run_chain.py", home, 540, **variables).splitlines()[-1])
    assert states == {
        "ingest": {"connectors": "success", "record": "success"},
        "silver": {"conform": "success"},
        "gold": {"gate": "success", "publish": "success"},
    }
    asked = [variables["VIGIE_CLI"], "query", "--json", "select sum(accepted_count) as n from gold.source_health"]
    answer = subprocess.run(
        asked, env={**os.environ, **variables}, cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert json.loads(answer.stdout) == [{"n": SYNOP_ROWS + STOP_UPDATES}]
