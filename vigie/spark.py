"""One Spark session for a command, with Spark's own talk in a file instead of between the lines of the command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.errors import MissingPart

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.sdk.settings import LakeSettings


_END_SECONDS = 30.0


def log_path(home: Path, city: str) -> Path:
    """Where Spark's own log of a city goes."""
    return home / "logs" / f"spark-{city}.log"


@contextmanager
def session(settings: LakeSettings, log: Path) -> Iterator[SparkSession]:
    """Start Spark, and stop it whatever happens.

    Raises:
        MissingPart: Spark's jars or Java are missing.
    """
    started = open_session(settings, log)
    try:
        yield started
    finally:
        close_session(started)


def close_session(started: SparkSession) -> None:
    """Stop Spark and end its Java process, whose memory would otherwise be held until the command ends."""
    gateway: Any = started.sparkContext._gateway
    process = getattr(gateway, "proc", None)
    # The process may be gone already (out of memory, or ended together with this one): then there is nobody to ask,
    # and the error worth telling is the one that is on its way.
    with suppress(Exception):
        started.stop()
    with suppress(Exception):
        gateway.shutdown()
    if process is None:
        return
    with suppress(OSError):
        # It ends when nobody can talk to it any more.
        process.stdin.close()
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def open_session(settings: LakeSettings, log: Path) -> SparkSession:
    """Start Spark; its Java process writes to `log`."""
    if not any(settings.jars_dir.glob("delta-spark*.jar")):
        raise MissingPart(f"no Delta jars in {settings.jars_dir}; run `make setup`")
    from jobs.sdk.session import open_session as start

    with _errors_to(log):
        return start(settings)


@contextmanager
def _errors_to(log: Path) -> Iterator[None]:
    """The Java process keeps the standard error it was started with, so it is started with a file."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stderr.flush()
    terminal = os.dup(2)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.dup2(file, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(file)
