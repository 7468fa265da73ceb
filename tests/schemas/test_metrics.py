"""The formulas of gold contracts run in DuckDB and give what they say."""

from __future__ import annotations

import math
from collections.abc import Sequence

import duckdb
import pytest

from schemas.city import cities, load_city
from schemas.codes import load_codes
from schemas.contract import load, load_all

INDICATOR = load("gold.zone_indicator_day")
RESPONSE = load("gold.response_time_day")


def figure(metric: str, rows: Sequence[tuple[int, float | None]]) -> object:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (incident_count BIGINT, baseline_count DOUBLE, population_count BIGINT)")
    for row in rows:
        connection.execute("INSERT INTO t VALUES (?, ?, 2000)", row)
    answer = connection.execute(f"SELECT {INDICATOR.metric(metric).expression} FROM t").fetchone()
    assert answer is not None
    return answer[0]


# Exact 95 % limits of a Poisson mean by count (Garwood 1936): half the 2.5 % quantile of chi-squared with twice the
# count as degrees of freedom, half the 97.5 % quantile with two more.
EXACT_LIMITS = {
    0: (0.0, 3.6889),
    1: (0.0253, 5.5716),
    2: (0.2422, 7.2247),
    5: (1.6235, 11.6683),
    9: (4.1154, 17.0848),
    20: (12.2165, 30.8884),
    60: (45.7863, 77.2319),
    400: (361.7563, 441.1866),
}


def exact_trend(count: int, baseline: float) -> str:
    low, high = EXACT_LIMITS[count]
    return "rising" if low > baseline else "falling" if high < baseline else "stable"


@pytest.mark.parametrize("count", EXACT_LIMITS)
def test_trend_agrees_with_the_exact_poisson_interval_away_from_its_limits(count: int) -> None:
    for factor in (0.2, 0.5, 0.9, 1.0, 1.1, 2.0, 5.0):
        baseline = max(count, 1) * factor
        if all(not math.isclose(baseline, limit, rel_tol=0.05) for limit in EXACT_LIMITS[count]):
            assert figure("trend", [(count, baseline)]) == exact_trend(count, baseline), (count, baseline)


def test_trend_is_unknown_without_a_whole_baseline() -> None:
    assert figure("trend", []) == "unknown"
    assert figure("trend", [(3, None), (4, 2.0)]) == "unknown"
    assert figure("trend", [(0, 0.0)]) == "stable"
    assert figure("trend", [(0, 50.0)]) == "falling"
    assert set(load_codes("trend").values) == {"rising", "stable", "falling", "unknown"}


def test_change_is_hidden_under_the_floor() -> None:
    assert figure("change_ratio", [(30, 19.9)]) is None
    assert figure("change_ratio", [(15, 10.0), (15, 10.0)]) == pytest.approx(0.5)
    assert figure("change_ratio", [(15, 30.0), (1, None)]) is None


def test_sums_and_rates() -> None:
    assert figure("incident_count", [(3, 1.0), (4, None)]) == 7
    assert figure("baseline_count", [(3, 1.0), (4, 2.5)]) == pytest.approx(3.5)
    assert figure("baseline_count", [(3, 1.0), (4, None)]) is None
    assert figure("rate_per_1000", [(3, 1.0), (4, None)]) == pytest.approx(3.5)
    assert INDICATOR.metric("rate_per_1000").requires_grouping == ("zone_id",)


def test_percentiles_count_missing_stages_apart() -> None:
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t AS SELECT unnest([10, 20, 30, 40, NULL, NULL]) AS duration_seconds")
    query = ", ".join(metric.expression for metric in RESPONSE.metrics)
    assert [metric.name for metric in RESPONSE.metrics] == [
        "median_seconds", "p90_seconds", "measured_count", "missing_count"
    ]
    assert connection.execute(f"SELECT {query} FROM t").fetchone() == (25.0, 37.0, 4, 2)


TYPES = {"string": "VARCHAR", "integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "timestamp": "TIMESTAMPTZ",
         "date": "DATE", "binary": "BLOB", "integer_list": "BIGINT[]"}


@pytest.mark.parametrize("name", [contract.name for contract in load_all() if contract.metrics])
def test_every_metric_of_a_contract_runs_over_its_columns(name: str) -> None:
    contract = load(name)
    connection = duckdb.connect()
    columns = [f"{column.name} {TYPES[column.type]}" for column in contract.columns]
    if contract.explode:
        columns.append(f"{contract.explode.alias} BIGINT")
    connection.execute(f"CREATE TABLE t ({', '.join(columns)})")
    for metric in contract.metrics:
        connection.execute(f"SELECT {metric.expression} FROM t").fetchall()
        assert metric.format or metric.codes


@pytest.mark.parametrize("city_id", cities())
def test_the_floor_of_the_formula_is_that_of_the_cities(city_id: str) -> None:
    floor = load_city(city_id).indicators.small_number_floor
    assert f"SUM(baseline_count) >= {floor} THEN" in " ".join(INDICATOR.metric("change_ratio").expression.split())
    assert figure("trend", [(10_000_000_000, 9_000_000_000.0)]) == "rising"
