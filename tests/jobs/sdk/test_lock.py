"""One writer per table, among processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jobs.sdk.errors import TableLockedError
from jobs.sdk.lock import table_lock

HOLD = """
import sys
from pathlib import Path
from jobs.sdk.lock import table_lock
with table_lock(Path(sys.argv[1]), "silver.incident_report", jvm_pid=int(sys.argv[2]) or None):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(root: Path, repository: Path, jvm_pid: int = 0) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(root), str(jvm_pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_is_refused_and_told_who_holds_the_table(tmp_path: Path, repository: Path) -> None:
    other = holder(tmp_path, repository)
    try:
        with pytest.raises(TableLockedError) as refused, table_lock(tmp_path, "silver.incident_report"):
            pytest.fail("two writers")
    finally:
        other.communicate("")
    message = str(refused.value)
    assert f"process {other.pid}" in message
    assert "silver.incident_report" in message
    assert "run again" in message
    assert refused.value.exit_code == 4


def test_a_lock_is_free_once_its_process_is_killed(tmp_path: Path, repository: Path) -> None:
    other = holder(tmp_path, repository)
    other.kill()
    other.wait()
    with table_lock(tmp_path, "silver.incident_report"):
        pass


def test_the_virtual_machine_of_a_killed_driver_is_waited_for(tmp_path: Path, repository: Path) -> None:
    machine = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    other = holder(tmp_path, repository, machine.pid)
    other.kill()
    other.wait()
    # The end of the machine must be seen by a waiting taker: it is ended while the lock is being taken.
    end = "import os, sys; sys.stdin.readline(); os.kill(int(sys.argv[1]), 9)"
    ender = subprocess.Popen([sys.executable, "-c", end, str(machine.pid)], stdin=subprocess.PIPE, text=True)
    threading.Thread(target=machine.wait, daemon=True).start()
    assert ender.stdin is not None
    ender.stdin.write("now\n")
    ender.stdin.close()
    with table_lock(tmp_path, "silver.incident_report"):
        assert machine.poll() is not None
    ender.wait()


def test_other_tables_stay_free_and_the_same_process_may_enter_again(tmp_path: Path, repository: Path) -> None:
    other = holder(tmp_path, repository)
    try:
        with table_lock(tmp_path, "silver.trip_delay"), table_lock(tmp_path, "silver.trip_delay"):
            pass
    finally:
        other.communicate("")
    assert not (tmp_path / "silver.trip_delay.lock").read_text()
