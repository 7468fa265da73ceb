"""Start a long-running part of the local stack and be sure to end it: the part, what it started, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vigie.errors import VigieError

_GUARD = Path(__file__).with_name("guard.py")
_POLL_SECONDS = 0.05

# The kernel ties a child to the *thread* that started it. A thread that lives as long as the program starts them all,
# so that a part prepared in a short-lived thread does not die with it.
_starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="vigie-start")
_started: list[Child] = []
_is_closing = threading.Event()


class ChildFailed(VigieError):
    """A part of the local stack ended, or did not become ready in time."""


@dataclass(frozen=True)
class Child:
    """One started part: its name for messages, and where its output goes."""

    name: str
    log_path: Path
    process: subprocess.Popen[bytes]
    stop_seconds: float

    @property
    def is_running(self) -> bool:
        """Whether the part still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End the part and all it started: politely, then by force after the time limit. Repeatable."""
        if not self.is_running:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(self.stop_seconds + 10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def log_tail(self, lines: int = 12) -> str:
        """The last lines the part wrote, for an error message."""
        try:
            text = self.log_path.read_text(errors="replace")
        except FileNotFoundError:
            return "(it wrote nothing)"
        return "\n".join(text.splitlines()[-lines:]) or "(it wrote nothing)"


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log_path: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stop_seconds: float = 20.0,
) -> Child:
    """Start a part; it ends with this program even when this program is killed.

    Args:
        name: what messages call it.
        command: program and arguments.
        log_path: file that receives its output, emptied first.
        env: variables added to those of this program.
        cwd: folder it runs in.
        stop_seconds: how long it may take to end by itself once asked.
    """
    log_path.parent.mkdir(parents=True, exist_ok=True)
    guarded = [sys.executable, "-I", "-S", str(_GUARD), str(os.getpid()), str(stop_seconds)]

    def spawn() -> Child:
        if _is_closing.is_set():
            raise ChildFailed(f"{name} was not started: everything is being stopped")
        with log_path.open("wb") as log:
            process = subprocess.Popen(
                [*guarded, *map(str, command)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                cwd=cwd,
                start_new_session=True,
            )
        child = Child(name, log_path, process, stop_seconds)
        _started.append(child)
        return child

    return _starter.submit(spawn).result()


@contextmanager
def all_stopped_at_end() -> Iterator[None]:
    """Whatever ends the block, every part this program started is stopped, also those other threads are waiting for."""
    try:
        yield
    finally:
        stop_all()


def stop_all() -> None:
    """Stop every part this program started, the last one first, and start no more."""
    _is_closing.set()
    for child in reversed(_started):
        child.stop()


def wait_until(ready: Callable[[], bool], child: Child, *, seconds: float) -> None:
    """Wait until a started part is ready.

    Raises:
        ChildFailed: it ended first, or the time is over; the message ends with what it wrote last.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not child.is_running:
            raise ChildFailed(
                f"{child.name} ended with code {child.process.returncode} before it was ready; "
                f"the whole log is {child.log_path}, its end:\n{child.log_tail()}"
            )
        if time.monotonic() > deadline:
            raise ChildFailed(
                f"{child.name} was not ready after {seconds:.0f} s; "
                f"the whole log is {child.log_path}, its end:\n{child.log_tail()}"
            )
        time.sleep(_POLL_SECONDS)
