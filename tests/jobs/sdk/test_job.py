"""Jobs are found by being there and put in order by what they read."""

from __future__ import annotations

import pytest
from pyspark.sql import DataFrame

from jobs.sdk.errors import ConfigurationError
from jobs.sdk.job import Job, discover, in_order, job


def test_parameter_names_are_the_input_tables_and_the_city_is_none() -> None:
    @job(output="gold.zone_indicator_day")
    def zone_indicator_day(silver_incident_report: DataFrame, reference_zone: DataFrame, city: object) -> DataFrame:
        return silver_incident_report

    assert zone_indicator_day.inputs == ("silver.incident_report", "reference.zone")


def made(output: str, *inputs: str) -> Job:
    return Job(output, lambda **_: pytest.fail("not run"), inputs)


def test_a_job_comes_after_the_makers_of_its_inputs() -> None:
    order = in_order([made("gold.c", "gold.b"), made("gold.a", "silver.x"), made("gold.b", "gold.a")])
    assert [one.output for one in order] == ["gold.a", "gold.b", "gold.c"]


def test_jobs_that_read_each_other_are_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"circle.*gold\.a"):
        in_order([made("gold.a", "gold.b"), made("gold.b", "gold.a")])


def test_every_gold_table_with_a_contract_has_one_job() -> None:
    from schemas.contract import names

    assert set(discover()) == {name for name in names() if name.startswith("gold.")}


def test_a_table_as_it_was_last_published_is_no_dependency_of_this_run() -> None:
    @job(output="gold.a")
    def renewed(silver_x: DataFrame, last_gold_a: DataFrame, last_gold_b: DataFrame) -> DataFrame:
        return last_gold_a

    assert renewed.inputs == ("silver.x",)
    assert renewed.last == ("gold.a", "gold.b")
    assert [one.output for one in in_order([made("gold.b", "gold.a"), renewed])] == ["gold.a", "gold.b"]
