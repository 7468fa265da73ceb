"""The metrics of the gold contracts, run by DuckDB, against the functions that define the figures."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.indicators import change_ratio, percentile, trend_code
from schemas.contract import load

ROWS = st.lists(st.tuples(st.integers(0, 400), st.floats(0, 400, allow_nan=False, width=32)), min_size=1, max_size=6)


def metric(table: str, name: str, relation: str) -> object:
    """Value of one metric over a relation written as SQL."""
    row = duckdb.sql(f"SELECT {load(table).metric(name).expression} FROM ({relation})").fetchone()
    assert row is not None
    return row[0]


def indicator_rows(rows: list[tuple[int, float | None]]) -> str:
    values = ", ".join(f"({count}, {'NULL' if baseline is None else baseline})" for count, baseline in rows)
    return (
        "SELECT incident_count::BIGINT AS incident_count, baseline_count::DOUBLE AS baseline_count "
        f"FROM (VALUES {values}) AS t(incident_count, baseline_count)"
    )


@settings(deadline=None)
@given(ROWS)
def test_trend_and_change_are_those_of_the_summed_counts(rows: list[tuple[int, float]]) -> None:
    relation = indicator_rows([*rows])
    count, baseline = sum(c for c, _ in rows), float(np.sum([b for _, b in rows]))
    assert metric("gold.zone_indicator_day", "trend", relation) == trend_code(count, baseline).item()
    ratio = metric("gold.zone_indicator_day", "change_ratio", relation)
    expected = change_ratio(count, baseline).item()
    assert ratio == pytest.approx(expected) if ratio is not None else np.isnan(expected)


def test_rows_without_any_baseline_have_unknown_trend_and_no_change() -> None:
    relation = indicator_rows([(5, None)])
    assert metric("gold.zone_indicator_day", "trend", relation) == "unknown"
    assert metric("gold.zone_indicator_day", "change_ratio", relation) is None


@settings(deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=30), st.integers(0, 5))
def test_response_percentiles_ignore_missing_stages_which_are_counted(durations: list[int], missing: int) -> None:
    values = ", ".join(["(NULL)"] * missing + [f"({seconds})" for seconds in durations])
    relation = f"SELECT duration_seconds::BIGINT AS duration_seconds FROM (VALUES {values}) AS t(duration_seconds)"
    table = "gold.response_time_day"
    assert metric(table, "median_seconds", relation) == pytest.approx(percentile(durations, 0.5))
    assert metric(table, "p90_seconds", relation) == pytest.approx(percentile(durations, 0.9))
    assert metric(table, "missing_count", relation) == missing
    assert metric(table, "measured_count", relation) == len(durations)
