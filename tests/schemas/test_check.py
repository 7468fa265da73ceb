from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.check import Violation, as_text, check_row
from schemas.contract import TableContract, load, load_all
from schemas.plan import ColumnPlan, Context
from schemas.rules import ROW_RULES, Rule
from tests.schemas.rows import BOUNDS, COLLECTED_AT, REPORT, report

INCIDENT = load("silver.incident_report")
WEATHER = load("silver.weather_observation")
TRIP = load("silver.trip_delay")


def verdict(row: dict[str, object], contract: TableContract = INCIDENT) -> list[tuple[str, str]]:
    return [(v.rule, v.column) for v in check_row(row, contract, collected_at=COLLECTED_AT, bounds=BOUNDS)]


def test_a_good_row_has_no_violation() -> None:
    assert verdict(dict(REPORT)) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"zone_id": "x"}, ("unknown_column", "zone_id")),
        ({"nonsense": None}, ("unknown_column", "nonsense")),
        ({"report_id": None}, ("required", "report_id")),
        ({"report_id": ""}, ("required", "report_id")),
        ({"time_precision_code": None}, ("required", "time_precision_code")),
        ({"longitude": "west"}, ("type", "longitude")),
        ({"longitude": True}, ("type", "longitude")),
        ({"longitude": math.nan}, ("type", "longitude")),
        ({"longitude": math.inf}, ("type", "longitude")),
        ({"longitude": 10**5000}, ("type", "longitude")),
        ({"longitude": "1e999"}, ("type", "longitude")),
        ({"longitude": "-122.479\n"}, ("type", "longitude")),
        ({"address": "\ud800"}, ("type", "address")),
        ({"occurred_at": "2006-02-30T00:00:00Z"}, ("type", "occurred_at")),
        ({"occurred_at": "yesterday"}, ("type", "occurred_at")),
        ({"occurred_at": 1136922286000}, ("type", "occurred_at")),
        ({"occurred_at": "0000-01-01T00:00:00Z"}, ("type", "occurred_at")),
        ({"occurred_at": "2006-01-10T24:00:00Z"}, ("type", "occurred_at")),
        ({"occurred_at": "2006-01-10T19:44:46"}, ("time_zone", "occurred_at")),
        ({"occurred_at": "2006-01-10T19:44:46.123"}, ("time_zone", "occurred_at")),
        ({"occurred_at": "1900-01-01T00:00:00Z"}, ("time_window", "occurred_at")),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, ("time_window", "occurred_at")),
        ({"occurred_at": "2100-01-01T00:00:00Z"}, ("time_window", "occurred_at")),
        ({"occurred_at": "9999-12-31T23:59:59-14:00"}, ("time_window", "occurred_at")),
        ({"address": "x" * 301}, ("length", "address")),
        ({"address": "x" * 50_000_000}, ("length", "address")),
        ({"report_id": "no issuer"}, ("pattern", "report_id")),
        ({"report_id": "datasf:1\n"}, ("pattern", "report_id")),
        ({"location_precision_m": -1}, ("range", "location_precision_m")),
        ({"status_code": "Closed"}, ("code", "status_code")),
        ({"latitude": None}, ("position_pair", "longitude")),
        ({"longitude": None}, ("position_pair", "longitude")),
        ({"longitude": ""}, ("position_pair", "longitude")),
        ({"latitude": 91.0}, ("position_range", "latitude")),
        ({"longitude": 0.0, "latitude": 0.0}, ("position_zero", "longitude")),
        ({"longitude": -0.0, "latitude": 0}, ("position_zero", "longitude")),
        ({"longitude": "0.0", "latitude": "-0"}, ("position_zero", "longitude")),
        ({"longitude": -73.9, "latitude": 40.7}, ("position_bounds", "longitude")),
        ({"occurred_until_at": "2006-01-10T00:00:00Z"}, ("order", "occurred_at")),
    ],
    ids=lambda value: "-".join(value),
)
def test_each_mistake_gives_its_rule_and_column(changes: dict[str, object], expected: tuple[str, str]) -> None:
    assert verdict(report(**changes)) == [expected]


