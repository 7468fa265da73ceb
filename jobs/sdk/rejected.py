"""Refused records: those that connectors refused at the edge and those that silver refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f
from pyspark.sql import types as t

from jobs.sdk.accounting import Account, Counts
from jobs.sdk.enforce import VIOLATIONS
from jobs.sdk.table import Lake
from jobs.sdk.violation import VIOLATION
from schemas.contract import load

TABLE = "quality.rejected_row"


def edge_rejections(records: DataFrame, arrival: Sequence[str]) -> DataFrame:
    """Return the records that came refused, from the violations their dead letter carries."""
    told = f.from_json("violations_json", t.ArrayType(VIOLATION))
    return _rejections(records.withColumn(VIOLATIONS, told), "edge", f.col("violations_json"), arrival)


def silver_rejections(rows: DataFrame, arrival: Sequence[str]) -> DataFrame:
    """Return the rows that silver refuses, from their violations."""
    return _rejections(rows, "silver", f.to_json(VIOLATIONS), arrival)


def unknown_contract_rejections(records: DataFrame, arrival: Sequence[str]) -> DataFrame:
    """Return the records of a contract that silver does not have, refused as `shape`."""
    message = f.concat(
        f.lit("found a record of contract `"),
        f.col("contract_name"),
        f.lit("`; expected one of silver's; bring the jobs to the version of the connector, then rebuild silver"),
    )
    parts = {"rule": f.lit("shape"), "column": f.lit(""), "value": f.col("contract_name"), "message": message}
    fault = f.array(f.struct(*(value.alias(name) for name, value in parts.items())))
    return silver_rejections(records.withColumn(VIOLATIONS, fault), arrival)


def _rejections(rows: DataFrame, stage: str, violations_json: Column, arrival: Sequence[str]) -> DataFrame:
    first = f.try_element_at(VIOLATIONS, f.lit(1))
    return rows.select(
        "record_id",
        "source_id",
        "contract_name",
        f.lit(stage).alias("stage_code"),
        f.coalesce(first["rule"], f.lit("shape")).alias("rule_code"),
        first["column"].alias("column_name"),
        first["value"].alias("value"),
        first["message"].alias("message"),
        violations_json.alias("violations_json"),
        "raw",
        "row_json",
        "payload_url",
        "collected_at",
        *arrival,
    )


@dataclass(frozen=True)
class Rejected:
    """Refused records set against those already kept.

    Attributes:
        counts: per account; a record refused again is a duplicate.
        new_count: records refused for the first time.
        judged: the records with `is_new`, persisted; None when there are none.
    """

    counts: dict[Account, Counts]
    new_count: int = 0
    judged: DataFrame | None = None

    def new_rows(self) -> DataFrame:
        """Return the records refused for the first time, as rows of `quality.rejected_row`."""
        assert self.judged is not None
        return self.judged.where("is_new").drop("is_new").coalesce(1)

    def release(self) -> None:
        """Free the memory of the persisted records."""
        if self.judged is not None:
            self.judged.unpersist()


def new_rejections(parts: Sequence[DataFrame], lake: Lake, arrival: Sequence[str]) -> Rejected:
    """Set refused records, told in several parts or none, against those already kept."""
    if not parts:
        return Rejected({})
    every = reduce(DataFrame.unionByName, parts)
    known = lake.read(TABLE).select(f.col("record_id").alias("known_id"))
    arrived = f.row_number().over(Window.partitionBy("record_id").orderBy(*arrival))
    judged = every.join(known, f.col("record_id") == f.col("known_id"), "left").withColumn("number", arrived)
    is_new = f.col("known_id").isNull() & (f.col("number") == 1)
    judged = judged.withColumn("is_new", is_new).select(*load(TABLE).column_names, "is_new").persist()
    by_account = judged.groupBy("source_id", "contract_name")
    sums = by_account.agg(f.count_if("is_new"), f.count_if(~f.col("is_new"))).collect()
    counts = {(row[0], row[1]): Counts(rejected=row[2], duplicates=row[3]) for row in sums}
    return Rejected(counts, sum(row[2] for row in sums), judged)
