"""The demonstration goes all the way, accounts for every row, and leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.vigie.conftest import Vigie
from vigie import lake
from vigie.demo.report import source_counts
from vigie.local.kafka import answers
from vigie.settings import ROOT

pytestmark = pytest.mark.integration
CITY = "lancashire"


def eventually(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether a condition comes true in time."""
    waiting = threading.Event()
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        waiting.wait(0.05)
    return True


def processes_of(home: Path) -> set[int]:
    """Processes that were told of a home, in their command or in their environment."""
    mark = os.fsencode(home)
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        except OSError:
            continue
        if mark in told and int(folder.name) != os.getpid():
            found.add(int(folder.name))
    return found


def demonstration(home: Path) -> subprocess.Popen[bytes]:
    """A demonstration under way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return subprocess.Popen(
        [ROOT / ".venv" / "bin" / "vigie", "demo", "--no-keep", "--city", CITY],
        cwd=ROOT,
        env={**kept, "VIGIE_HOME": str(home), "VIGIE_SETTINGS": str(home / "none.toml")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def is_under_way(home: Path) -> bool:
    """Whether the broker of a demonstration takes records."""
    address = home / "kafka" / CITY / "bootstrap_servers"
    return address.exists() and answers(address.read_text())


def test_demonstration_leaves_every_layer_and_no_process(city_home: Path, city_lake: Path) -> None:
    there = set(lake.tables(str(city_lake)))
    assert {"bronze.record", "silver.incident_report", "quality.check_result", "gold.zone_indicator_day"} <= there
    assert processes_of(city_home) == set()


def test_every_row_read_is_accepted_rejected_or_a_duplicate(city_lake: Path) -> None:
    counts = source_counts(str(city_lake))
    assert {each.source_id.rpartition(":")[2] for each in counts} == {
        "datasf_311_requests", "datasf_fire_calls", "datasf_police_incidents"
    }  # fmt: skip
    assert [each for each in counts if not each.is_balanced] == []


def test_output_tells_sources_layers_and_both_figures(city_home: Path) -> None:
    told = (city_home / "demo.log").read_text()
    for words in ("rows/s", "Every row of every source", "Layers", "independent", "all equal"):
        assert words in told


def test_lake_is_asked_in_sql_afterwards(city_home: Path, vigie: Vigie) -> None:
    sql = "select sum(accepted_count) > 0 as has_rows from gold.source_health"
    done = vigie("query", "--json", sql, "--city", "san_francisco", VIGIE_HOME=str(city_home))
    assert json.loads(done.stdout) == [{"has_rows": True}]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=lambda number: number.name)
def test_demonstration_that_is_ended_leaves_no_process_and_the_next_one_starts(
    tmp_path: Path, number: signal.Signals
) -> None:
    for _ in range(2):
        running = demonstration(tmp_path)
        assert eventually(lambda: is_under_way(tmp_path), 120), "the broker did not start"
        running.send_signal(number)
        code = running.wait(120)
        assert code == (130 if number == signal.SIGINT else -number)
        assert eventually(lambda: processes_of(tmp_path) == set(), 60), processes_of(tmp_path)


def test_second_demonstration_at_the_same_time_is_refused(tmp_path: Path, vigie: Vigie) -> None:
    running = demonstration(tmp_path)
    try:
        assert eventually(lambda: is_under_way(tmp_path), 120), "the broker did not start"
        refused = vigie("demo", "--city", CITY, VIGIE_HOME=str(tmp_path))
        assert refused.returncode == 4
        assert f"a demonstration of {CITY} is running (process {running.pid})" in refused.stderr
        assert is_under_way(tmp_path)
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(120)
