"""Bronze to silver: what is kept, refused, counted, and that doing it again changes nothing."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.conform import QUERY, swap_marker, written_tables
from jobs.pipeline import rebuild_silver, run_layer
from jobs.sdk.errors import AccountingError, CheckpointError
from jobs.sdk.files import Files
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.city import CityProfile
from schemas.contract import load
from tests.jobs.conftest import settings_in
from tests.jobs.stored import commits, digest, stored_rows, totals
from tests.jobs.town import BORDER_LONGITUDE, COLLECTED_AT, Bronze, report

pytestmark = pytest.mark.integration

REPORT = "silver.incident_report"


@pytest.fixture
def bronze(lake: Lake) -> Bronze:
    return Bronze(lake)


def by_id(settings: LakeSettings) -> dict[str, dict[str, object]]:
    return {row["report_id"]: row for row in stored_rows(settings, REPORT)}


def test_rows_get_types_category_local_day_zone_and_cell(
    spark: SparkSession, settings: LakeSettings, bronze: Bronze
) -> None:
    bronze.tell(
        [
            report(1, source_category=" noise ", occurred_at="2023-12-31T23:30:00Z", address=""),
            report(2, source_category="ASSAULT", source_subcategory="domestic", longitude=BORDER_LONGITUDE),
            report(3, source_category="Assault", longitude=4.95),
            report(4, source_category="Something else", longitude=None, latitude=None),
            report(5, occurred_at="2023-12-31T22:59:59.123456Z"),
            report(6, source_category=None),
        ]
    )
    run_layer(spark, settings, "silver")
    rows = by_id(settings)
    # 23:30 UTC is already the next day in Paris, where the mapping of `Noise` changes on 2 January only.
    assert (rows["town:1"]["occurred_date"], rows["town:1"]["category_code"]) == (date(2024, 1, 1), "noise")
    assert rows["town:1"]["address"] is None
    assert rows["town:1"]["zone_id"] == "town:west"
    assert rows["town:1"]["h3_9"] == "89396bcc8b7ffff" or str(rows["town:1"]["h3_9"]).startswith("89")
    assert (rows["town:2"]["category_code"], rows["town:2"]["zone_id"]) == ("family_violence", "town:east")
    assert rows["town:3"]["category_code"] == "physical_violence"
    assert (rows["town:3"]["zone_id"], rows["town:3"]["longitude"]) == (None, 4.95)
    assert rows["town:3"]["h3_9"] is not None
    assert [rows["town:4"][name] for name in ("category_code", "zone_id", "h3_9", "longitude")] == [
        "other",
        None,
        None,
        None,
    ]
    assert rows["town:5"]["occurred_date"] == date(2023, 12, 31)
    assert rows["town:5"]["occurred_at"] == datetime(2023, 12, 31, 22, 59, 59, 123456, tzinfo=UTC)
    assert rows["town:6"]["category_code"] == "other"
    assert {row["source_id"] for row in rows.values()} == {"urn:vigie:town:police"}


def test_refused_rows_are_kept_with_their_reasons_beside_good_sources(
    spark: SparkSession, settings: LakeSettings, bronze: Bronze
) -> None:
    bronze.tell([report(n) for n in range(20)])
    bronze.tell([report(n, occurred_at="yesterday", severity="bad") for n in range(100, 130)], connector="fire")
    bronze.refuse([f"line {n}" for n in range(7)], connector="stand_in")
    bronze.tell([{"a": 1}], contract="silver.of_the_future")
    run_layer(spark, settings, "silver")
    refused = stored_rows(settings, "quality.rejected_row")
    stages = [(row["source_id"].rsplit(":", 1)[1], row["stage_code"], row["rule_code"]) for row in refused]
    assert {stage: stages.count(stage) for stage in set(stages)} == {
        ("fire", "silver", "type"): 30,
        ("stand_in", "edge", "unreadable"): 7,
        ("police", "silver", "shape"): 1,
    }
    one = next(row for row in refused if row["source_id"].endswith("fire"))
    assert (one["column_name"], one["value"]) == ("occurred_at", "yesterday")
    assert "unknown_column" in one["violations_json"]
    assert one["raw"]
    assert one["row_json"]
    assert len(stored_rows(settings, REPORT)) == 20
    assert totals(settings) == {
        "read_count": 58,
        "accepted_count": 20,
        "duplicate_count": 0,
        "updated_count": 0,
        "rejected_count": 38,
    }


def test_the_latest_version_wins_and_repeats_are_counted(
    spark: SparkSession, settings: LakeSettings, bronze: Bronze
) -> None:
    def version(hour: int) -> dict[str, object]:
        return report(1, source_updated_at=f"2024-03-02T{hour:02}:00:00Z", address=f"at {hour}")

    bronze.tell([version(8), version(9), version(9), version(7), report(2)])
    run_layer(spark, settings, "silver")
    bronze.tell([version(8), version(10), report(2), report(3)])
    bronze.refuse(["broken", "broken"])
    run_layer(spark, settings, "silver")
    bronze.refuse(["broken"])
    run_layer(spark, settings, "silver")
    rows = by_id(settings)
    assert rows["town:1"]["address"] == "at 10"
    assert set(rows) == {"town:1", "town:2", "town:3"}
    # Of the six repeated keys, those of 9 and 10 o'clock brought something newer; two of three refusals are repeats.
    assert totals(settings) == {
        "read_count": 12,
        "accepted_count": 3,
        "duplicate_count": 8,
        "updated_count": 2,
        "rejected_count": 1,
    }


def test_nothing_new_changes_nothing(spark: SparkSession, settings: LakeSettings, bronze: Bronze) -> None:
    bronze.tell([report(n) for n in range(10)])
    run_layer(spark, settings, "silver")
    before = {name: commits(settings, name) for name in (REPORT, "quality.batch_count", "reference.zone")}
    run_layer(spark, settings, "silver")
    assert {name: commits(settings, name) for name in before} == before


def shuffled_lake(spark: SparkSession, settings: LakeSettings, seed: int) -> dict[str, dict[str, object]]:
    """The same records in another order and in other batches."""
    records = [
        (
            report(n % 12, source_updated_at=f"2024-03-02T{n % 5:02}:00:00Z", address=f"told {n}"),
            COLLECTED_AT + timedelta(hours=n % 3),
        )
        for n in range(60)
    ]
    random.Random(seed).shuffle(records)
    cut = 20 + 10 * seed
    bronze = Bronze(Lake(spark, settings))
    for part in (records[:cut], records[cut:]):
        bronze.tell_at(part)
        run_layer(spark, settings, "silver")
    assert totals(settings)["accepted_count"] == 12
    assert totals(settings)["duplicate_count"] == 48
    return by_id(settings)


def test_shuffled_input_gives_the_same_rows(spark: SparkSession, settings: LakeSettings) -> None:
    lakes = [
        replace(settings, lake_root=f"{settings.lake_root}{seed}", checkpoint_root=f"{settings.checkpoint_root}{seed}")
        for seed in (1, 2)
    ]
    first, second = (shuffled_lake(spark, one, seed) for seed, one in enumerate(lakes))
    assert first == second
    assert len(first) == 12


def fill(bronze: Bronze) -> None:
    bronze.tell([report(n, source_updated_at="2024-03-02T08:00:00Z") for n in range(30)])
    bronze.tell(
        [{"dispatch_id": f"town:{n}", "report_id": "town:1", "received_at": "2024-03-01T10:00:00Z"} for n in range(9)],
        contract="silver.unit_dispatch",
        connector="fire",
    )
    bronze.tell([report(n, status_code="no such code") for n in range(50, 55)])
    bronze.refuse(["a", "b"])


@pytest.fixture(scope="module")
def filled_lake(
    spark: SparkSession, jars_dir: Path, town_profile: CityProfile, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Folder of a lake whose silver has once been made from `fill`."""
    folder = tmp_path_factory.mktemp("filled")
    settings = settings_in(folder, jars_dir, town_profile)
    fill(Bronze(Lake(spark, settings)))
    run_layer(spark, settings, "silver")
    return folder