def test_every_row_rule_is_reached_by_a_case_above() -> None:
    cases = next(mark for mark in test_each_mistake_gives_its_rule_and_column.pytestmark if mark.name == "parametrize")
    assert {expected[0] for _, expected in cases.args[1]} == set(ROW_RULES)


@pytest.mark.parametrize(
    "changes",
    [
        {"longitude": None, "latitude": None},
        {"longitude": "", "latitude": None},
        {"longitude": "-122.479", "latitude": "37.779"},
        {"longitude": -122.53, "latitude": 37.85},
        {"occurred_at": "1990-01-01T00:00:00Z"},
        {"occurred_at": "1989-12-31T16:00:00-08:00"},
        {"occurred_at": "2026-02-01T12:00:00Z"},
        {"occurred_at": "2006-01-10T19:44:46.123456789Z"},
        {"occurred_until_at": "2006-01-11T03:44:46Z"},
        {"occurred_until_at": "2026-02-28T00:00:00Z"},
        {"address": "é" * 300},
        {"source_category": 12},
        {"source_category": True},
    ],
    ids=str,
)
def test_values_at_the_limits_pass(changes: dict[str, object]) -> None:
    assert verdict(report(**changes)) == []


def test_one_second_outside_the_window_fails() -> None:
    early, late = report(occurred_at="1989-12-31T23:59:59Z"), report(occurred_at="2026-02-01T12:00:01Z")
    assert verdict(early) == verdict(late) == [("time_window", "occurred_at")]


def test_first_failing_rule_of_each_column_is_reported_and_all_failing_columns() -> None:
    row = report(
        report_id="x" * 500, occurred_at="1900-01-01T00:00:00", longitude=999.0, latitude=99.0, status_code="?"
    )
    assert verdict(row) == [
        ("length", "report_id"), ("time_zone", "occurred_at"), ("code", "status_code"), ("position_range", "longitude"),
        ("position_range", "latitude"),
    ]


def test_exchanged_coordinates_are_told() -> None:
    far = report(longitude=37.78, latitude=-80.0)
    (violation,) = check_row(far, INCIDENT, collected_at=COLLECTED_AT, bounds=BOUNDS)
    assert "swapped" not in violation.message
    swapped = report(longitude=-1.5, latitude=53.7)
    bounds = replace(BOUNDS, west=53.0, east=54.0, south=-2.0, north=-1.0)
    (violation,) = check_row(swapped, INCIDENT, collected_at=COLLECTED_AT, bounds=bounds)
    assert (violation.rule, violation.value) == ("position_bounds", "-1.5,53.7")
    assert "swapped" in violation.message


def test_without_bounds_a_far_position_passes() -> None:
    assert check_row(report(longitude=5.4, latitude=43.3), INCIDENT, collected_at=COLLECTED_AT) == ()


def test_a_value_is_cut_at_500_characters_and_can_be_written() -> None:
    (violation,) = check_row(report(address="\ud800" + "x" * 5000), INCIDENT, collected_at=COLLECTED_AT)
    assert len(violation.value) == 500
    json.dumps(violation.as_dict(), ensure_ascii=False).encode("utf-8")


def test_a_message_says_what_was_found_where_what_was_expected_and_what_to_do() -> None:
    (violation,) = check_row(report(status_code="Closed"), INCIDENT, collected_at=COLLECTED_AT)
    assert violation == Violation("code", "status_code", "Closed", violation.message)
    for part in ("silver.incident_report.status_code", "`Closed`", "list `status`", "closed", "add it to the list"):
        assert part in violation.message


def test_a_thing_that_is_not_a_row_is_a_shape_violation() -> None:
    (violation,) = check_row(["a"], INCIDENT, collected_at=COLLECTED_AT)  # type: ignore[arg-type]
    assert (violation.rule, violation.value) == ("shape", '["a"]')


def test_at_most_twenty_unknown_columns_are_reported() -> None:
    row = report(**{f"extra_{number:04d}": 1 for number in range(1000)})
    assert verdict(row) == [("unknown_column", f"extra_{number:04d}") for number in range(20)]


