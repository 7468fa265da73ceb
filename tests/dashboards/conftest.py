"""One real Superset for all tests of dashboards, over two small lakes, with the observatory pushed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dashboards.catalogue import build_catalogue
from dashboards.push import PushReport, push
from tests.dashboards.small_lake import SmallLake, bay, moor
from vigie.local.superset import Superset, prepare_template, start_superset
from vigie.settings import Settings


@dataclass(frozen=True)
class Observatory:
    """A running Superset with the dashboard pushed, and the lakes it shows."""

    superset: Superset
    report: PushReport
    bay: SmallLake
    moor: SmallLake
    catalogue: Path


@pytest.fixture(scope="session")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[SmallLake, SmallLake]:
    """The two small lakes, written once."""
    root = tmp_path_factory.mktemp("lake")
    return bay(root / "bay"), moor(root / "moor")


@pytest.fixture(scope="session")
def catalogue(lakes: tuple[SmallLake, SmallLake], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue over both lakes."""
    path = tmp_path_factory.mktemp("catalogue") / "lake.duckdb"
    build_catalogue(path, [lake.city for lake in lakes])
    return path


@pytest.fixture(scope="session")
def observatory(
    lakes: tuple[SmallLake, SmallLake], catalogue: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Observatory]:
    """Superset over both lakes with the dashboard pushed by its administrator."""
    superset = start_superset(
        prepare_template(Settings()),
        tmp_path_factory.mktemp("superset"),
        catalogue=catalogue,
        lakes=[lake.city.lake_root for lake in lakes],
        workers=1,
    )
    try:
        report = push(superset.url, superset.admin.username, superset.admin.password, [lakes[0].city, lakes[1].city])
        yield Observatory(superset, report, *lakes, catalogue)
    finally:
        superset.stop()
