"""What a demonstration owns on disk: one at a time per city, and everything managed here made anew."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vigie.errors import Busy
from vigie.local.broker_of_city import data_dir
from vigie.settings import Settings
from vigie.sources import state_dir


@contextmanager
def only_one(settings: Settings, city: str) -> Iterator[None]:
    """Hold the city for one demonstration.

    Raises:
        Busy: another one runs; the message names its process.
    """
    path = settings.home / "locks" / f"demo-{city}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Busy(
                f"a demonstration of {city} is running (process {holder}); stop it with Ctrl-C or `kill {holder}`, "
                "or show another city with CITY=…"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def start_from_zero(settings: Settings, city: str) -> None:
    """Remove what is managed here and would be made again; a lake or broker of the settings is never touched.

    With a broker of the settings the offsets stay, or every record would be published to it again; with a lake of the
    settings the checkpoints stay, or every record would be read into it again.

    Raises:
        Busy: another command writes the city's lake or uses its broker.
    """
    is_managed_broker = settings.kafka_bootstrap is None
    folders: list[Path] = []
    if is_managed_broker:
        _refuse_if_held(data_dir(settings, city) / "owner.lock", city)
    if settings.has_managed_lake and is_managed_broker:
        for lock in (settings.home / "locks" / city).glob("*.lock"):
            _refuse_if_held(lock, city)
        folders = [data_dir(settings, city), state_dir(settings, city), Path(settings.lake(city))]
        if settings.checkpoint_root is None:
            folders.append(Path(settings.checkpoints(city)))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def _refuse_if_held(path: Path, city: str) -> None:
    if not path.exists():
        return
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f"another command works on {city} ({path.name} is held; `vigie stream`, `vigie airflow` or a scheduled "
                "run): end it first"
            ) from None
