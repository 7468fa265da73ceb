"""A contract compiled for judging rows: one plan per contract, kept for the life of the process."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from schemas import rules
from schemas.bounds import Bounds
from schemas.contract import Column, TableContract
from schemas.rules import Rule

Parsed = str | int | float | bool | datetime | date
Read = Callable[[str], Parsed | None]
"""Read a text as a typed value; `None` when it is not one."""
Test = Callable[[str, Any, "Context"], bool]
"""One rule over one column: text, typed value, context; true when the value passes."""
PairTest = Callable[[Any, Any, Bounds | None], bool]
"""One rule over two columns: typed values or `None`, bounds; true when the pair passes."""
Accept = Callable[[Any, "Context"], bool]
"""Shortcut for ordinary values: true only when every rule passes; false says nothing."""


class Context:
    """What a verdict depends on beside the row: when the source was read, and where the city is."""

    __slots__ = ("_latest", "bounds", "days", "moment")

    def __init__(self, collected_at: datetime, bounds: Bounds | None) -> None:
        self.moment = (collected_at if collected_at.tzinfo else collected_at.replace(tzinfo=UTC)).astimezone(UTC)
        self.bounds = bounds
        self._latest: dict[float, datetime] = {}
        self.days: dict[object, frozenset[str]] = {}

    def latest(self, ahead_days: float) -> datetime:
        """Give the last instant allowed when some days after collection are."""
        limit = self._latest.get(ahead_days)
        if limit is None:
            try:
                limit = self.moment + timedelta(days=ahead_days)
            except OverflowError:
                limit = datetime.max.replace(tzinfo=UTC)
            self._latest[ahead_days] = limit
        return limit


context_of = lru_cache(maxsize=64)(Context)

_integer = re.compile(rules.INTEGER_PATTERN).match
_double = re.compile(rules.DOUBLE_PATTERN).match
_date = re.compile(rules.DATE_PATTERN).match
_timestamp = re.compile(rules.TIMESTAMP_PATTERN).match
is_naive_timestamp = re.compile(rules.NAIVE_TIMESTAMP_PATTERN).match


def _read_string(text: str) -> str | None:
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return None
    return text


def _read_integer(text: str) -> int | None:
    if not _integer(text):
        return None
    number = int(text)
    return number if rules.INTEGER_MIN <= number <= rules.INTEGER_MAX else None


def _read_double(text: str) -> float | None:
    if not _double(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def _read_boolean(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text)


def _read_date(text: str) -> date | None:
    if not _date(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _read_timestamp(text: str) -> datetime | None:
    if not _timestamp(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


READERS: Mapping[str, Read] = {
    "string": _read_string, "integer": _read_integer, "double": _read_double, "boolean": _read_boolean,
    "date": _read_date, "timestamp": _read_timestamp,
}


def _length(params: Mapping[str, Any]) -> Test:
    limit = params["max"]
    return lambda text, parsed, context: len(text) <= limit


def _pattern(params: Mapping[str, Any]) -> Test:
    match = re.compile(params["pattern"]).match
    return lambda text, parsed, context: match(text) is not None


def _range(params: Mapping[str, Any]) -> Test:
    low, high = params.get("min", -math.inf), params.get("max", math.inf)
    return lambda text, parsed, context: low <= parsed <= high


def _code(params: Mapping[str, Any]) -> Test:
    allowed = frozenset(params["codes"])
    return lambda text, parsed, context: text in allowed


def _time_window(params: Mapping[str, Any]) -> Test:
    earliest, days = datetime.fromisoformat(params["earliest"]), params["ahead_days"]
    return lambda text, parsed, context: earliest <= parsed <= context.latest(days)


TESTS: Mapping[str, Callable[[Mapping[str, Any]], Test]] = {
    "length": _length, "pattern": _pattern, "range": _range, "position_range": _range, "code": _code,
    "time_window": _time_window,
}


def _pair(first: Any, second: Any, bounds: Bounds | None) -> bool:
    return (first is None) == (second is None)


def _zero(first: Any, second: Any, bounds: Bounds | None) -> bool:
    return first is None or second is None or first != 0 or second != 0


def _in_bounds(first: Any, second: Any, bounds: Bounds | None) -> bool:
    return bounds is None or first is None or second is None or bounds.holds(first, second)


def _ordered(first: Any, second: Any, bounds: Bounds | None) -> bool:
    return first is None or second is None or bool(first <= second)


PAIR_TESTS: Mapping[str, PairTest] = {
    "position_pair": _pair, "position_zero": _zero, "position_bounds": _in_bounds, "order": _ordered,
}


class ColumnPlan:
    """The rules of one column in the order of judgement, and a shortcut for ordinary values."""

    __slots__ = ("accept", "is_paired", "name", "read", "required", "tests", "type_rule")

    def __init__(self, column: Column, is_paired: bool) -> None:
        from schemas.shortcut import shortcut

        by_code = {rule.code: rule for rule in column.rules}
        self.name = column.name
        self.is_paired = is_paired
        self.required = by_code.get("required")
        self.type_rule = by_code["type"]
        self.read = READERS[str(self.type_rule.params["type"])]
        self.tests = tuple((TESTS[rule.code](rule.params), rule) for rule in column.rules if rule.code in TESTS)
        self.accept: Accept = shortcut(column)


class TablePlan:
    """The columns of one contract, and its rules over two columns."""

    __slots__ = ("columns", "known", "pairs")

    def __init__(self, contract: TableContract) -> None:
        over_two: tuple[Rule, ...] = tuple(rule for rule in contract.rules if len(rule.columns) == 2)
        paired = {name for rule in over_two for name in rule.columns}
        self.columns = tuple(ColumnPlan(column, column.name in paired) for column in contract.source_columns)
        self.known = frozenset(column.name for column in self.columns)
        by_name = {column.name: column for column in self.columns}
        self.pairs = tuple(
            (PAIR_TESTS[rule.code], rule, by_name[rule.columns[0]], by_name[rule.columns[1]]) for rule in over_two
        )


_plans: dict[int, tuple[TableContract, TablePlan]] = {}


def plan_of(contract: TableContract) -> TablePlan:
    """Compile a contract, once."""
    # Keyed by identity: hashing a contract would walk all of it for every row. The contract is kept beside its plan so
    # that its identity cannot be given to another one.
    found = _plans.get(id(contract))
    if found is None:
        found = _plans[id(contract)] = (contract, TablePlan(contract))
    return found[1]
