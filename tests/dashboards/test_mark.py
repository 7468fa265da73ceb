"""A dashboard over a simulated lake carries the mark whoever pushes it; one over real lakes never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dashboards.assets import documents
from dashboards.browser import Login, open_dashboard
from dashboards.catalogue import CityLake, build_catalogue, delta_extension, one_nature
from dashboards.check import FOLDER
from dashboards.client import SupersetClient
from dashboards.errors import CatalogueError, SupersetError
from dashboards.mark import is_marked, with_banner
from dashboards.push import push
from dashboards.specification import load_dashboard
from schemas.label import LANGUAGES, Label
from schemas.simulated import WORDS, SimulatedRun, mark
from tests.dashboards.conftest import Observatory
from tests.dashboards.small_lake import bay
from vigie.local.superset import Superset, prepare_template, start_superset
from vigie.settings import Settings

RUN = SimulatedRun("bay", 1, date(2026, 5, 2), date(2026, 5, 2))


def lake(folder: Path, name: str, *, is_simulated: bool) -> CityLake:
    if is_simulated:
        mark(folder / name, RUN)
    return CityLake(name, folder / name, Label(fr=name, en=name), "Europe/Paris")


def test_a_simulated_city_is_never_called_like_the_real_one(tmp_path: Path) -> None:
    simulated, real = (lake(tmp_path, name, is_simulated=name == "a") for name in ("a", "b"))
    assert [is_marked(simulated.shown.in_language(each)) for each in LANGUAGES] == [True, True]
    assert real.shown == real.label


def test_simulated_and_real_lakes_are_not_shown_together(tmp_path: Path) -> None:
    simulated, real = (lake(tmp_path, name, is_simulated=name == "a") for name in ("a", "b"))
    assert one_nature([simulated])
    assert not one_nature([real])
    with pytest.raises(CatalogueError, match=r"simulated lakes \(a\) and real ones \(b\)"):
        one_nature([real, simulated])
    with pytest.raises(CatalogueError, match="show them apart"):
        push("http://127.0.0.1:9", "admin", "wrong", [simulated, real])
    with pytest.raises(CatalogueError, match="show them apart"):
        build_catalogue(tmp_path / "lake.duckdb", [simulated, real])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mark_is_the_title_and_the_first_row_of_the_page(language: str) -> None:
    plain = load_dashboard(FOLDER)
    found = documents(with_banner(plain), Label(fr="x", en="x"))[f"dashboards/{language}_{plain.name}.yaml"]
    words = WORDS.in_language(language)
    tree: dict[str, Any] = found["position"]
    assert found["dashboard_title"].startswith(words)
    assert tree["HEADER_ID"]["meta"]["text"].startswith(words)
    (first,) = tree[tree["GRID_ID"]["children"][0]]["children"]
    assert tree[first]["type"] == "MARKDOWN"
    assert words in tree[first]["meta"]["code"]
    charts = [node["meta"]["uuid"] for node in tree.values() if isinstance(node, dict) and node.get("type") == "CHART"]
    assert len(charts) == len(plain.charts)


@dataclass(frozen=True)
class Simulated:
    """A running Superset over a lake that the simulator filled, with nothing pushed yet."""

    superset: Superset
    city: CityLake
    catalogue: Path

    @property
    def account(self) -> tuple[str, str, str]:
        """Address and administrator."""
        return self.superset.url, self.superset.admin.username, self.superset.admin.password

    def titles(self) -> set[str]:
        """Titles of all dashboards there are."""
        with SupersetClient(*self.account) as client:
            return {str(each["dashboard_title"]) for each in client.pages("/api/v1/dashboard/", "")}


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Simulated]:
    city = bay(tmp_path / "lakes" / "bay").city
    mark(city.lake_root, RUN)
    catalogue = tmp_path / "lake.duckdb"
    build_catalogue(catalogue, [city])
    superset = start_superset(
        prepare_template(Settings()), tmp_path / "superset", catalogue=catalogue, lakes=[city.lake_root], workers=1
    )
    yield Simulated(superset, city, catalogue)
    superset.stop()


@pytest.mark.integration
def test_a_simulated_lake_cannot_be_pushed_without_the_mark(simulated: Simulated, tmp_path: Path) -> None:
    with pytest.raises(SupersetError, match="no lake given is simulated; the dashboards were taken away"):
        push(*simulated.account, [replace(simulated.city, lake_root=tmp_path / "elsewhere")])
    assert simulated.titles() == set()
    push(*simulated.account, [simulated.city])
    assert len(simulated.titles()) == len(LANGUAGES)
    assert all(is_marked(title) for title in simulated.titles())
    with duckdb.connect(str(simulated.catalogue), read_only=True) as connection:
        connection.execute(f"LOAD '{delta_extension()}'")
        shown = connection.execute("SELECT DISTINCT city_label FROM gold.zone_indicator_day_fr").fetchall()
    assert [is_marked(name) for (name,) in shown] == [True]
    reader = Login(simulated.superset.reader.username, simulated.superset.reader.password)
    page = open_dashboard(simulated.superset.url, reader, "observatory", tmp_path / "page.png", seconds=240)
    assert page.text.count(WORDS.fr) >= 3, "in the filter of the city, the title and the banner"


@pytest.mark.integration
def test_real_lakes_carry_no_mark(observatory: Observatory) -> None:
    superset = observatory.superset
    with SupersetClient(superset.url, superset.admin.username, superset.admin.password) as client:
        found = [str(each["dashboard_title"]) for each in client.pages("/api/v1/dashboard/", "")]
    assert len(found) == len(LANGUAGES)
    assert not any(map(is_marked, found))
