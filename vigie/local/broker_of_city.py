"""The broker that a command of a city works with: the one of the settings, the one running here, or a new one."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from vigie.errors import Busy
from vigie.local.kafka import Broker, answers, start_broker
from vigie.settings import Settings

_ADDRESS = "bootstrap_servers"


def data_dir(settings: Settings, city: str) -> Path:
    """Folder of the broker that is managed here for a city."""
    return settings.home / "kafka" / city


@contextmanager
def broker_for(settings: Settings, city: str) -> Iterator[str]:
    """The bootstrap address of a broker that answers; one started here is stopped at the end, its data stay.

    Raises:
        Busy: the broker of the settings does not answer.
    """
    if settings.kafka_bootstrap is not None:
        if not answers(settings.kafka_bootstrap):
            raise Busy(
                f"no broker answers at {settings.kafka_bootstrap} (setting kafka_bootstrap): start it, correct the "
                "setting, or remove it to have one started here"
            )
        yield settings.kafka_bootstrap
        return
    folder = data_dir(settings, city)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "owner.lock").open("w") as lock:
        if not _take(lock):
            yield _address_of_running(folder)
            return
        broker = start_managed(settings, city)
        try:
            yield broker.bootstrap_servers
        finally:
            stop_managed(broker)


def start_managed(settings: Settings, city: str) -> Broker:
    """Start the city's own broker and leave its address for other commands to find."""
    folder = data_dir(settings, city)
    broker = start_broker(folder, jars_dir=settings.jars("kafka"), heap_mb=settings.kafka_heap_mb)
    (folder / _ADDRESS).write_text(broker.bootstrap_servers)
    return broker


def stop_managed(broker: Broker) -> None:
    """Stop a broker started here and take back its address."""
    with suppress(FileNotFoundError):
        (broker.data_dir / _ADDRESS).unlink()
    broker.stop()


def _take(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _address_of_running(folder: Path) -> str:
    try:
        address = (folder / _ADDRESS).read_text()
    except FileNotFoundError:
        address = ""
    if not address or not answers(address):
        raise Busy(f"another command is starting or stopping the broker of {folder}; try again in a few seconds")
    return address
