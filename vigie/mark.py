"""The mark "simulated" on what is managed here: it goes where the data go, and is told whenever a lake is looked at."""

from __future__ import annotations

import sys
from pathlib import Path

from schemas.simulated import SimulatedRun, is_simulated, line, mark, read_mark
from vigie.errors import ConfigurationError
from vigie.settings import Settings


def mark_city(settings: Settings, city: str, run: SimulatedRun) -> None:
    """Mark the broker's folder and the lake of a city before anything invented is sent there.

    Raises:
        ConfigurationError: the broker or the lake is not this folder's own, or the lake holds real data: invented data
            would be mixed with them.
    """
    from vigie.local.broker_of_city import data_dir

    if settings.kafka_bootstrap is not None:
        raise ConfigurationError(
            f"simulated data never go to the broker of the settings ({settings.kafka_bootstrap}), where others would "
            "take them for real; leave kafka_bootstrap out, or show a city with recorded data (CITY=…)"
        )
    lake = _lake_folder(settings, city)
    if any(lake.glob("*/*/_delta_log")) and not is_simulated(lake):
        raise ConfigurationError(
            f"the lake {lake} holds data that are not simulated; simulated ones are never added to them. Give "
            "`lake_root` another folder, or remove that lake"
        )
    mark(data_dir(settings, city), run)
    mark(lake, run)


def carry_over(settings: Settings, city: str) -> None:
    """Mark the lake of a city when the broker here holds invented data of it: they are about to be read into it."""
    from vigie.local.broker_of_city import data_dir

    broker = data_dir(settings, city)
    if settings.kafka_bootstrap is None and is_simulated(broker) and not _is_marked(settings, city):
        mark_city(settings, city, read_mark(broker))


def tell_of(lake: str) -> None:
    """Say on the error stream, where no program reads figures, that a lake is simulated."""
    if is_simulated(Path(lake.removeprefix("file://"))):
        print(line(), file=sys.stderr, flush=True)


def _is_marked(settings: Settings, city: str) -> bool:
    return is_simulated(_lake_folder(settings, city))


def _lake_folder(settings: Settings, city: str) -> Path:
    lake = settings.lake(city)
    if "://" in lake and not lake.startswith("file://"):
        raise ConfigurationError(
            f"lake {lake}: a simulated lake lies on a disk of this machine, where its mark is seen; remove `lake_root`"
        )
    return Path(lake.removeprefix("file://"))
