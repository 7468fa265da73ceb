"""Is this machine able to run the platform, and are the parts given in the settings there?"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import ModuleType

from vigie.errors import VigieError
from vigie.settings import ROOT, Settings

_GIB = 1024**3
_MEMORY_GIB = 6
_DISK_GIB = 3


class State(StrEnum):
    """How a check ended; a warning does not stop anything."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One thing looked at: what was found and, unless it is well, what to do."""

    name: str
    state: State
    found: str
    fix: str = ""


def examine(settings: Settings) -> Iterator[Check]:
    """Look at the machine, the set-up, the files of the repository and the parts that the settings name."""
    looks: tuple[Callable[[Settings], Iterator[Check]], ...] = (
        _programs, _environments, _jars, _memory, _disk, _descriptions, _broker, _lake, _superset,
    )  # fmt: skip
    for look in looks:
        yield from look(settings)


def _programs(settings: Settings) -> Iterator[Check]:
    lines = _setup_module().missing_prerequisites()
    for line in lines:
        found, _, fix = line.rpartition(": ")
        yield Check("programs", State.FAILED, found, fix)
    if not lines:
        yield Check("programs", State.OK, "Python, venv, Java 17, Maven, git, make")


def _environments(settings: Settings) -> Iterator[Check]:
    for environment in _setup_module().ENVIRONMENTS:
        is_there = environment.python.exists()
        state = State.OK if is_there else State.FAILED
        found = str(environment.folder.name) + ("" if is_there else " is missing")
        yield Check(f"environment {environment.name}", state, found, "" if is_there else "make setup")


def _jars(settings: Settings) -> Iterator[Check]:
    setup = _setup_module()
    for name in ("spark", "kafka"):
        expected = setup.expected_jars(name)
        try:
            setup.verify_jars(settings.jars(name), expected)
        except setup.SetupError as error:
            yield Check(f"jars of {name}", State.FAILED, str(error), "make setup")
        else:
            yield Check(f"jars of {name}", State.OK, f"{len(expected)} jars, checksums right")


def _memory(settings: Settings) -> Iterator[Check]:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    is_enough = total >= _MEMORY_GIB
    state = State.OK if is_enough else State.WARNING
    yield Check("memory", state, f"{total:.1f} GiB", "" if is_enough else f"the demonstration wants {_MEMORY_GIB} GiB")


def _disk(settings: Settings) -> Iterator[Check]:
    home = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free = shutil.disk_usage(home).free / _GIB
    is_enough = free >= _DISK_GIB
    state = State.OK if is_enough else State.FAILED
    fix = "" if is_enough else f"free {_DISK_GIB} GiB there, or set `home` to another disk"
    yield Check("disk", state, f"{free:.1f} GiB free at {home}", fix)


def _descriptions(settings: Settings) -> Iterator[Check]:
    from schemas.city import cities, load_city
    from schemas.contract import load_all
    from schemas.errors import SchemaError

    try:
        contracts = load_all()
        for city in cities():
            load_city(city)
    except SchemaError as error:
        yield Check("contracts and cities", State.FAILED, str(error), "correct that file")
        return
    if settings.city not in cities():
        fix = f"set `city` to one of {', '.join(cities())}"
        yield Check("city", State.FAILED, f"no profile {settings.city}", fix)
        return
    yield Check("contracts and cities", State.OK, f"{len(contracts)} contracts, {len(cities())} cities")


def _broker(settings: Settings) -> Iterator[Check]:
    from vigie.local.kafka import answers

    if settings.kafka_bootstrap is None:
        yield Check("broker", State.OK, "started here when a command needs it")
    elif answers(settings.kafka_bootstrap):
        yield Check("broker", State.OK, f"answers at {settings.kafka_bootstrap}")
    else:
        fix = "start it, or correct the setting kafka_bootstrap"
        yield Check("broker", State.FAILED, f"no answer at {settings.kafka_bootstrap}", fix)


def _lake(settings: Settings) -> Iterator[Check]:
    from vigie import lake

    root = settings.lake(settings.city)
    if "://" in root:
        yield Check("lake", State.OK, f"{root} (not looked into from here)")
        return
    folder = next(path for path in (Path(root), *Path(root).parents) if path.exists())
    if not os.access(folder, os.W_OK):
        yield Check("lake", State.FAILED, f"{folder} cannot be written", "correct the setting lake_root or its rights")
        return
    try:
        yield Check("lake", State.OK, f"{len(lake.tables(root))} tables in {root}")
    except VigieError:
        yield Check("lake", State.WARNING, f"no table in {root} yet", f"make demo CITY={settings.city}")


def _superset(settings: Settings) -> Iterator[Check]:
    from vigie.local.superset import is_healthy

    if settings.superset_url is None:
        yield Check("Superset", State.OK, "started here by the demonstration")
    elif not is_healthy(settings.superset_url):
        fix = "start it, or correct the setting superset_url"
        yield Check("Superset", State.FAILED, f"no answer at {settings.superset_url}/health", fix)
    elif settings.superset_password is None:
        fix = "set superset_password (better: the variable VIGIE_SUPERSET_PASSWORD)"
        yield Check("Superset", State.FAILED, f"answers at {settings.superset_url}, no password given", fix)
    else:
        yield Check("Superset", State.OK, f"answers at {settings.superset_url}")


def _setup_module() -> ModuleType:
    """`infra/setup.py` knows what set-up makes; it is a script, so it is loaded by its path."""
    import sys

    name = "vigie_setup"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, ROOT / "infra" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