@pytest.fixture
def filled(filled_lake: Path, settings: LakeSettings, tmp_path: Path) -> LakeSettings:
    """A copy of that lake for one test alone."""
    shutil.copytree(filled_lake, tmp_path, dirs_exist_ok=True)
    return settings


def more(bronze: Bronze) -> None:
    bronze.tell([report(n, source_updated_at="2024-03-02T09:00:00Z", address="later") for n in range(20, 40)])
    bronze.refuse(["b", "c"])


def test_rebuilt_silver_is_the_same_silver(spark: SparkSession, filled: LakeSettings) -> None:
    settings = filled
    bronze = Bronze(Lake(spark, settings), count(1_000))  # told after those of `fill`
    more(bronze)
    run_layer(spark, settings, "silver")
    before = {name: digest(settings, name) for name in written_tables() if name != "quality.batch_count"}
    accounts = totals(settings)
    rebuild_silver(spark, settings)
    assert {name: digest(settings, name) for name in before} == before
    assert totals(settings) == accounts
    assert accounts["duplicate_count"] == 11
    assert accounts["updated_count"] == 10
    bronze.tell([report(500)])
    run_layer(spark, settings, "silver")
    assert len(stored_rows(settings, REPORT)) == 41
    assert totals(settings)["read_count"] == accounts["read_count"] + 1


