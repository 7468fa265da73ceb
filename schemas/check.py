"""The Python rendering of the rules: judge one row at the edge.

The meaning of every rule is written in `schemas.rules`; the Spark rendering must give the same verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas import rules
from schemas.bounds import Bounds
from schemas.contract import TableContract
from schemas.messages import explain
from schemas.plan import ColumnPlan, Context, TablePlan, context_of, is_naive_timestamp, plan_of
from schemas.rules import Rule

__all__ = ["Bounds", "Violation", "as_text", "check_row"]


@dataclass(frozen=True)
class Violation:
    """One rule that a row breaks.

    Attributes:
        rule: code of `schemas.rules.RULE_CODES`.
        column: the column it is reported on.
        value: text of the value, at most 500 code points, always writable as UTF-8.
        message: what was found, what was expected, what to do; in English.
    """

    rule: str
    column: str
    value: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Render for JSON."""
        return {"rule": self.rule, "column": self.column, "value": self.value, "message": self.message}


def as_text(value: object) -> str | None:
    """Give the text that rules judge: null stays null, numbers and booleans are JSON, lists and objects compact JSON.

    Never raises: what JSON cannot express gives a text that says what it is and fits no type but string.
    """
    if value is None or type(value) is str:
        return value
    try:
        if isinstance(value, str):
            return str(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float | list | tuple | dict):
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return str(value)
    except Exception:
        return f"<{type(value).__name__} that has no JSON text>"


def reported(text: str | None) -> str:
    """Cut a value for a report and make it writable as UTF-8: a lone surrogate is shown by its code."""
    if text is None:
        return ""
    return text[: rules.VALUE_LIMIT].encode("utf-8", "backslashreplace").decode("utf-8")[: rules.VALUE_LIMIT]


def check_row(row: Mapping[str, object], contract: TableContract, *, collected_at: datetime,
              bounds: Bounds | None = None) -> tuple[Violation, ...]:
    """Judge one row of a source by its contract; an empty answer means the row is accepted.

    Total: whatever the values are, it answers and never raises. Cost grows with the number of columns, and with the
    size of a value only up to what its rules need.

    Args:
        row: column name -> value; absent, null and empty text are missing.
        contract: the table the row is meant for.
        collected_at: when the source was read (UTC); the limit of plausible instants.
        bounds: the city's bounds in WGS 84 degrees; without them `position_bounds` is not judged.

    Returns:
        Violations in the order `schemas.rules` defines.
    """
    if not isinstance(row, Mapping):
        text = reported(as_text(row))
        return (Violation("shape", "", text, f"found a {type(row).__name__} instead of a row; expected an object with "
                          f"the columns of {contract.name}; correct the connector"),)
    plan = plan_of(contract)
    context = context_of(collected_at, bounds)
    failed = _failed_columns(row, plan, context)
    pairs = _failed_pairs(row, plan, failed, bounds) if plan.pairs else ()
    if not failed and not pairs and row.keys() <= plan.known:
        return ()
    return _report(row, contract, plan, failed, pairs, context)


def _failed_columns(row: Mapping[str, object], plan: TablePlan, context: Context) -> dict[str, Rule]:
    """First failing rule of each column that has one."""
    failed: dict[str, Rule] = {}
    get = row.get
    for column in plan.columns:
        value = get(column.name)
        if value is None or (type(value) is str and not value):
            if column.required is not None:
                failed[column.name] = column.required
            continue
        if column.accept(value, context):
            continue
        text = as_text(value) or ""
        parsed = column.read(text)
        if parsed is None:
            failed[column.name] = column.type_rule
            continue
        for test, rule in column.tests:
            if not test(text, parsed, context):
                failed[column.name] = rule
                break
    return failed


def _failed_pairs(row: Mapping[str, object], plan: TablePlan, failed: Mapping[str, Rule],
                  bounds: Bounds | None) -> tuple[Rule, ...]:
    """Failing rules over two columns; a column that has failed is not judged again.

    A value that has failed its own rules may have no typed form; what a test says of it is not used.
    """
    broken: list[Rule] = []
    out: set[str] = set()
    get = row.get
    for test, rule, first, second in plan.pairs:
        left, right = get(first.name), get(second.name)
        if left is None and right is None:
            continue
        if not (type(left) is float and type(right) is float):
            left, right = _typed(left, first), _typed(right, second)
        if test(left, right, bounds) or first.name in out or second.name in out:
            continue
        if first.name not in failed and second.name not in failed:
            broken.append(rule)
            out.add(first.name)
    return tuple(broken)


def _typed(value: object, column: ColumnPlan) -> Any:
    text = as_text(value)
    return column.read(text) if text else None


def _report(row: Mapping[str, object], contract: TableContract, plan: TablePlan, failed: Mapping[str, Rule],
            pairs: tuple[Rule, ...], context: Context) -> tuple[Violation, ...]:
    violations = []
    for column in plan.columns:
        rule = failed.get(column.name)
        if rule is None:
            continue
        text = as_text(row.get(column.name)) or ""
        code = rule.code
        if code == "type" and rule.params["type"] == "timestamp" and is_naive_timestamp(text):
            code = "time_zone"
        violations.append(_violation(code, rule, text, contract, context))
    for rule in pairs:
        text = ",".join(as_text(row.get(name)) or "" for name in rule.columns)
        violations.append(_violation(rule.code, rule, text, contract, context))
    unknown = sorted(reported(as_text(name)) for name in row if name not in plan.known)
    for name in unknown[: rules.UNKNOWN_COLUMN_LIMIT]:
        message = (f"found column `{name}`, which {contract.name} does not have or the platform fills itself; "
                   "add it to the contract or remove it from the connector")
        violations.append(Violation("unknown_column", name, "", message))
    return tuple(violations)


def _violation(code: str, rule: Rule, text: str, contract: TableContract, context: Context) -> Violation:
    value = reported(text)
    message = explain(code, rule, value, contract.name, context.moment, context.bounds)
    return Violation(code, rule.columns[0], value, message)
