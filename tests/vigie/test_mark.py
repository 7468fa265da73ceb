"""The mark "simulated" goes where the data go, is told whenever a lake is looked at, and keeps real data apart."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from schemas.simulated import SimulatedRun, is_simulated, line, mark
from tests.vigie.conftest import Vigie
from vigie import dashboards
from vigie.errors import ConfigurationError
from vigie.local.broker_of_city import data_dir
from vigie.mark import carry_over, mark_city
from vigie.settings import Settings

RUN = SimulatedRun("marseille", 1, date(2026, 5, 2), date(2026, 5, 2))
CITY = "marseille"


def table(lake: str, name: str = "gold/source_health") -> None:
    write_deltalake(f"{lake}/{name}", pa.table({"read_count": [3]}))


def test_lake_and_broker_of_a_simulated_city_are_marked(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    mark_city(settings, CITY, RUN)
    assert is_simulated(Path(settings.lake(CITY)))
    assert is_simulated(data_dir(settings, CITY))


def test_simulated_data_are_not_added_to_real_ones(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    table(settings.lake(CITY))
    with pytest.raises(ConfigurationError, match="holds data that are not simulated"):
        mark_city(settings, CITY, RUN)
    assert not is_simulated(Path(settings.lake(CITY)))
    assert not is_simulated(data_dir(settings, CITY))


@pytest.mark.parametrize(
    ("given", "reason"),
    [({"kafka_bootstrap": "127.0.0.1:9"}, "never go to the broker"), ({"lake_root": "s3a://lake"}, "a disk of this")],
)
def test_simulated_data_go_to_no_broker_and_lake_of_others(tmp_path: Path, given: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigurationError, match=reason):
        mark_city(Settings(home=tmp_path, **given), CITY, RUN)


def test_a_lake_made_again_from_a_simulated_broker_is_marked_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    carry_over(settings, CITY)
    assert not is_simulated(Path(settings.lake(CITY)))
    mark(data_dir(settings, CITY), RUN)
    carry_over(settings, CITY)
    assert is_simulated(Path(settings.lake(CITY)))


def test_whoever_looks_at_a_simulated_lake_is_told(tmp_path: Path, vigie: Vigie) -> None:
    settings = Settings(home=tmp_path / "home")
    table(settings.lake(CITY))
    for command in (("query", "--json", "select * from gold.source_health"), ("show", "gold.source_health", "--json")):
        assert line() not in vigie(*command, "--city", CITY).stderr
    mark(Path(settings.lake(CITY)), RUN)
    for command in (("query", "--json", "select * from gold.source_health"), ("show", "gold.source_health", "--json")):
        done = vigie(*command, "--city", CITY)
        assert line() in done.stderr
        assert json.loads(done.stdout), "what a program reads stays as it is"


def test_simulated_and_real_cities_are_shown_apart(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    for city in (CITY, "lancashire", "san_francisco"):
        table(settings.lake(city))
    mark(Path(settings.lake(CITY)), RUN)
    assert dashboards.cities_with_gold(settings, CITY) == (CITY,)
    assert dashboards.cities_with_gold(settings, "san_francisco") == ("san_francisco", "lancashire")