def test_collected_at_without_zone_is_read_as_utc() -> None:
    row = report(occurred_at="2026-02-01T12:00:00Z")
    assert check_row(row, INCIDENT, collected_at=COLLECTED_AT.replace(tzinfo=None)) == ()
    assert check_row(row, INCIDENT, collected_at=datetime.max.replace(tzinfo=UTC)) == ()


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(1_000), nested(100_000), {"a": nested(1_000)}, object(), b"\xff", {1, 2}])
def test_a_value_json_cannot_express_never_raises(value: object) -> None:
    for column in INCIDENT.source_columns:
        for violation in check_row(report(**{column.name: value}), INCIDENT, collected_at=COLLECTED_AT):
            assert len(violation.value) <= 500


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, None), (True, "true"), (False, "false"), (12, "12"), (1.5, "1.5"), ("x", "x"), ("", ""),
     ([1, "é"], '[1,"é"]'), ({"a": None}, '{"a":null}'), (1e16, "1e+16"), (Path("a"), "a")],
)
def test_text_of_a_value(value: object, text: str | None) -> None:
    assert as_text(value) == text


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters()), st.binary(max_size=8),
    st.sampled_from(["", "0", "-0", "1e400", "NaN", "true", "closed", "datasf:1", "2006-01-10", "2006-02-31T00:00:00Z",
                     "2006-01-10T19:44:46", "2006-01-10T19:44:46.5+01:00", "9999-12-31T23:59:59-14:00", "\ud800", 0,
                     0.0, 10**30, -(2**63), 2**63, 37.78, -122.4, "37.78", "-122.4"]),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(lambda moment: moment.isoformat() + "Z"),
)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=5
)


def rows_of(contract: TableContract) -> st.SearchStrategy[dict[str, object]]:
    names = st.sampled_from([*(column.name for column in contract.source_columns), "unknown", "zone_id"])
    return st.dictionaries(names, values, max_size=12)


@pytest.mark.parametrize("contract", [INCIDENT, WEATHER, TRIP, load("silver.unit_dispatch")], ids=lambda c: c.name)
def test_check_is_total_and_reports_a_column_once(contract: TableContract) -> None:
    @settings(max_examples=60, deadline=None)
    @given(rows_of(contract))
    def check(row: dict[str, object]) -> None:
        violations = check_row(row, contract, collected_at=COLLECTED_AT, bounds=BOUNDS)
        assert len({v.column for v in violations}) == len(violations)
        assert all(v.rule in ROW_RULES and len(v.value) <= 500 for v in violations)
        json.dumps([v.as_dict() for v in violations], ensure_ascii=False).encode("utf-8")
        assert violations == check_row(row, contract, collected_at=COLLECTED_AT, bounds=BOUNDS)

    check()


def passes_all_rules(column: ColumnPlan, value: object, context: Context) -> bool:
    text = as_text(value)
    assert text is not None
    parsed = column.read(text)
    return parsed is not None and all(test(text, parsed, context) for test, _ in column.tests)


def test_a_shortcut_accepts_only_what_every_rule_accepts() -> None:
    plans = [
        ColumnPlan(column, False) for contract in (INCIDENT, WEATHER, TRIP) for column in contract.source_columns
    ]

    @settings(max_examples=150, deadline=None)
    @given(values.filter(lambda value: value is not None and value != ""), st.sampled_from([0, 1, 400_000]))
    def check(value: object, days: int) -> None:
        context = Context(COLLECTED_AT + timedelta(days=days), None)
        for plan in plans:
            if plan.accept(value, context):
                assert passes_all_rules(plan, value, context), plan.name

    check()


def test_the_shortcut_takes_an_ordinary_row() -> None:
    context = Context(COLLECTED_AT, BOUNDS)
    ordinary = {column.name: column for column in INCIDENT.source_columns}
    for name in ("report_id", "received_at", "time_precision_code", "longitude", "location_precision_m"):
        assert ColumnPlan(ordinary[name], False).accept(REPORT[name], context), name


def test_every_rule_of_every_contract_is_known_and_placed() -> None:
    rules: list[Rule] = [rule for contract in load_all() for rule in contract.rules]
    assert rules
    assert all(rule.code in ROW_RULES and rule.path.is_file() and rule.line > 0 for rule in rules)
