"""What all tests of jobs share: one Spark session, and a small city with a lake of its own per test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.sdk.session import running_session
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.city import CityProfile
from tests.jobs.town import town


def settings_in(folder: Path, jars_dir: Path, city: CityProfile) -> LakeSettings:
    """A lake of a city in a folder of its own."""
    return LakeSettings(str(folder / "lake"), str(folder / "checkpoints"), jars_dir, city, folder / "locks")


@pytest.fixture(scope="session")
def town_profile(tmp_path_factory: pytest.TempPathFactory) -> CityProfile:
    """Two square districts that share a border, three sources, Paris time."""
    return town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def spark(
    tmp_path_factory: pytest.TempPathFactory, jars_dir: Path, town_profile: CityProfile
) -> Iterator[SparkSession]:
    """The one Spark session of the test run."""
    with running_session(settings_in(tmp_path_factory.mktemp("spark"), jars_dir, town_profile)) as session:
        yield session


@pytest.fixture
def settings(tmp_path: Path, jars_dir: Path, town_profile: CityProfile) -> LakeSettings:
    """A lake of its own, empty."""
    return settings_in(tmp_path, jars_dir, town_profile)


@pytest.fixture
def lake(spark: SparkSession, settings: LakeSettings) -> Lake:
    """The tables of that lake."""
    return Lake(spark, settings)
