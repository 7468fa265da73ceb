"""The sentence of a violation: what was found, where, what was expected, what to do. Both renderings may use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from schemas.bounds import Bounds
from schemas.codes import load_codes
from schemas.rules import Rule

SHOWN = 120
"""Code points of a value shown inside a sentence; the whole value stands in `Violation.value`."""

_TYPES = {
    "string": "a text that can be written as UTF-8",
    "integer": "an integer of at most 64 bits, such as -12",
    "double": "a finite decimal number, such as 3.5",
    "boolean": "true or false",
    "date": "an existing day written YYYY-MM-DD",
    "timestamp": "an existing instant written like 2026-01-31T08:00:00Z or with +01:00",
}


def explain(code: str, rule: Rule, value: str, table: str, moment: datetime, bounds: Bounds | None) -> str:
    """Write the English sentence of one violation.

    Args:
        code: the rule code reported (`time_zone` is reported by the `type` rule of a timestamp).
        rule: the rule with its parameters and columns.
        value: the reported text; for two columns, both joined by a comma.
        table: name of the contract.
        moment: when the source was read.
        bounds: the city's bounds, for `position_bounds`.
    """
    found = f"`{value[:SHOWN]}…`" if len(value) > SHOWN else (f"`{value}`" if value else "nothing")
    where = f"{table}.{'/'.join(rule.columns)}"
    expected = _EXPECTED[code](rule.params, moment, bounds)
    if code == "position_bounds" and bounds is not None and _fits_exchanged(value, bounds):
        expected += "; the exchanged values would fit, so longitude and latitude are probably swapped"
    hint = load_codes("rule")[code].hint
    remedy = f". {hint.en}" if hint is not None else ""
    return f"{where}: found {found}; expected {expected}{remedy}"


def _fits_exchanged(value: str, bounds: Bounds) -> bool:
    longitude, _, latitude = value.partition(",")
    try:
        x, y = float(latitude), float(longitude)
    except ValueError:
        return False
    return bounds.holds(x, y)


def _between(params: Mapping[str, Any]) -> str:
    low, high = params.get("min"), params.get("max")
    if low is None:
        return f"at most {high}"
    return f"at least {low}" if high is None else f"{low} to {high}"


def _codes(params: Mapping[str, Any]) -> str:
    return f"a code of list `{params['list']}`: {', '.join(params['codes'][:30])}"


def _box(bounds: Bounds | None) -> str:
    if bounds is None:
        return "a position in the city"
    return (f"a position within longitude {bounds.west} to {bounds.east}, latitude {bounds.south} to {bounds.north}")


_Expected = Callable[[Mapping[str, Any], datetime, Bounds | None], str]

_EXPECTED: Mapping[str, _Expected] = {
    "required": lambda params, moment, bounds: "a value",
    "type": lambda params, moment, bounds: _TYPES[params["type"]],
    "length": lambda params, moment, bounds: f"at most {params['max']} characters",
    "pattern": lambda params, moment, bounds: f"a text that matches {params['pattern']}",
    "range": lambda params, moment, bounds: _between(params),
    "code": lambda params, moment, bounds: _codes(params),
    "time_zone": lambda params, moment, bounds: "an instant with Z or an offset such as +01:00",
    "time_window": lambda params, moment, bounds: (
        f"an instant from {params['earliest']} to {params['ahead_days']} days after collection ({moment.isoformat()})"
    ),
    "position_pair": lambda params, moment, bounds: "both longitude and latitude, or neither",
    "position_range": lambda params, moment, bounds: f"degrees, {_between(params)}",
    "position_zero": lambda params, moment, bounds: "a position, or two missing values when there is none",
    "position_bounds": lambda params, moment, bounds: _box(bounds),
    "order": lambda params, moment, bounds: "the first value not to exceed the second",
}
