"""Airflow on this machine: three processes, SQLite, loopback, a generated login; the DAGs are those of `dags/`."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from vigie.errors import ConfigurationError, MissingPart
from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, ChildFailed, start, wait_until
from vigie.local.superset import Login
from vigie.settings import ROOT, Settings

_ENVIRONMENT = ROOT / ".venv-airflow"
_START_SECONDS = 180.0
_COMPONENTS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}


@dataclass(frozen=True)
class Airflow:
    """A running Airflow."""

    url: str
    login: Login
    children: tuple[Child, ...]

    def stop(self) -> None:
        """Stop the scheduler first, so that it starts nothing more, then the rest."""
        for child in reversed(self.children):
            child.stop()


def start_airflow(settings: Settings, city: str, *, kafka_bootstrap: str) -> Airflow:
    """Start Airflow; its tasks call `vigie` on the lake of one city and the broker given.

    Raises:
        MissingPart: Airflow's environment is not set up.
        ConfigurationError: somebody listens on the port of the settings.
        ChildFailed: a component did not become ready.
    """
    if not (_ENVIRONMENT / "bin" / "airflow").exists():
        raise MissingPart(f"Airflow is not installed in {_ENVIRONMENT}; run `make setup`")
    if settings.airflow_port and is_listening(settings.airflow_port):
        raise ConfigurationError(
            f"port {settings.airflow_port} (setting airflow_port) is taken; choose another or 0 for a free one"
        )
    home = settings.home / "airflow" / city
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    port = settings.airflow_port or free_ports(1)[0]
    login = Login("admin", secrets.token_urlsafe(12))
    _write_private(home / "passwords.json", json.dumps({login.username: login.password}))
    variables = environment(home, port) | {
        "VIGIE_CITY": city,
        "VIGIE_HOME": str(settings.home),
        "VIGIE_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "VIGIE_CLI": str(ROOT / ".venv" / "bin" / "vigie"),
    }
    prepare(home, variables)
    airflow = Airflow(f"http://127.0.0.1:{port}", login, _start_components(home, variables))
    try:
        for child in airflow.children:
            wait_until(lambda: _is_healthy(airflow.url), child, seconds=_START_SECONDS)
    except BaseException:
        airflow.stop()
        raise
    return airflow


def environment(home: Path, port: int) -> dict[str, str]:
    """The variables that make Airflow small, local and ours; secrets are new at each start."""
    sections = {
        "CORE": {
            "DAGS_FOLDER": str(ROOT / "dags"),
            "LOAD_EXAMPLES": "false",
            "PARALLELISM": "2",
            "MAX_ACTIVE_TASKS_PER_DAG": "2",
            "MAX_ACTIVE_RUNS_PER_DAG": "1",
            "DAGS_ARE_PAUSED_AT_CREATION": "false",
            "SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
            "SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
            "EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        },
        "API": {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "BASE_URL": f"http://127.0.0.1:{port}",
            "WORKERS": "1",
            "SECRET_KEY": secrets.token_urlsafe(32),
        },
        "API_AUTH": {"JWT_SECRET": secrets.token_hex(32)},
        "DAG_PROCESSOR": {"PARSING_PROCESSES": "1", "MIN_FILE_PROCESS_INTERVAL": "60", "REFRESH_INTERVAL": "20"},
        "SCHEDULER": {
            "CREATE_CRON_DATA_INTERVALS": "true",
            "CATCHUP_BY_DEFAULT": "false",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "10",
            "ORPHANED_TASKS_CHECK_INTERVAL": "30",
        },
    }
    flat = {f"AIRFLOW__{section}__{key}": value for section, keys in sections.items() for key, value in keys.items()}
    return flat | {"AIRFLOW_HOME": str(home), "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "dags")))}


def prepare(home: Path, variables: dict[str, str]) -> None:
    """Make or migrate the database and take in the pools."""
    for arguments in (("db", "migrate"), ("pools", "import", str(ROOT / "dags" / "pools.json"))):
        done = subprocess.run(
            [_ENVIRONMENT / "bin" / "airflow", *arguments],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        (home / f"{arguments[0]}.log").write_text(done.stdout)
        if done.returncode:
            tail = "\n".join(done.stdout.splitlines()[-12:])
            raise ChildFailed(f"`airflow {' '.join(arguments)}` ended with code {done.returncode}:\n{tail}")


def _start_components(home: Path, variables: dict[str, str]) -> tuple[Child, ...]:
    return tuple(
        start(
            f"Airflow's {name}",
            [_ENVIRONMENT / "bin" / "airflow", *arguments],
            log_path=home / f"{name}.log",
            env=variables,
            cwd=ROOT,
        )
        for name, arguments in _COMPONENTS.items()
    )


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return False
    parts = ("metadatabase", "scheduler", "dag_processor")
    return all(health.get(part, {}).get("status") == "healthy" for part in parts)


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
