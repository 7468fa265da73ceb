from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from jobs.gate import CheckFailure, GateFailed, data_docs_folder, run_gate
from jobs.gold import publish
from jobs.sdk.job import discover
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from tests.jobs.gate.conftest import BATCHES, DISPATCHES, FIRE, POLICE, REPORTS
from tests.jobs.gold.rows import batch, source

pytestmark = pytest.mark.integration

Put = Callable[[str, list[dict[str, object]]], None]
GOLD = tuple(discover("jobs.gold"))


def failures_of(spark: SparkSession, settings: LakeSettings) -> tuple[CheckFailure, ...]:
    """Runs the gate over a spoiled lake and gives what it refused."""
    with pytest.raises(GateFailed) as refused:
        run_gate(spark, settings)
    return refused.value.report.failures


def test_good_silver_passes_is_recorded_shown_and_published(spark: SparkSession, settings: LakeSettings) -> None:
    report = run_gate(spark, settings)
    assert (report.ok, report.failures, report.warnings) == (True, (), ())

    lake = Lake(spark, settings)
    recorded = lake.read("quality.check_result").where(f"run_id = '{report.run_id}'").collect()
    assert len(recorded) == report.check_count
    assert all(row.is_success for row in recorded)
    judged = {row.table_name for row in recorded}
    assert judged == {"reference.zone", "silver.incident_report", "silver.unit_dispatch", "quality.batch_count"}

    pages = data_docs_folder(settings, "silver")
    index = (pages / "index.html").read_text(encoding="utf-8")
    assert all(name in index for name in judged)

    published = publish(spark, settings)
    assert {table.table for table in published} == set(GOLD)
    assert {table.table: table.rows for table in published} == {name: lake.read(name).count() for name in GOLD}
    total = lake.read("gold.zone_indicator_day").agg({"incident_count": "sum"}).first()
    assert total is not None
    assert total[0] == len(REPORTS)
    assert (data_docs_folder(settings, "gold") / "index.html").exists()


def test_publishing_twice_gives_the_same_tables_and_judges_silver_once(
    spark: SparkSession, published: LakeSettings
) -> None:
    lake = Lake(spark, published)
    first = {name: sorted(map(str, lake.read(name).collect())) for name in GOLD}
    publish(spark, published)
    assert {name: sorted(map(str, lake.read(name).collect())) for name in GOLD} == first
    runs = lake.read("quality.check_result").where("run_id LIKE 'silver-%'").select("run_id").distinct()
    assert runs.count() == 1


def test_one_table_and_a_window_of_its_days_can_be_published_alone(
    spark: SparkSession, published: LakeSettings, put: Put
) -> None:
    lake = Lake(spark, published)
    put("silver.incident_report", [row | {"category_code": "noise"} for row in REPORTS])
    window = "indicator_date <= DATE '2010-01-05'"
    (table,) = publish(spark, published, tables=("gold.zone_indicator_day",), where=window)
    rows = lake.read("gold.zone_indicator_day").collect()
    assert {(row.category_code, row.indicator_date <= date(2010, 1, 5)) for row in rows} == {
        ("noise", True),
        ("burglary", False),
    }
    assert table.rows == sum(row.category_code == "noise" for row in rows)


def test_failed_gate_leaves_the_last_good_gold_in_place_and_says_what_to_do(
    spark: SparkSession, published: LakeSettings, put: Put
) -> None:
    lake = Lake(spark, published)
    before = {name: lake.version(name) for name in GOLD}
    put("quality.batch_count", [*BATCHES, batch(2, POLICE.source_id, "silver.incident_report", 0, rejected=8)])

    with pytest.raises(GateFailed) as refused:
        publish(spark, published)
    assert {name: lake.version(name) for name in GOLD} == before
    message = str(refused.value)
    assert "expect_column_values_to_be_between on quality.batch_count.rejected_ratio" in message
    assert POLICE.source_id in message
    assert "at most 10.0% refused" in message
    assert "max_rejected_ratio" in message

    with pytest.raises(GateFailed, match=r"rejected_ratio"):
        publish(spark, published)
    runs = lake.read("quality.check_result").where("run_id LIKE 'silver-%'").select("run_id").distinct()
    assert runs.count() == 2, "a refused silver is not judged again before it changes"


