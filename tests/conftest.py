"""What tests of every folder share: who runs beside whom, the real broker, and a lake that the real pipeline wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.side_by_side import SideBySide, in_order
from vigie.local.kafka import Broker, start_broker
from vigie.local.superset import prepare_template
from vigie.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
KAFKA_JARS = ROOT / ".vigie" / "jars" / "kafka"
LAKE_CITY = "san_francisco"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SideBySide | None:
    """Keep files together that share a costly part."""
    return SideBySide(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """In one of several processes, begin with the costly parts; alone, keep the order of the files."""
    if hasattr(config, "workerinput"):
        in_order(items)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run of continuous integration in which anything was skipped: a part that is missing proves nothing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true" and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line(f"{len(skipped)} skipped, expected none where CI=true: install what they miss", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def jars_dir() -> Path:
    """The folder of Spark's extra jars, filled by set-up."""
    return ROOT / ".vigie" / "jars" / "spark"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka broker for the whole run; `.bootstrap_servers` is its address.

    Topics are not made by themselves, and other tests' topics are there too: whoever reads by pattern takes
    `empty_broker`.
    """
    running = start_broker(tmp_path_factory.mktemp("kafka"), jars_dir=KAFKA_JARS)
    yield running
    running.stop()


@pytest.fixture
def empty_broker(tmp_path: Path) -> Iterator[Broker]:
    """A real Kafka broker for one test alone, without any topic."""
    running = start_broker(tmp_path / "kafka", jars_dir=KAFKA_JARS)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Make a home (`VIGIE_HOME`) in which only Superset's empty database is there: made once, it is the same in all."""
    template = prepare_template(Settings()).folder

    def make(name: str) -> Path:
        home = tmp_path_factory.mktemp(name)
        shutil.copytree(template, home / "superset" / "template")
        return home

    return make


@pytest.fixture(scope="session")
def city_home(new_home: Callable[[str], Path]) -> Path:
    """A home (`VIGIE_HOME`) left by `make demo-check`: recorded feeds that went all the way to the dashboard.

    The demonstration itself fails when a figure differs from the independent computation. What it printed is in
    `demo.log` of the home.
    """
    home = new_home("home")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    with (home / "demo.log").open("w") as log:
        done = subprocess.run(
            [ROOT / ".venv" / "bin" / "vigie", "--debug", "demo", "--check", "--city", LAKE_CITY],
            cwd=ROOT,
            env={**kept, "VIGIE_HOME": str(home), "VIGIE_SETTINGS": str(home / "none.toml")},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    assert done.returncode == 0, (home / "demo.log").read_text()[-6000:]
    return home


@pytest.fixture(scope="session")
def city_lake(city_home: Path) -> Path:
    """The lake of San Francisco as the real pipeline wrote it from the recorded feeds."""
    return city_home / "lake" / LAKE_CITY
