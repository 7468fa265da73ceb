"""A query reads the lake of its city, all of it, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import write_deltalake

from tests.vigie.conftest import Vigie
from vigie import lake
from vigie.errors import ConfigurationError
from vigie.lake import QueryError
from vigie.settings import Settings


@pytest.fixture(scope="module")
def small_lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables of a city, named with a quote to see that paths are quoted."""
    root = tmp_path_factory.mktemp("home") / "lake" / "o'hara"
    instants = pa.array([datetime(2008, 5, 31, 22, 10, tzinfo=UTC), None], pa.timestamp("us", tz="UTC"))
    reports = pa.table(
        {
            "report_id": ["a:1", "a:2"],
            "occurred_at": instants,
            "occurred_date": pa.array([date(2008, 5, 31), date(2008, 6, 1)]),
            "longitude": [-122.4, float("nan")],
            "raw": [b"\xff", None],
            "durations_seconds": [[1, 2], []],
        }
    )
    write_deltalake(str(root / "silver" / "incident_report"), reports)
    write_deltalake(str(root / "gold" / "source_health"), pa.table({"read_count": [2]}))
    return root


def test_every_table_that_exists_is_named_as_its_contract(small_lake: Path) -> None:
    assert lake.tables(str(small_lake)) == ("gold.source_health", "silver.incident_report")
    assert lake.query(str(small_lake), "select count(*) from silver.incident_report").rows == ((2,),)


def test_a_table_of_the_isolated_class_is_not_shown_wherever_it_lies(tmp_path: Path) -> None:
    write_deltalake(str(tmp_path / "gold" / "source_health"), pa.table({"read_count": [2]}))
    write_deltalake(str(tmp_path / "isolated" / "video_alert"), pa.table({"video_alert_id": ["a:1"]}))
    assert lake.tables(str(tmp_path)) == ("gold.source_health",)
    with pytest.raises(QueryError, match=r"isolated.*tables of this lake: gold\.source_health\)"):
        lake.query(str(tmp_path), "from isolated.video_alert")


def test_the_isolated_store_is_out_of_reach_of_a_query(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    town, store = Path(settings.lake("town")), Path(settings.isolated_store("town"))
    write_deltalake(str(town / "gold" / "source_health"), pa.table({"read_count": [2]}))
    write_deltalake(str(store / "isolated" / "video_alert"), pa.table({"video_alert_id": ["a:1"]}))
    table = f"{store}/isolated/video_alert"
    for reader in (f"read_parquet('{table}/*.parquet')", f"delta_scan('{table}')", f"glob('{table}/*')"):
        with pytest.raises(QueryError):
            lake.query(str(town), f"from {reader}")


def test_json_has_iso_dates_instants_in_utc_and_no_nan(small_lake: Path) -> None:
    rows = lake.query(str(small_lake), "from silver.incident_report order by report_id").as_json()
    assert rows[0] == {
        "report_id": "a:1",
        "occurred_at": "2008-05-31T22:10:00Z",
        "occurred_date": "2008-05-31",
        "longitude": -122.4,
        "raw": "/w==",
        "durations_seconds": [1, 2],
    }
    assert rows[1]["longitude"] is None
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Decimal("3"), 3), (Decimal("0.5"), 0.5), ({"a": date(2020, 1, 2)}, {"a": "2020-01-02"})],
)
def test_value_of_sql_becomes_a_value_of_json(value: object, expected: object) -> None:
    assert lake.json_value(value) == expected


@pytest.mark.parametrize(
    "sql",
    [
        "copy (select 1) to '{outside}'",
        "copy silver.incident_report to '{inside}'",
        "create table t as select 1",
        "drop view silver.incident_report",
        "insert into gold.source_health values (1)",
        "attach '{outside}' as other",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "pragma enable_logging",
        "export database '{outside}'",
        "select 1; select 2",
        "",
    ],
)
def test_anything_but_one_query_is_refused(small_lake: Path, tmp_path: Path, sql: str) -> None:
    outside, inside = tmp_path / "out", small_lake / "out.parquet"
    with pytest.raises(QueryError):
        lake.query(str(small_lake), sql.format(outside=outside, inside=inside))
    assert not outside.exists()
    assert not inside.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('{secret}')",
        "select * from read_csv('{secret}')",
        "select * from '{secret}'",
        "select * from glob('{folder}/*')",
        "select * from read_text('{lake}/../../../{name}')",
        "select * from delta_scan('{folder}')",
        "select * from read_text('http://127.0.0.1:1/x')",
    ],
)
def test_no_file_outside_the_lake_can_be_read(small_lake: Path, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hush\nhush\n")
    with pytest.raises(QueryError) as caught:
        lake.query(str(small_lake), sql.format(secret=secret, folder=tmp_path, name=secret.name, lake=small_lake))
    assert "hush" not in str(caught.value)


def test_wrong_sql_names_the_tables_there_are(small_lake: Path) -> None:
    with pytest.raises(QueryError, match=r"tables of this lake: gold\.source_health, silver\.incident_report"):
        lake.query(str(small_lake), "select * from silver.incidents")


def test_lake_that_is_not_there_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="make demo CITY=nowhere"):
        lake.tables(str(tmp_path / "nowhere"))


def test_query_and_show_print_for_people_and_for_programs(small_lake: Path, vigie: Vigie) -> None:
    (small_lake.parent / "lancashire").symlink_to(small_lake)
    variables = {"VIGIE_LAKE_ROOT": str(small_lake.parent), "VIGIE_CITY": "lancashire"}
    assert json.loads(vigie("query", "--json", "from gold.source_health", **variables).stdout) == [{"read_count": 2}]
    assert vigie("query", "from gold.source_health", **variables).stdout.split() == ["read_count", "2"]
    listed = json.loads(vigie("show", "--json", **variables).stdout)
    assert [(each["table"], each["rows"]) for each in listed] == [
        ("gold.source_health", 1),
        ("silver.incident_report", 2),
    ]
    shown = json.loads(vigie("show", "silver.incident_report", "-n", "1", "--json", **variables).stdout)
    assert shown["row_count"] == 2
    assert len(shown["rows"]) == 1
    assert vigie("show", "silver.nothing", **variables).returncode == 2
