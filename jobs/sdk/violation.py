"""Broken rules as Spark values, with the sentences that the row check at the edge writes.

A plan numbers every way a row of one contract can fail. Judging a row yields numbers, which costs little; the sentences
are looked up for the few rows that fail.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from pyspark.sql import Column
from pyspark.sql import functions as f
from pyspark.sql import types as t

from schemas.bounds import Bounds
from schemas.contract import TableContract
from schemas.messages import SHOWN, explain
from schemas.rules import VALUE_LIMIT, Rule

VIOLATION = t.StructType([t.StructField(name, t.StringType()) for name in ("rule", "column", "value", "message")])

_MOMENT = datetime(1, 1, 1, tzinfo=UTC)
_NOTHING = "found nothing;"
_EXCHANGED = "; the exchanged values would fit, so longitude and latitude are probably swapped"
_FAILURE = "array<struct<rule: string, column: string, head: string, tail: string, after: string>>"


class FailurePlan:
    """Every way a row of one contract can fail, by number from 1."""

    def __init__(self, contract: TableContract, bounds: Bounds | None) -> None:
        self._contract = contract
        self._bounds = bounds
        self._failures: list[dict[str, str | None]] = []

    def add(self, code: str, rule: Rule, *, is_exchanged: bool = False) -> Column:
        """Number one more way to fail and return the number.

        Args:
            code: the rule code reported.
            rule: the rule that fails.
            is_exchanged: for `position_bounds`, that exchanged values would fit.
        """
        sentence = explain(code, rule, "", self._contract.name, _MOMENT, self._bounds)
        head, _, tail = sentence.partition(_NOTHING)
        before, moment, after = tail.partition(_MOMENT.isoformat())
        self._failures.append(
            {
                "rule": code,
                "column": rule.columns[0],
                "head": f"{head}found ",
                "tail": before + (_EXCHANGED if is_exchanged else ""),
                "after": after if moment else None,
            }
        )
        return f.lit(len(self._failures))

    def violations(self, failed: Column) -> Column:
        """Turn an array of (number, text of the value) into an array of violations."""
        # One literal for all sentences; building it from columns would cost more than judging the rows.
        table = f.from_json(f.lit(json.dumps(self._failures)), _FAILURE)
        return f.transform(failed, lambda one: _violation(f.element_at(table, one["number"]), one["text"]))


def failure(number: Column, text: Column) -> Column:
    """One failure: its number, null when there is none, and the text of the value."""
    return f.struct(number.alias("number"), text.alias("text"))


def _violation(found: Column, value: Column) -> Column:
    text = f.coalesce(f.substring(value, 1, VALUE_LIMIT), f.lit(""))
    shown = (
        f.when(text == "", f.lit("nothing"))
        .when(f.length(text) > SHOWN, f.concat(f.lit("`"), f.substring(text, 1, SHOWN), f.lit("…`")))
        .otherwise(f.concat(f.lit("`"), text, f.lit("`")))
    )
    moment = f.concat(f.date_format("collected_at", "yyyy-MM-dd'T'HH:mm:ss'+00:00'"), found["after"])
    ending = f.coalesce(moment, f.lit(""))
    return f.struct(
        found["rule"].alias("rule"),
        found["column"].alias("column"),
        text.alias("value"),
        f.concat(found["head"], shown, f.lit(";"), found["tail"], ending).alias("message"),
    )
