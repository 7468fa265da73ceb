"""The Spark rendering of the row rules: the same verdicts as `schemas.check.check_row`, for whole tables.

`schemas/rules.py` says what each rule means; both renderings are written from it and a property test holds them to
equal verdicts. One text differs: a fraction that a connector put into a *text* column is read here as Java writes it
(`1.0E-7` for `1e-07`), so its length or pattern may be judged otherwise. Connectors put texts into text columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql import types as t

from jobs.sdk.violation import VIOLATION, FailurePlan, failure
from schemas import rules
from schemas.bounds import Bounds
from schemas.contract import ColumnType, TableContract
from schemas.rules import Rule

VIOLATIONS = "violations"

_TEXT, _VALUE, _FAULT, _PAIR_FAULT = "text__", "value__", "fault__", "pair_fault__"


def enforce(frame: DataFrame, contract: TableContract, bounds: Bounds | None) -> DataFrame:
    """Judge every row of `row_json` and give its source columns their types.

    Args:
        frame: has `row_json` (the row as a JSON object) and `collected_at`; its other columns are kept.
        contract: the table the rows are for.
        bounds: the city's, for `position_bounds`; None judges no bounds.

    Returns:
        The frame with one typed column per source column and `violations`, an array of rule, column, value, message:
        empty for an accepted row, otherwise in the order of `check_row`.
    """
    columns = contract.source_columns
    names = [column.name for column in columns]
    plan = FailurePlan(contract, bounds)
    texts = f.from_json("row_json", t.StructType([t.StructField(name, t.StringType()) for name in names]))
    # An empty text in a source column is a missing value.
    present = {_TEXT + name: f.nullif(f.col(f"{_TEXT}.{name}"), f.lit("")) for name in names}
    judged = frame.withColumn(_TEXT, texts).withColumns(present).drop(_TEXT)
    # Each step in columns of its own, so that no cast is planned or computed twice.
    judged = judged.withColumns({_VALUE + c.name: typed_value(f.col(_TEXT + c.name), c.type) for c in columns})
    judged = judged.withColumns({_FAULT + name: _column_fault(contract, name, plan) for name in names})
    judged, pairs = _judge_pairs(judged, contract, plan, bounds)
    failed = [failure(f.col(_FAULT + name), f.col(_TEXT + name)) for name in names]
    failed += [failure(f.col(fault), _pair_text(rule)) for fault, rule in pairs]
    told = plan.violations(f.filter(f.array(*failed), lambda one: one["number"].isNotNull()))
    is_failed = f.coalesce(*(f.col(_FAULT + name) for name in names), *(f.col(name) for name, _ in pairs)).isNotNull()
    none = f.array().cast(t.ArrayType(VIOLATION))
    told = f.concat(f.when(is_failed, told).otherwise(none), _unknown_columns(contract))
    return judged.select(*frame.columns, told.alias(VIOLATIONS), *(f.col(_VALUE + name).alias(name) for name in names))


def typed_value(text: Column, kind: ColumnType) -> Column:
    """Read the text of a value as its column's type; None when it cannot be."""
    if kind is ColumnType.STRING:
        return text
    if kind is ColumnType.BOOLEAN:
        return text == "true"
    if kind is ColumnType.INTEGER:
        return text.try_cast("bigint")
    if kind is ColumnType.DOUBLE:
        return text.try_cast("double")
    return text.try_cast("date" if kind is ColumnType.DATE else "timestamp")


def _column_fault(contract: TableContract, name: str, plan: FailurePlan) -> Column:
    """Return the number of the first rule of one column that fails, null when all hold."""
    text, value, kind = f.col(_TEXT + name), f.col(_VALUE + name), contract.column(name).type
    fault: Column = f.lit(None).cast("int")
    failures = [
        (code, fails, rule)
        for rule in contract.rules
        if rule.columns == (name,)
        for code, fails in _COLUMN_RULES[rule.code](text, value, kind, rule)
    ]
    numbered = [(code, fails, plan.add(code, rule)) for code, fails, rule in failures]
    for code, fails, number in reversed(numbered):
        fault = f.when(fails if code == "required" else text.isNotNull() & fails, number).otherwise(fault)
    return fault


_Failures = list[tuple[str, Column]]


def _required(text: Column, _value: Column, _kind: ColumnType, _rule: Rule) -> _Failures:
    return [("required", text.isNull())]


_PATTERNS = {
    ColumnType.INTEGER: rules.INTEGER_PATTERN,
    ColumnType.DOUBLE: rules.DOUBLE_PATTERN,
    ColumnType.BOOLEAN: rules.BOOLEAN_PATTERN,
    ColumnType.DATE: rules.DATE_PATTERN,
    ColumnType.TIMESTAMP: rules.TIMESTAMP_PATTERN,
}


def _type(text: Column, value: Column, kind: ColumnType, _rule: Rule) -> _Failures:
    if kind not in _PATTERNS:
        return []  # every text that reaches Spark can be written as UTF-8
    wrong = value.isNull() | ~text.rlike(_PATTERNS[kind])
    if kind is ColumnType.DOUBLE:
        wrong = wrong | (f.abs(value) == f.lit(float("inf")))
    if kind is ColumnType.TIMESTAMP:
        return [("time_zone", wrong & text.rlike(rules.NAIVE_TIMESTAMP_PATTERN)), ("type", wrong)]
    return [("type", wrong)]


