"""A lake with good silver, made once and copied for each test that spoils it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.gold import publish
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.contract import load
from tests.jobs.gold.rows import CITY, ZONES, batch, dispatch, frame_of, report, source

POLICE, FIRE = source("police"), source("fire", max_rejected_ratio=0.5)
GATED_CITY = replace(CITY, sources=(FIRE, POLICE))
REPORTS = [
    report(
        number,
        date(2010, 1, 1 + number % 20),
        source_id=POLICE.source_id,
        zone_id=("t:1", "t:2", None)[number % 3],
    )
    for number in range(30)
]
DISPATCHES = [dispatch(number, "2010-01-01T10:00:00", source_id=FIRE.source_id) for number in range(6)]
BATCHES = [
    batch(0, POLICE.source_id, "silver.incident_report", 20, rejected=2, duplicates=3),
    batch(1, POLICE.source_id, "silver.incident_report", 10),
    batch(0, FIRE.source_id, "silver.unit_dispatch", 6, rejected=4),
]
GOOD = {
    "reference.zone": ZONES,
    "silver.incident_report": REPORTS,
    "silver.unit_dispatch": DISPATCHES,
    "quality.batch_count": BATCHES,
}


def settings_in(folder: Path, jars_dir: Path) -> LakeSettings:
    return LakeSettings(
        lake_root=str(folder / "lake" / "testville"),
        checkpoint_root=str(folder / "checkpoints" / "testville"),
        jars_dir=jars_dir,
        city=GATED_CITY,
        lock_root=folder / "locks" / "testville",
    )


@pytest.fixture(scope="session")
def good_lake(spark: SparkSession, jars_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake whose silver is as it should be."""
    folder = tmp_path_factory.mktemp("good")
    lake = Lake(spark, settings_in(folder, jars_dir))
    for name, rows in GOOD.items():
        lake.replace(frame_of(spark, name, rows).coalesce(1), load(name))
    return folder


@pytest.fixture
def settings(good_lake: Path, jars_dir: Path, tmp_path: Path) -> LakeSettings:
    """A lake of the test's own, good as long as the test leaves it so."""
    shutil.copytree(good_lake, tmp_path, dirs_exist_ok=True)
    return settings_in(tmp_path, jars_dir)


@pytest.fixture(scope="session")
def published_lake(
    spark: SparkSession, good_lake: Path, jars_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder of that lake after its gold was published."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(good_lake, folder, dirs_exist_ok=True)
    publish(spark, settings_in(folder, jars_dir))
    return folder


@pytest.fixture
def published(settings: LakeSettings, published_lake: Path, tmp_path: Path) -> LakeSettings:
    """The test's own lake, published as well."""
    shutil.copytree(published_lake, tmp_path, dirs_exist_ok=True)
    return settings


@pytest.fixture
def put(spark: SparkSession, settings: LakeSettings) -> Callable[[str, list[dict[str, object]]], None]:
    """Replaces one table of the test's lake."""

    def replace_table(name: str, rows: list[dict[str, object]]) -> None:
        Lake(spark, settings).replace(frame_of(spark, name, rows).coalesce(1), load(name))

    return replace_table
