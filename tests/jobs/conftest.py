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


@pytest.fixture(scope="session")
def town_profile(tmp_path_factory: pytest.TempPathFactory) -> CityProfile:
    """Two square districts that share a border, three sources, Paris time."""
    return town(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def spark(
    tmp_path_factory: pytest.TempPathFactory, jars_dir: Path, town_profile: CityProfile
) -> Iterator[SparkSession]:
    """The one Spark session of the test run."""
    root = tmp_path_factory.mktemp("spark")
    settings = LakeSettings(str(root / "lake"), str(root / "checkpoints"), jars_dir, town_profile, root / "locks")
    with running_session(settings) as session:
        yield session


@pytest.fixture
def settings(tmp_path: Path, jars_dir: Path, town_profile: CityProfile) -> LakeSettings:
    """A lake of its own, empty."""
    return LakeSettings(
        str(tmp_path / "lake"), str(tmp_path / "checkpoints"), jars_dir, town_profile, tmp_path / "locks"
    )


@pytest.fixture
def lake(spark: SparkSession, settings: LakeSettings) -> Lake:
    """The tables of that lake."""
    return Lake(spark, settings)