def test_a_lost_checkpoint_is_refused_and_a_rebuild_repairs_it(spark: SparkSession, filled: LakeSettings) -> None:
    settings = filled
    Files(spark).remove(settings.checkpoint_path(QUERY))
    with pytest.raises(CheckpointError, match=r"checkpoint .* is missing or empty.*rebuild"):
        run_layer(spark, settings, "silver")
    accounts = totals(settings)
    rebuild_silver(spark, settings)
    run_layer(spark, settings, "silver")
    assert totals(settings) == accounts


def test_an_interrupted_rebuild_is_told_and_done_again(spark: SparkSession, filled: LakeSettings) -> None:
    settings = filled
    Files(spark).touch(swap_marker(settings))
    with pytest.raises(CheckpointError, match="rebuild of silver was interrupted"):
        run_layer(spark, settings, "silver")
    rebuild_silver(spark, settings)
    run_layer(spark, settings, "silver")
    assert totals(settings)["accepted_count"] == 39


def test_an_account_that_does_not_add_up_stops_the_batch_before_it_writes(
    spark: SparkSession, settings: LakeSettings, bronze: Bronze, monkeypatch: pytest.MonkeyPatch
) -> None:
    import jobs.batch

    monkeypatch.setattr(jobs.batch, "total", lambda parts: {})
    bronze.tell([report(1)])
    with pytest.raises(AccountingError, match="read 1 records but accounted for 0"):
        run_layer(spark, settings, "silver")
    assert stored_rows(settings, REPORT) == []
    monkeypatch.undo()
    run_layer(spark, settings, "silver")
    assert totals(settings)["accepted_count"] == 1


def test_a_missing_value_never_becomes_the_text_nan(
    spark: SparkSession, settings: LakeSettings, bronze: Bronze
) -> None:
    bronze.tell([report(n, address=None if n % 2 else "x", longitude=None, latitude=None) for n in range(6)])
    run_layer(spark, settings, "silver")
    rows = stored_rows(settings, REPORT)
    texts = [value for row in rows for value in row.values() if isinstance(value, str)]
    assert not {text for text in texts if text.lower() in ("nan", "none", "null", "nat")}
    assert sum(row["address"] is None for row in rows) == 3
    as_pandas = Lake(spark, settings).read(REPORT).toPandas()
    assert as_pandas["address"].isna().sum() == 3
    assert set(as_pandas["address"].dropna()) == {"x"}


def test_a_stored_column_of_another_type_is_refused_with_the_fix(
    spark: SparkSession, settings: LakeSettings, lake: Lake
) -> None:
    from jobs.sdk.errors import TableError

    path = settings.table_path(REPORT)
    spark.createDataFrame([(1,)], "report_id long").write.format("delta").save(path)
    with pytest.raises(TableError, match="another type of report_id"):
        lake.create(load(REPORT))
