from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dashboards.catalogue import build_catalogue, delta_extension
from dashboards.dataset import datasets
from dashboards.errors import CatalogueError
from schemas.codes import load_codes
from schemas.label import LANGUAGES
from tests.dashboards.small_lake import FIRST_DAY, SmallLake, write_table


def ask(catalogue: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(catalogue), read_only=True) as connection:
        connection.execute(f"LOAD '{delta_extension()}'")
        return connection.execute(query).fetchall()


def test_cities_are_united(catalogue: Path, lakes: tuple[SmallLake, SmallLake]) -> None:
    found = dict(ask(catalogue, "SELECT city_id, sum(incident_count) FROM gold.zone_indicator_day GROUP BY 1"))
    assert found == {lake.city.city_id: lake.total("gold.zone_indicator_day", "incident_count") for lake in lakes}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_presented_column_can_be_read(catalogue: Path, language: str) -> None:
    for dataset in datasets().values():
        columns = ", ".join(column.name for column in dataset.columns)
        ask(catalogue, f"SELECT {columns} FROM gold.{dataset.view(language)}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_codes_have_labels_of_the_code_list(catalogue: Path, language: str) -> None:
    view = datasets()["zone_indicator_day"].view(language)
    for code, label in ask(catalogue, f"SELECT DISTINCT theme_code, theme_label FROM gold.{view}"):
        assert label == load_codes("theme").label(str(code), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_facts_without_a_zone_are_shown_in_words(catalogue: Path, language: str) -> None:
    query = f"SELECT DISTINCT zone_id, zone_label FROM gold.zone_indicator_day_{language} WHERE zone_id NOT LIKE '%:%'"
    codes = load_codes("zone_pseudo")
    assert dict(ask(catalogue, query)) == {code: codes.label(code, language) for code in ("unlocated", "outside")}


def test_sources_are_shown_by_name(catalogue: Path) -> None:
    query = "SELECT DISTINCT source_label FROM gold.zone_indicator_day_en WHERE city_id = 'bay'"
    assert ask(catalogue, query) == [("Bay police",)]


def test_a_missing_stage_is_a_row_without_time(catalogue: Path, lakes: tuple[SmallLake, SmallLake]) -> None:
    bay = lakes[0]
    ((rows, times),) = ask(catalogue, "SELECT count(*), count(duration_seconds) FROM gold.response_time_day")
    measured = bay.total("gold.response_time_day", "measured_count")
    assert (rows, times) == (measured + bay.total("gold.response_time_day", "missing_count"), measured)


def test_each_part_of_a_zone_carries_the_zone_total(catalogue: Path) -> None:
    query = """SELECT zone_id, ring_json, sum(incident_count) FROM gold.zone_indicator_day_map
        WHERE city_id = 'moor' GROUP BY ALL"""
    totals: dict[object, set[object]] = {}
    for zone, _, count in ask(catalogue, query):
        totals.setdefault(zone, set()).add(count)
    assert totals == {"gss:E1": {183}, "gss:E2": {423}}
    assert len(ask(catalogue, query)) == 3


def test_instants_are_the_wall_clock_of_the_city(catalogue: Path) -> None:
    query = "SELECT city_id, min(strftime(last_fact_at, '%H:%M')) FROM gold.source_health GROUP BY 1"
    assert dict(ask(catalogue, query)) == {"bay": "23:30", "moor": "07:30"}


def test_a_new_version_of_a_table_is_seen_without_rebuilding(
    lakes: tuple[SmallLake, SmallLake], tmp_path: Path
) -> None:
    bay = lakes[0]
    rows = bay.tables["gold.zone_indicator_day"]
    root = tmp_path / "bay"
    write_table(root, "gold.zone_indicator_day", rows[:10])
    catalogue = tmp_path / "lake.duckdb"
    build_catalogue(catalogue, [type(bay.city)("bay", root, bay.city.label, "UTC")])
    assert ask(catalogue, "SELECT count(*) FROM gold.zone_indicator_day") == [(10,)]

    write_table(root, "gold.zone_indicator_day", rows[:25])

    assert ask(catalogue, "SELECT count(*) FROM gold.zone_indicator_day") == [(25,)]


def test_a_table_that_no_city_has_is_empty_and_not_an_error(lakes: tuple[SmallLake, SmallLake], tmp_path: Path) -> None:
    catalogue = tmp_path / "lake.duckdb"
    found = build_catalogue(catalogue, [lakes[1].city])
    assert found["response_time_day"] == ()
    assert ask(catalogue, "SELECT count(*) FROM gold.response_time_day_fr") == [(0,)]


def test_a_lake_without_gold_says_what_to_run(lakes: tuple[SmallLake, SmallLake], tmp_path: Path) -> None:
    city = lakes[0].city
    empty = type(city)("bay", tmp_path / "nothing", city.label, "UTC")
    with pytest.raises(CatalogueError, match=r"nothing; run `vigie run gold`"):
        build_catalogue(tmp_path / "lake.duckdb", [empty])


def test_a_table_that_is_not_of_its_contract_is_named(lakes: tuple[SmallLake, SmallLake], tmp_path: Path) -> None:
    import pyarrow as pa
    from deltalake import write_deltalake

    city = lakes[0].city
    write_deltalake(str(tmp_path / "bay/gold/source_health"), pa.table({"city_id": ["bay"]}))
    with pytest.raises(CatalogueError, match=r"gold\.source_health_rows .*source_id"):
        build_catalogue(tmp_path / "lake.duckdb", [type(city)("bay", tmp_path / "bay", city.label, "UTC")])
    assert not (tmp_path / "lake.duckdb").exists()


def test_the_period_of_the_small_lake_is_kept(catalogue: Path) -> None:
    assert ask(catalogue, "SELECT min(indicator_date) FROM gold.zone_indicator_day WHERE city_id = 'bay'") == [
        (FIRST_DAY,)
    ]


def test_reports_and_links_take_over_what_filters_need_of_their_incident(catalogue: Path) -> None:
    for table in ("incident_report", "incident_link"):
        query = f"""SELECT count(*) FROM gold.{table}_fr JOIN gold.incident_fr USING (incident_id)
            WHERE {table}_fr.zone_label IS DISTINCT FROM incident_fr.zone_label
            OR {table}_fr.theme_label IS DISTINCT FROM incident_fr.theme_label
            OR {table}_fr.occurred_date IS DISTINCT FROM incident_fr.occurred_date"""
        assert ask(catalogue, query) == [(0,)]
        (rows,) = ask(catalogue, f"SELECT count(*), count(zone_label), count(theme_label) FROM gold.{table}_fr")
        assert rows[0] == rows[1] == rows[2] > 0


@pytest.mark.parametrize(
    ("language", "expected"),
    [("fr", ("01/03/2011 23:30", "100\u202f%", "Non")), ("en", ("2011-03-01 23:30", "100%", "No"))],
)
def test_what_a_tooltip_tells_is_text_in_the_readers_language_and_clock(
    catalogue: Path, language: str, expected: tuple[str, str, str]
) -> None:
    query = f"""SELECT occurred_at_text, confidence_ratio_text, is_restricted_label FROM gold.incident_{language}
        ORDER BY occurred_at LIMIT 1"""
    assert ask(catalogue, query) == [expected]


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_are_in_the_readers_language(catalogue: Path, language: str) -> None:
    words = {"fr": "même catégorie", "en": "same category"}[language]
    reasons = [str(reason) for (reason,) in ask(catalogue, f"SELECT reason FROM gold.incident_link_{language}")]
    assert reasons
    assert all(words in reason for reason in reasons)


def test_a_lake_made_before_incidents_shows_none(lakes: tuple[SmallLake, SmallLake], tmp_path: Path) -> None:
    catalogue = tmp_path / "lake.duckdb"
    build_catalogue(catalogue, [lakes[1].city])
    for table in ("incident", "incident_report", "incident_link"):
        assert ask(catalogue, f"SELECT count(*) FROM gold.{table}_fr") == [(0,)]
