"""One writer per table: an operating-system lock that every writing process takes.

Delta's own commit lock on a local disk works inside one JVM only; two drivers can both report success and one
commit is lost. The lock is `flock` on a file per table: the kernel frees it when its process dies. A driver killed
with -9 leaves its JVM alive for a moment, so the file also names the JVM, and the next writer waits for its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from jobs.sdk.errors import TableLockedError

JVM_EXIT_SECONDS = 30.0


@dataclass
class _Held:
    file: IO[str]
    count: int = 1


_guard = threading.Lock()
_held: dict[Path, _Held] = {}


@contextlib.contextmanager
def table_lock(lock_root: Path, name: str, jvm_pid: int | None = None) -> Iterator[None]:
    """Hold the writer's lock of table `name`; entering again in the same process is free.

    Raises:
        TableLockedError: another process writes the table; the message says which and what to do.
    """
    path = (lock_root / f"{name}.lock").resolve()
    with _guard:
        held = _held.get(path)
        if held is None:
            held = _held[path] = _Held(_take(path, name, jvm_pid))
        else:
            held.count += 1
    try:
        yield
    finally:
        with _guard:
            held.count -= 1
            if held.count == 0:
                del _held[path]
                held.file.truncate(0)
                held.file.close()


def _take(path: Path, name: str, jvm_pid: int | None) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = _holder(file)
        file.close()
        raise _locked(name, holder) from None
    holder = _holder(file)
    if not _wait_for_end(holder.get("jvm_pid"), holder.get("jvm_started")):
        file.close()
        raise _locked(name, holder)
    file.truncate(0)
    record = {
        "pid": os.getpid(),
        "command": " ".join(Path(a).name if i == 0 else a for i, a in enumerate(sys.argv))[:200],
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "jvm_pid": jvm_pid,
        "jvm_started": _start_of(jvm_pid) if jvm_pid else None,
    }
    file.write(json.dumps(record))
    file.flush()
    return file


def _holder(file: IO[str]) -> dict[str, Any]:
    file.seek(0)
    try:
        found = json.loads(file.read() or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _locked(name: str, holder: dict[str, Any]) -> TableLockedError:
    who = f"process {holder.get('pid', 'unknown')} (`{holder.get('command', '?')}`)"
    return TableLockedError(
        f"table {name} is being written by {who} since {holder.get('since', '?')}: expected to be its only writer. "
        f"Wait until that process ends, or stop it (`kill {holder.get('pid', '<pid>')}`), then run again."
    )


def _start_of(pid: int) -> str | None:
    """Return the start time of a process in kernel ticks: a reused pid has another one."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[19]
    except (OSError, IndexError):
        return None


def _wait_for_end(pid: int | None, started: str | None) -> bool:
    deadline = time.monotonic() + JVM_EXIT_SECONDS
    while pid and started and _start_of(pid) == started and pid != os.getpid():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
