"""A demonstration owns its city while it runs, and removes only what it makes again."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from vigie.demo.state import only_one, start_from_zero
from vigie.errors import Busy
from vigie.settings import Settings

CITY = "lancashire"
MADE_HERE = ("lake", "checkpoints", "kafka", "sources")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with something of two cities in every folder."""
    for folder in MADE_HERE:
        for city in (CITY, "marseille"):
            (tmp_path / folder / city).mkdir(parents=True)
            (tmp_path / folder / city / "something").write_text("kept?")
    return tmp_path


def left(home: Path, city: str = CITY) -> list[str]:
    return [folder for folder in MADE_HERE if (home / folder / city / "something").exists()]


def test_second_demonstration_of_a_city_is_refused_with_the_process_of_the_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with only_one(settings, CITY):
        with pytest.raises(Busy, match=f"process {os.getpid()}"), only_one(settings, CITY):
            pass
        with only_one(settings, "marseille"):
            pass
    with only_one(settings, CITY):
        pass


def test_what_is_managed_here_is_made_anew_and_other_cities_are_left(home: Path) -> None:
    start_from_zero(Settings(home=home, kafka_bootstrap=None, lake_root=None), CITY)
    assert left(home) == []
    assert left(home, "marseille") == list(MADE_HERE)


@pytest.mark.parametrize("given", [{"lake_root": "given"}, {"kafka_bootstrap": "127.0.0.1:9092"}])
def test_nothing_is_removed_when_the_lake_or_the_broker_is_somebody_elses(home: Path, given: dict[str, str]) -> None:
    if "lake_root" in given:
        given = {"lake_root": str(home / "lake")}
    start_from_zero(Settings(home=home, **given), CITY)  # type: ignore[arg-type]
    assert left(home) == list(MADE_HERE)


@pytest.mark.parametrize("lock", [f"kafka/{CITY}/owner.lock", f"locks/{CITY}/silver.incident_report.lock"])
def test_nothing_is_removed_under_a_command_at_work(home: Path, lock: str) -> None:
    path = home / lock
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Busy, match="another command works on lancashire"):
            start_from_zero(Settings(home=home, kafka_bootstrap=None, lake_root=None), CITY)
    assert left(home) == list(MADE_HERE)