def test_only_the_source_that_sends_too_much_refuse_is_named(
    spark: SparkSession, settings: LakeSettings, put: Put
) -> None:
    put("quality.batch_count", [*BATCHES, batch(2, POLICE.source_id, "silver.incident_report", 0, rejected=8)])
    (failure,) = failures_of(spark, settings)
    assert (failure.table, failure.column, failure.source_id) == (
        "quality.batch_count",
        "rejected_ratio",
        POLICE.source_id,
    )
    assert failure.observed == "1 of 1 row(s), such as 0.23255813953488372"


def test_missing_table_fails_although_every_other_check_would_pass_on_nothing(
    spark: SparkSession, settings: LakeSettings
) -> None:
    shutil.rmtree(Path(settings.table_path("silver.unit_dispatch")))
    failures = failures_of(spark, settings)
    assert {(f.rule, f.table) for f in failures} == {
        ("expect_table_row_count_to_be_between", "silver.unit_dispatch"),
        ("expect_column_values_to_be_between", "quality.batch_count"),
    }
    assert {f.column for f in failures if f.table == "quality.batch_count"} == {"lost_count"}


def test_silent_source_fails_by_name(spark: SparkSession, settings: LakeSettings, put: Put) -> None:
    put("silver.unit_dispatch", [])
    put("quality.batch_count", [one for one in BATCHES if one["source_id"] != FIRE.source_id])
    (failure,) = failures_of(spark, settings)
    assert (failure.column, failure.source_id) == ("accepted_count", FIRE.source_id)
    assert "vigie connectors run fire" in failure.fix


def test_unknown_zone_duplicate_key_empty_column_and_unknown_code_are_each_found(
    spark: SparkSession, settings: LakeSettings, put: Put
) -> None:
    spoiled = [dict(row) for row in REPORTS]
    spoiled[0]["zone_id"] = "t:99"
    spoiled[1]["report_id"] = spoiled[2]["report_id"]
    spoiled[3]["occurred_at"] = None
    spoiled[4]["category_code"] = "unheard_of"
    put("silver.incident_report", spoiled)
    failures = {(f.rule, f.column): f for f in failures_of(spark, settings)}
    assert set(failures) == {
        ("expect_column_values_to_be_in_set", "zone_id"),
        ("expect_column_values_to_be_unique", "report_id"),
        ("expect_column_values_to_not_be_null", "occurred_at"),
        ("expect_column_values_to_be_in_set", "category_code"),
    }
    assert "t:99" in failures["expect_column_values_to_be_in_set", "zone_id"].observed


def test_row_lost_between_the_accounts_and_the_table_is_found(
    spark: SparkSession, settings: LakeSettings, put: Put
) -> None:
    put("silver.unit_dispatch", [dict(row) for row in DISPATCHES[:-1]])
    (failure,) = failures_of(spark, settings)
    assert (failure.column, failure.source_id) == ("lost_count", FIRE.source_id)


def test_report_is_returned_when_asked_for(spark: SparkSession, settings: LakeSettings, put: Put) -> None:
    put("reference.zone", [])
    report = run_gate(spark, settings, raise_on_failure=False)
    assert not report.ok
    assert ("reference.zone", "expect_table_row_count_to_be_between") in {(f.table, f.rule) for f in report.failures}


def test_a_source_that_nobody_expects_yet_is_a_warning_until_it_sends_only_what_is_refused(
    spark: SparkSession, settings: LakeSettings, put: Put
) -> None:
    later = source("later", expected=False)
    settings = replace(settings, city=replace(settings.city, sources=(*settings.city.sources, later)))
    report = run_gate(spark, settings, raise_on_failure=False)
    assert report.ok
    assert [(warning.column, warning.source_id) for warning in report.warnings] == [("accepted_count", later.source_id)]
    put("quality.batch_count", [*BATCHES, batch(2, later.source_id, "silver.unit_dispatch", 0, rejected=3)])
    failed = run_gate(spark, settings, raise_on_failure=False).failures
    assert {(failure.column, failure.source_id) for failure in failed} == {
        ("accepted_count", later.source_id),
        ("rejected_ratio", later.source_id),
    }
