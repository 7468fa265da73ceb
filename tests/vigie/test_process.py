"""No part outlives the program that started it, and no part that it did not start is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from vigie.local.process import ChildFailed, start, wait_until
from vigie.settings import ROOT

# A part that starts a part of its own, in the same group, and writes both identifiers.
PARENT_OF_TWO = """
import os, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
with open(sys.argv[1] + ".part", "w") as file:
    file.write(f"{os.getpid()} {inner.pid}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(600)
"""

DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(600)
"""

STARTER = """
import sys, time
from pathlib import Path
from vigie.local.process import start
start("part", [sys.executable, "-c", sys.argv[1], sys.argv[2]], log_path=Path(sys.argv[3]))
time.sleep(600)
"""


def eventually(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether a condition comes true in time."""
    ended = threading.Event()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        ended.wait(0.02)
    return condition()


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[bytes]]:
    """A process that somebody else started."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def pids(path: Path) -> list[int]:
    assert eventually(path.exists)
    return [int(each) for each in path.read_text().split()]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_nothing_survives_the_end_of_the_program_that_started_it(
    tmp_path: Path, bystander: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    told = tmp_path / "pids"
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER, PARENT_OF_TWO, str(told), str(tmp_path / "log")], cwd=ROOT
    )
    started = pids(told)
    assert all(map(is_alive, started))
    starter.send_signal(number)
    starter.wait()
    assert eventually(lambda: not any(map(is_alive, started)))
    assert bystander.poll() is None


def test_stop_ends_the_part_and_all_it_started_and_nothing_else(
    tmp_path: Path, bystander: subprocess.Popen[bytes]
) -> None:
    told = tmp_path / "pids"
    child = start("part", [sys.executable, "-c", PARENT_OF_TWO, told], log_path=tmp_path / "log")
    started = pids(told)
    child.stop()
    assert not child.is_running
    assert not any(map(is_alive, started))
    assert bystander.poll() is None
    child.stop()


def test_part_that_ignores_the_request_is_made_to_end(tmp_path: Path) -> None:
    child = start("deaf part", [sys.executable, "-c", DEAF], log_path=tmp_path / "log", stop_seconds=0.2)
    wait_until(lambda: "deaf" in child.log_tail(), child, seconds=60)
    child.stop()
    assert not child.is_running


def test_part_started_in_a_thread_lives_longer_than_the_thread(tmp_path: Path) -> None:
    started = []
    command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(600)"]
    thread = threading.Thread(target=lambda: started.append(start("part", command, log_path=tmp_path / "log")))
    thread.start()
    thread.join()
    (child,) = started
    wait_until(lambda: "up" in child.log_tail(), child, seconds=60)
    assert child.is_running
    child.stop()


def test_part_that_ends_early_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; print('no such setting'); sys.exit(3)"]
    child = start("the part", command, log_path=tmp_path / "log")
    with pytest.raises(ChildFailed, match=r"the part ended with code 3.*(?s:.*)no such setting"):
        wait_until(lambda: False, child, seconds=60)


def test_part_that_is_never_ready_is_told_with_its_log(tmp_path: Path) -> None:
    child = start("slow part", [sys.executable, "-c", "import time; time.sleep(600)"], log_path=tmp_path / "log")
    with pytest.raises(ChildFailed, match="slow part was not ready after 0 s"):
        wait_until(lambda: False, child, seconds=0.1)
    child.stop()


def test_program_that_does_not_exist_is_told(tmp_path: Path) -> None:
    child = start("part", ["/no/such/program"], log_path=tmp_path / "log")
    with pytest.raises(ChildFailed, match="no such program"):
        wait_until(lambda: False, child, seconds=60)


def test_part_reads_no_terminal_and_has_a_group_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import os, sys; print(repr(sys.stdin.read()), os.getpgrp() == os.getpid())"]
    child = start("part", command, log_path=tmp_path / "log")
    assert eventually(lambda: not child.is_running)
    assert child.log_tail() == "'' True"
    assert os.getpgrp() != os.getpid() or child.process.pid != os.getpgrp()
