"""Shortcuts that accept ordinary values without turning them into text, so that a clean row costs microseconds.

A shortcut may only say yes when every rule of the column says yes; a test holds it to that. When it says no, the rules
are asked one by one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from schemas.contract import Column

if TYPE_CHECKING:
    from schemas.plan import Accept, Context

MAX_PLAIN_INTEGER = 10**15
"""Integers below are exact as doubles and short as text."""


def shortcut(column: Column) -> Accept:
    """Make the shortcut of one source column."""
    params: dict[str, Mapping[str, Any]] = {rule.code: rule.params for rule in column.rules}
    kind = params["type"]["type"]
    if kind == "timestamp":
        return _timestamp(params["time_window"])
    if kind in ("double", "integer"):
        limits = params.get("range", params.get("position_range", {}))
        low, high = limits.get("min", -math.inf), limits.get("max", math.inf)
        return _double(low, high) if kind == "double" else _integer(low, high)
    if kind == "boolean":
        return lambda value, context: value is True or value is False
    if "code" in params:
        allowed = frozenset(params["code"]["codes"])
        return lambda value, context: type(value) is str and value in allowed
    if kind == "string":
        return _string(params)
    return lambda value, context: False


def _double(low: float, high: float) -> Accept:
    def accept(value: Any, context: Context) -> bool:
        kind = type(value)
        if kind is float:
            return bool(low <= value <= high and -math.inf < value < math.inf)
        return kind is int and bool(-MAX_PLAIN_INTEGER < value < MAX_PLAIN_INTEGER and low <= value <= high)

    return accept


def _integer(low: float, high: float) -> Accept:
    def accept(value: Any, context: Context) -> bool:
        return type(value) is int and -MAX_PLAIN_INTEGER < value < MAX_PLAIN_INTEGER and low <= value <= high

    return accept


def _string(params: Mapping[str, Mapping[str, Any]]) -> Accept:
    limit = params["length"]["max"] if "length" in params else math.inf
    if "pattern" not in params:
        return lambda value, context: type(value) is str and len(value) <= limit and value.isascii()
    match = re.compile(params["pattern"]["pattern"]).match
    return lambda value, context: (
        type(value) is str and len(value) <= limit and value.isascii() and match(value) is not None
    )


def _timestamp(window: Mapping[str, Any]) -> Accept:
    earliest, ahead_days = datetime.fromisoformat(window["earliest"]).date(), window["ahead_days"]
    clocks = _clocks()

    key = (earliest, ahead_days)

    def accept(value: Any, context: Context) -> bool:
        # A UTC text of whole seconds on a day that lies wholly inside the window.
        days = context.days.get(key)
        if days is None:
            days = context.days[key] = _days(earliest, context.latest(ahead_days).date())
        return type(value) is str and value[10:] in clocks and value[:10] in days

    return accept


@cache
def _clocks() -> frozenset[str]:
    return frozenset(
        f"T{hour:02d}:{minute:02d}:{second:02d}Z" for hour in range(24) for minute in range(60) for second in range(60)
    )


_day_sets: dict[tuple[date, date], frozenset[str]] = {}


def _days(first: date, last: date) -> frozenset[str]:
    """Days strictly between two days, as text; one set per day of collection."""
    days = _day_sets.get((first, last))
    if days is None:
        if len(_day_sets) >= 8:
            _day_sets.clear()
        newest = min(last, first + timedelta(days=40_000))
        days = frozenset(
            (first + timedelta(days=ahead)).isoformat() for ahead in range(1, max((newest - first).days, 1))
        )
        _day_sets[first, last] = days
    return days


