"""The two renderings of the rules, held together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from jobs.sdk.enforce import VIOLATIONS, enforce
from schemas.bounds import Bounds
from schemas.check import check_row
from schemas.contract import Column, ColumnType, TableContract, load

pytestmark = pytest.mark.integration

COLLECTED_AT = datetime(2024, 6, 1, 12, 0, 0, tzinfo=UTC)
BOUNDS = Bounds(-122.53, 37.69, -122.34, 37.85)
CONTRACTS = ("silver.incident_report", "silver.unit_dispatch", "silver.weather_observation", "silver.trip_delay")
ROWS_PER_CONTRACT = 1_000
SECONDS_AROUND = st.integers(-40 * 365 * 86_400, 3 * 86_400)

GOOD = {ColumnType.STRING: "town:1", ColumnType.TIMESTAMP: "2024-05-01T08:00:00Z", ColumnType.DATE: "2024-05-01"}
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NASTY: list[Any] = [
    None,
    "",
    " ",
    "\n",
    "1\n",
    "x" * 1_001,
    "é" * 1_000,
    "😀" * 300,
    "٣",
    "１２",
    "nan",
    "NaN",
    "None",
    "null",
    "true",
    "TRUE",
    float("nan"),
    float("inf"),
    -0.0,
    0,
    0.0,
    "-0",
    "0",
    "0.0",
    True,
    False,
    [],
    {},
    [1, [2]],
    {"a": {"b": None}},
    2**63,
    2**63 - 1,
    -(2**63),
    -(2**63) - 1,
    "9223372036854775807",
    "9223372036854775808",
    "007",
    "+1",
    " 1",
    "1 ",
    "1e5",
    "1E400",
    "1e-400",
    "1.",
    ".5",
    "0x10",
    "1d",
    "1f",
    "1_000",
    "1,5",
    1e16,
    1.5e-7,
    "1e05",
    -12,
    3.25,
    "-122.4",
    37.75,
    "2024-02-29",
    "2023-02-29",
    "0000-01-01",
    "0001-01-01",
    "9999-12-31",
    "2024-13-01",
    "2024-1-1",
    "2024-01-01\n",
    "2024-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2016-12-31T23:59:60Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+10:00",
    "9999-12-31T23:59:59-10:00",
    "1990-01-01T00:00:00Z",
    "1989-12-31T23:59:59.999999Z",
    "1990-01-01T00:00:00+00:01",
    "2024-06-02T12:00:00Z",
    "2024-06-02T12:00:00.000001Z",
    "2024-06-02T12:00:01Z",
    "2024-03-31T02:30:00",
    "2024-10-27T02:30:00",
    "2024-03-31T02:30:00+01:00",
    "2024-10-27T02:30:00+02:00",
    "2024-01-01T00:00:00",
    "2023-02-29T00:00:00",
    "2024-01-01T00:00:00.123456789Z",
    "2024-01-01T00:00:00.Z",
    "2024-01-01T00:00:00+14:59",
    "2024-01-01T00:00:00+15:00",
    "2024-01-01T00:00:00-00:00",
    "2024-01-01 00:00:00Z",
    "2024-01-01t00:00:00z",
    "2024-01-01T00:00Z",
    "٢٠٢٤-01-01T00:00:00Z",
    "2024-01-01T00:00:00Z\n",
    1704067200,
    "1704067200000",
]


def plausible(column: Column) -> st.SearchStrategy[Any]:
    """Values that often pass, so that rules after the first are judged too."""
    if column.codes is not None:
        codes = next(rule.params["codes"] for rule in column.rules if rule.code == "code")
        assert isinstance(codes, tuple)
        return st.sampled_from(codes)
    if column.type is ColumnType.TIMESTAMP:
        instants = SECONDS_AROUND.map(lambda s: COLLECTED_AT + timedelta(seconds=s))
        return instants.map(lambda at: at.isoformat().replace("+00:00", "Z"))
    if column.name in ("longitude", "latitude"):
        low, high = (-122.6, -122.3) if column.name == "longitude" else (37.6, 37.9)
        return st.floats(low, high) | st.sampled_from([0, 0.0, -122.53, 37.69, -122.34, 37.85, 200, -100])
    simple: dict[ColumnType, st.SearchStrategy[Any]] = {
        ColumnType.INTEGER: st.integers(-100_000, 100_000) | st.integers(0, 50).map(str),
        ColumnType.DOUBLE: st.floats(-200, 200_000, allow_nan=False) | st.integers(0, 100),
        ColumnType.BOOLEAN: st.booleans() | st.sampled_from(["true", "false"]),
        ColumnType.DATE: st.dates().map(str),
    }
    names = st.integers(1, 999).map(lambda n: f"town:{n}")
    is_free = not any(rule.code == "pattern" for rule in column.rules)
    return simple.get(column.type, names | TEXTS if is_free else names)


def rows_of(contract: TableContract) -> st.SearchStrategy[dict[str, Any]]:
    """Rows with one to three nasty columns among plausible ones, sometimes with columns nobody knows."""
    columns = list(contract.source_columns)
    good = st.fixed_dictionaries({c.name: plausible(c) if c.required else plausible(c) | st.none() for c in columns})
    bad = st.dictionaries(
        st.sampled_from([column.name for column in columns]), st.sampled_from(NASTY) | TEXTS | st.floats(), max_size=3
    )
    known = {column.name for column in columns}
    names = st.sampled_from(["zone_id", "record_id", "a", "É", "😀", " ", "raw"]) | TEXTS.filter(
        lambda text: text not in known
    )
    unknown = st.dictionaries(names, st.sampled_from(NASTY), max_size=2)
    texts = {column.name for column in columns if column.type is ColumnType.STRING}

    def joined(*parts: dict[str, Any]) -> dict[str, Any]:
        row = {name: value for part in parts for name, value in part.items()}
        # The one difference the rendering states: the text of a fraction in a text column.
        return {name: value for name, value in row.items() if not (name in texts and isinstance(value, float))}

    return st.builds(joined, good, bad, st.just({}) | st.just({}) | unknown)


def generated(contract: TableContract) -> list[dict[str, Any]]:
    """The same rows in every run."""
    good = {c.name: GOOD[c.type] for c in contract.source_columns if c.required and c.codes is None}
    codes = {c.name: c.rules for c in contract.source_columns if c.required and c.codes is not None}
    for name, rules in codes.items():
        good[name] = next(rule.params["codes"] for rule in rules if rule.code == "code")[0]  # type: ignore[index]
    rows: list[dict[str, Any]] = [{}, good, {f"x{n:02}": 1 for n in range(30)}]

    @hypothesis_settings(
        max_examples=ROWS_PER_CONTRACT,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(rows_of(contract))
    def collect(row: dict[str, Any]) -> None:
        rows.append(row)

    collect()
    for column in contract.source_columns:
        rows += [{column.name: value} for value in NASTY]
    return rows


@pytest.mark.parametrize("name", CONTRACTS)
def test_both_renderings_of_the_rules_give_the_same_verdicts(spark: SparkSession, name: str) -> None:
    contract = load(name)
    rows = generated(contract)
    told = [(number, json.dumps(row, ensure_ascii=False), COLLECTED_AT) for number, row in enumerate(rows)]
    frame = spark.createDataFrame(told, "number long, row_json string, collected_at timestamp")
    judged = enforce(frame, contract, BOUNDS).select("number", VIOLATIONS).collect()
    found = {row.number: [(one.rule, one.column) for one in row[VIOLATIONS]] for row in judged}
    differences = []
    for number, row in enumerate(rows):
        expected = [
            (one.rule, one.column) for one in check_row(row, contract, collected_at=COLLECTED_AT, bounds=BOUNDS)
        ]
        if found[number] != expected:
            differences.append((row, expected, found[number]))
    assert len(found) == len(rows) > ROWS_PER_CONTRACT
    assert not differences[:5]
    assert any(not verdict for verdict in found.values())


def test_every_rule_of_a_row_is_met_by_the_generated_rows(spark: SparkSession) -> None:
    met = set()
    for name in CONTRACTS:
        for row in generated(load(name)):
            met |= {one.rule for one in check_row(row, load(name), collected_at=COLLECTED_AT, bounds=BOUNDS)}
    assert met >= {
        "unknown_column",
        "required",
        "type",
        "length",
        "pattern",
        "range",
        "code",
        "time_zone",
        "time_window",
        "position_pair",
        "position_range",
        "position_zero",
        "position_bounds",
    }


def test_messages_and_values_are_those_of_the_row_check(spark: SparkSession) -> None:
    contract = load("silver.incident_report")
    row = {
        "report_id": "town:1",
        "occurred_at": "2024-03-31T02:30:00",
        "time_precision_code": "minute",
        "longitude": 37.75,
        "latitude": -122.4,
        "status_code": "y" * 600,
    }
    frame = spark.createDataFrame([(json.dumps(row), COLLECTED_AT)], "row_json string, collected_at timestamp")
    found = enforce(frame, contract, BOUNDS).select(VIOLATIONS).collect()[0][0]
    expected = check_row(row, contract, collected_at=COLLECTED_AT, bounds=BOUNDS)
    assert [one.asDict() for one in found] == [one.as_dict() for one in expected]


def test_a_missing_text_stays_null_and_never_becomes_a_word(spark: SparkSession) -> None:
    contract = load("silver.incident_report")
    row = {"report_id": "town:1", "occurred_at": "2024-03-01T10:00:00Z", "time_precision_code": "minute", "address": ""}
    frame = spark.createDataFrame([(json.dumps(row), COLLECTED_AT)], "row_json string, collected_at timestamp")
    typed = enforce(frame, contract, BOUNDS)
    assert typed.select("address", "source_category").collect()[0] == (None, None)
    assert typed.select("address", "source_category").toPandas().isna().all(axis=None)
