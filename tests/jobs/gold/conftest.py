"""Frames of the lake's tables, and the small city in both periods."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyspark.sql import DataFrame, SparkSession

from schemas.city import Baseline, CityProfile
from tests.jobs.gold.rows import CITY, SETTINGS, ZONES, TableOf, frame_of


@pytest.fixture(scope="session")
def table_of(spark: SparkSession) -> TableOf:
    """Makes a frame of a contract from rows that leave out what they do not need."""
    return lambda name, rows: frame_of(spark, name, rows)


@pytest.fixture(scope="session")
def daily_city() -> CityProfile:
    """Two to three same weeks of earlier years, days, English."""
    return CITY


@pytest.fixture(scope="session")
def monthly_city() -> CityProfile:
    """One to four previous months, months, French."""
    baseline = Baseline("previous_periods", reference_windows=4, minimum_windows=1)
    return replace(CITY, language="fr", indicator_epochs=(replace(SETTINGS, period="month", baseline=baseline),))


@pytest.fixture(scope="session")
def zones(table_of: TableOf) -> DataFrame:
    """Two zones with population, one without."""
    return table_of("reference.zone", ZONES)
