"""Stand between a program and whatever it starts, so that nothing it started outlives it.

Run as a script: `python guard.py PARENT_PID SECONDS COMMAND...`. The command gets a process group of its own. When the
parent dies, however it dies, or asks for a stop, the whole group is told to end and, after SECONDS, made to end.
Only the standard library: it starts in some twenty milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from types import FrameType

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_POLL_SECONDS = 0.02


class _Stop(Exception):
    """The parent died or asked for a stop."""


def _on_signal(number: int, frame: FrameType | None) -> None:
    raise _Stop


def _die_with_parent(number: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)


def _group_is_alive(group: int) -> bool:
    """Reap what is left of the group and say whether somebody in it still runs."""
    try:
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _end_group(group: int, seconds: float) -> None:
    """Ask the group to end; after the time limit, end it."""
    for number, limit in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            if not _group_is_alive(group):
                return
            time.sleep(_POLL_SECONDS)


def main(arguments: list[str]) -> int:
    """Run the command until it ends, the parent dies, or a stop is asked for; return its exit code."""
    parent, seconds, command = int(arguments[0]), float(arguments[1]), arguments[2:]
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _on_signal)
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    _die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return 0
    child = None
    code = 0
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            process_group=0,
            preexec_fn=lambda: _die_with_parent(signal.SIGKILL),
        )
        code = child.wait()
    except _Stop:
        pass
    finally:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if child is not None:
            _end_group(child.pid, seconds)
    return code


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except FileNotFoundError as error:
        sys.exit(f"{error.filename}: no such program")
