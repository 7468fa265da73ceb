"""How every Vigie task runs: one `vigie` command, one asset per contract, one pool per writer.

A DAG of this folder only says *when*. What a task does is a command that an operator can type, so a run that failed
here is repeated in a terminal with the same words.

Obligations of whoever adds a DAG: build tasks with `vigie_task`, never call a library of the platform, name outlets
with
`assets_of`. The command itself holds the lock of the table it writes, because a pool of one slot does not keep two
attempts of one task apart after a scheduler was killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from schemas.contract import names

ROOT = Path(__file__).resolve().parent.parent
GATE_FAILED, CONFIGURATION = 3, 5
"""Exit codes of `vigie` after which another attempt cannot help (docs/operator/exit-codes.md)."""

PR_SET_PDEATHSIG = 1


def command() -> str:
    """The `vigie` executable the tasks call: `VIGIE_CLI`, else the one of the platform environment."""
    return os.environ.get("VIGIE_CLI", str(ROOT / ".venv" / "bin" / "vigie"))


def asset(table: str) -> Asset:
    """The asset that stands for one table of the lake."""
    return Asset(name=table, uri="delta://" + table.replace(".", "/"), group="delta")


def assets_of(*layers: str) -> list[Asset]:
    """One asset per contract of the given layers: a new contract appears in the graph by being there."""
    return [asset(name) for name in names() if name.split(".")[0] in layers]


def report_failure(context: Mapping[str, Any]) -> None:
    """Says once, at the final failure, which task failed and what an operator does next."""
    instance = context["ti"]
    print(
        f"{instance.dag_id}.{instance.task_id} failed after attempt {instance.try_number}: {context.get('exception')}. "
        "Run the command of the log in a terminal; docs/operator/runbook.md lists the known causes."
    )


DAG_SETTINGS: dict[str, Any] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["vigie"],
    "default_args": {
        "owner": "vigie",
        "retries": 2,
        "retry_delay": timedelta(seconds=10),
        "execution_timeout": timedelta(minutes=30),
        "on_failure_callback": report_failure,
    },
}


def run_vigie(arguments: Sequence[str]) -> None:
    """Runs one `vigie` command, its output in the task log, and ends it with the task whatever ends the task.

    Raises:
        AirflowFailException: the gate refused the data or the configuration is wrong; not retried.
        AirflowException: any other non-zero exit; retried.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    line = [command(), *arguments]
    print("$ " + " ".join(line))
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *line],
        cwd=ROOT,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        for text in process.stdout:
            print(text.rstrip())
        code = process.wait()
    except BaseException:
        # AirflowTaskTimeout is a BaseException, and the command must not outlive its task.
        end(process)
        raise
    if code in (GATE_FAILED, CONFIGURATION):
        raise AirflowFailException(f"`vigie {' '.join(arguments)}` ended with exit code {code}: not retried")
    if code:
        raise AirflowException(f"`vigie {' '.join(arguments)}` ended with exit code {code}")


def end(process: subprocess.Popen[str], patience_seconds: float = 10.0) -> None:
    """Ends the command's whole process group: first asked, then killed."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def vigie_task(task_id: str, *arguments: str, outlets: Sequence[Asset] = (), pool: str = "lake") -> Any:
    """A task that is one `vigie` command; `outlets` are told only when it succeeded."""

    @task(task_id=task_id, outlets=list(outlets), pool=pool, doc_md=f"`vigie {' '.join(arguments)}`")
    def call() -> None:
        run_vigie(arguments)

    return call()
