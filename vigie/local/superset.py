"""Superset on this machine: its database copied from a template made once, its server on a free loopback port."""

from __future__ import annotations

import json
import os
import shutil
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vigie.errors import ConfigurationError, MissingPart
from vigie.local.ports import free_ports, is_listening
from vigie.local.process import Child, ChildFailed, start, wait_until
from vigie.settings import ROOT, Settings

_ENVIRONMENT = ROOT / ".venv-superset"
_CODE = ROOT / "infra" / "superset"
_PREPARE_SECONDS = 300.0
_START_SECONDS = 180.0


@dataclass(frozen=True)
class Login:
    """An account of a Superset; the password is not shown by accident."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Template:
    """A migrated metadata database with roles and accounts, ready to be copied."""

    folder: Path
    secret_key: str = field(repr=False)
    admin: Login
    reader: Login


@dataclass(frozen=True)
class Superset:
    """A running Superset."""

    child: Child
    url: str
    admin: Login
    reader: Login

    def stop(self) -> None:
        """Stop the server and its workers."""
        self.child.stop()


def prepare_template(settings: Settings) -> Template:
    """Make the template unless it is there already (about 25 s once), with generated passwords, mode 0600.

    Raises:
        MissingPart: Superset's environment is not set up.
        ChildFailed: Superset could not make its database.
    """
    python = _ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise MissingPart(f"Superset is not installed in {_ENVIRONMENT}; run `make setup`")
    folder = settings.home / "superset" / "template"
    child = start(
        "the preparation of Superset",
        [python, _CODE / "prepare.py", folder],
        log_path=settings.home / "logs" / "superset-prepare.log",
        env=_quiet_environment(),
        cwd=ROOT,
    )
    try:
        wait_until(lambda: not child.is_running, child, seconds=_PREPARE_SECONDS)
    finally:
        child.stop()
    if child.process.returncode:
        raise ChildFailed(f"{child.name} failed; the end of {child.log_path}:\n{child.log_tail()}")
    values = json.loads((folder / "credentials.json").read_text())
    return Template(
        folder,
        values["secret_key"],
        Login(values["admin_username"], values["admin_password"]),
        Login(values["reader_username"], values["reader_password"]),
    )


def start_superset(
    template: Template, home: Path, *, catalogue: Path, lakes: Sequence[Path], port: int = 0, workers: int = 2
) -> Superset:
    """Start Superset on a fresh copy of the template; it answers when this returns.

    Args:
        template: what `prepare_template` returned.
        home: folder of this instance; what an earlier one left there is replaced.
        catalogue: DuckDB file of views over the lakes.
        lakes: the only folders it may read.
        port: loopback port; 0 takes a free one.
        workers: server processes.

    Raises:
        ConfigurationError: somebody listens on the port.
        ChildFailed: the server did not become ready.
    """
    if port and is_listening(port):
        raise ConfigurationError(f"port {port} (setting superset_port) is taken; choose another or 0 for a free one")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True, mode=0o700)
    shutil.copyfile(template.folder / "superset.db", home / "superset.db")
    chosen = port or free_ports(1)[0]
    command: list[str | Path] = [
        _ENVIRONMENT / "bin" / "python", "-m", "gunicorn",
        "--bind", f"127.0.0.1:{chosen}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", "8",
        "--preload", "--timeout", "120", "--graceful-timeout", "3",
        "superset.app:create_app()",
    ]  # fmt: skip
    child = start(
        "Superset",
        command,
        log_path=home / "superset.log",
        env=_quiet_environment()
        | {
            "SUPERSET_HOME": str(home),
            "SUPERSET_SECRET_KEY": template.secret_key,
            "SUPERSET_CONFIG_PATH": str(_CODE / "superset_config.py"),
            "PYTHONPATH": str(_CODE),
            "VIGIE_CATALOGUE": str(catalogue),
            "VIGIE_LAKE_DIRS": os.pathsep.join(map(str, lakes)),
        },
        cwd=home,
        stop_seconds=10.0,
    )
    url = f"http://127.0.0.1:{chosen}"
    try:
        wait_until(lambda: is_healthy(url), child, seconds=_START_SECONDS)
    except BaseException:
        child.stop()
        raise
    return Superset(child, url, template.admin, template.reader)


def is_healthy(url: str) -> bool:
    """Whether a Superset answers at an address."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _quiet_environment() -> dict[str, str]:
    return {"SCARF_ANALYTICS": "false", "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1", "FLASK_APP": "superset"}