def _time_zone(_text: Column, _value: Column, _kind: ColumnType, _rule: Rule) -> _Failures:
    return []  # reported by `type`, which every instant is judged by


def _length(text: Column, _value: Column, _kind: ColumnType, rule: Rule) -> _Failures:
    return [("length", f.length(text) > f.lit(rule.params["max"]))]


def _pattern(text: Column, _value: Column, _kind: ColumnType, rule: Rule) -> _Failures:
    return [("pattern", ~text.rlike(str(rule.params["pattern"])))]


def _range(_text: Column, value: Column, _kind: ColumnType, rule: Rule) -> _Failures:
    below, above = rule.params.get("min"), rule.params.get("max")
    limits = [value < f.lit(below)] if below is not None else []
    limits += [value > f.lit(above)] if above is not None else []
    return [(rule.code, reduce(Column.__or__, limits, f.lit(False)))]


def _code(text: Column, _value: Column, _kind: ColumnType, rule: Rule) -> _Failures:
    codes = rule.params["codes"]
    assert isinstance(codes, tuple)
    return [("code", ~text.isin(*codes))]


def _time_window(_text: Column, value: Column, _kind: ColumnType, rule: Rule) -> _Failures:
    ahead_seconds = float(str(rule.params["ahead_days"])) * 86_400
    latest = f.col("collected_at") + f.make_dt_interval(secs=f.lit(ahead_seconds).cast("decimal(18,6)"))
    earliest = f.lit(str(rule.params["earliest"])).cast("timestamp")
    return [("time_window", (value < earliest) | (value > latest))]


_COLUMN_RULES: Mapping[str, Callable[[Column, Column, ColumnType, Rule], _Failures]] = {
    "required": _required,
    "type": _type,
    "length": _length,
    "pattern": _pattern,
    "range": _range,
    "position_range": _range,
    "code": _code,
    "time_zone": _time_zone,
    "time_window": _time_window,
}


def _judge_pairs(
    frame: DataFrame, contract: TableContract, plan: FailurePlan, bounds: Bounds | None
) -> tuple[DataFrame, list[tuple[str, Rule]]]:
    """Add one fault column per rule over two columns, judged only while none of its columns has failed."""
    told: list[tuple[str, Rule]] = []
    for number, rule in enumerate(rule for rule in contract.rules if len(rule.columns) == 2):
        broken = [f.col(_FAULT + name).isNotNull() for name in rule.columns]
        broken += [f.col(fault).isNotNull() for fault, other in told if other.columns[0] in rule.columns]
        first, second = (f.col(_VALUE + name) for name in rule.columns)
        fails = ~reduce(Column.__or__, broken) & _pair_fails(rule, first, second, bounds)
        found = plan.add(rule.code, rule)
        if rule.code == "position_bounds" and bounds is not None:
            swapped = _inside(second, first, bounds)
            found = f.when(swapped, plan.add(rule.code, rule, is_exchanged=True)).otherwise(found)
        fault = f"{_PAIR_FAULT}{number}"
        frame = frame.withColumn(fault, f.when(fails, found))
        told.append((fault, rule))
    return frame, told


def _pair_fails(rule: Rule, first: Column, second: Column, bounds: Bounds | None) -> Column:
    both = first.isNotNull() & second.isNotNull()
    if rule.code == "position_pair":
        return first.isNull() != second.isNull()
    if rule.code == "position_zero":
        return both & (first == 0) & (second == 0)
    if rule.code == "order":
        return both & (first > second)
    return both & ~_inside(first, second, bounds) if bounds is not None else f.lit(False)


def _inside(longitude: Column, latitude: Column, bounds: Bounds) -> Column:
    return longitude.between(bounds.west, bounds.east) & latitude.between(bounds.south, bounds.north)


def _pair_text(rule: Rule) -> Column:
    return f.concat_ws(",", *(f.coalesce(f.col(_TEXT + name), f.lit("")) for name in rule.columns))


def _unknown_columns(contract: TableContract) -> Column:
    """Tell the names of a row that its contract does not have."""
    known = f.array(*(f.lit(column.name) for column in contract.source_columns))
    # The quick reader of names gives up on NaN and Infinity, which Python writes and the row reader takes.
    found = f.coalesce(f.json_object_keys("row_json"), f.map_keys(f.from_json("row_json", "map<string,string>")))
    names = f.array_sort(f.array_except(found, known))
    reported = f.slice(names, 1, rules.UNKNOWN_COLUMN_LIMIT)

    def told(name: Column) -> Column:
        return f.struct(
            f.lit("unknown_column").alias("rule"),
            f.substring(name, 1, rules.VALUE_LIMIT).alias("column"),
            f.lit("").alias("value"),
            f.concat(
                f.lit("found column `"),
                f.substring(name, 1, rules.VALUE_LIMIT),
                f.lit(
                    f"`, which {contract.name} does not have or the platform fills itself; add it to the contract or "
                    "remove it from the connector"
                ),
            ).alias("message"),
        )

    return f.coalesce(f.transform(reported, told), f.array().cast(t.ArrayType(VIOLATION)))
