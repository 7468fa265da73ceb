"""Contracts: every table described once, in `schemas/<layer>/<table>.yaml`.

    load("silver.incident_report") -> TableContract

From a contract are derived: the row check at the edge, the Spark schema and rules, the quality gate, the Superset
dataset, the catalogue page. How one is written: `docs/engineer/contracts.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

from schemas.errors import ContractError
from schemas.label import Label
from schemas.rules import Rule

__all__ = [
    "LAYERS", "Column", "ColumnType", "Explode", "Gate", "Label", "Metric", "Range", "Rule", "TableContract",
    "load", "load_all", "names",
]

FOLDER = Path(__file__).parent
LAYERS = ("bronze", "silver", "gold", "quality", "reference", "isolated")

Origin = Literal["source", "platform"]
Access = Literal["open", "restricted", "isolated"]
Write = Literal["append", "merge", "replace"]


class ColumnType(StrEnum):
    """Type of a column; `timestamp` is a UTC instant, `integer` has 64 bits, `date` is a local day."""

    STRING = "string"
    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    DATE = "date"
    BINARY = "binary"
    INTEGER_LIST = "integer_list"


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        required: never null in the finished table; at the edge judged for source columns only.
        origin: `source` columns are filled by connectors, `platform` columns by jobs.
        unit: unit of a quantity, as shown (`s`, `m`, `°C`).
        codes: the code list its values come from.
        rules: its rules in the order of judgement, implicit ones included; empty for platform columns.
    """

    name: str
    type: ColumnType
    label: Label
    description: Label
    required: bool
    origin: Origin
    unit: str | None
    codes: str | None
    personal_data: bool
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Metric:
    """A figure's formula, defined once.

    Attributes:
        expression: SQL aggregate over the dataset's columns that DuckDB and PostgreSQL both run.
        format: how it is printed, in d3-format syntax; `,d` for counts.
        codes: the code list its values come from, when it yields a code.
        requires_grouping: columns a query must group by (or fix to one value) for the figure to mean anything.
    """

    name: str
    label: Label
    description: Label
    expression: str
    format: str
    unit: str | None
    codes: str | None
    requires_grouping: tuple[str, ...]


@dataclass(frozen=True)
class Explode:
    """Dataset view over a list column: one row per element as `alias`, plus `pad_with` rows where `alias` is NULL."""

    column: str
    alias: str
    pad_with: str | None


@dataclass(frozen=True)
class Range:
    """Bounds the gate expects of a finished column, both included."""

    minimum: float | None
    maximum: float | None


@dataclass(frozen=True)
class Gate:
    """What a finished table must satisfy before gold is published.

    Attributes:
        min_rows: fewest rows.
        completeness: column -> smallest share of non-null values.
        references: column -> `<layer>.<table>.<column>` that must hold its values.
        max_rejected_ratio: greatest share of refused rows per source; `None` leaves it to the source's own setting.
        ranges: column -> bounds.
        order: pairs of columns where the first may not exceed the second.
    """

    min_rows: int
    completeness: Mapping[str, float]
    references: Mapping[str, str]
    max_rejected_ratio: float | None
    ranges: Mapping[str, Range]
    order: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class TableContract:
    """One table.

    Attributes:
        name: `<layer>.<table>`.
        version: `major.minor.patch`; `schemas.compat` says which part must rise.
        grain: what one row is.
        purpose: code in `schemas/purposes.yaml`: why the law allows the data to be kept.
        retention_days: days a row is kept; `None` is unlimited.
        key: columns that identify a row.
        version_by: among rows of one key the greatest of these is kept.
        write: how a batch enters the table.
        inputs: tables it is made from.
        rules: the whole plan of row rules; see `schemas.rules`.
    """

    name: str
    layer: str
    table: str
    version: str
    label: Label
    description: Label
    grain: Label
    purpose: str
    access: Access
    personal_data: bool
    retention_days: int | None
    key: tuple[str, ...]
    version_by: tuple[str, ...]
    write: Write
    inputs: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    metrics: tuple[Metric, ...]
    explode: Explode | None
    gate: Gate
    path: Path

    def column(self, name: str) -> Column:
        """Give one column.

        Raises:
            ContractError: the table has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise ContractError(f"{self.name} has no column `{name}`; it has {', '.join(self.column_names)}", self.path)

    def metric(self, name: str) -> Metric:
        """Give one metric.

        Raises:
            ContractError: the table has no such metric.
        """
        for metric in self.metrics:
            if metric.name == name:
                return metric
        known = ", ".join(metric.name for metric in self.metrics) or "none"
        raise ContractError(f"{self.name} has no metric `{name}`; it has {known}", self.path)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the order of the table."""
        return tuple(column.name for column in self.columns)

    @property
    def source_columns(self) -> tuple[Column, ...]:
        """Columns that connectors fill."""
        return tuple(column for column in self.columns if column.origin == "source")

    @property
    def platform_columns(self) -> tuple[Column, ...]:
        """Columns that jobs fill."""
        return tuple(column for column in self.columns if column.origin == "platform")


def names() -> tuple[str, ...]:
    """Name every contract found, by layer and then alphabetically."""
    return tuple(
        f"{layer}.{path.stem}" for layer in LAYERS for path in sorted((FOLDER / layer).glob("*.yaml"))
    )


@cache
def load(name: str) -> TableContract:
    """Load one contract, such as `silver.incident_report`; read once per process.

    Raises:
        ContractError: there is no such contract, or its file is wrong.
    """
    from schemas.reader import read_contract

    if name not in names():
        raise ContractError(f"no contract `{name}`; expected one of {', '.join(names())}")
    layer, table = name.split(".", 1)
    return read_contract(FOLDER / layer / f"{table}.yaml")


def load_all() -> tuple[TableContract, ...]:
    """Load every contract, in the order of `names`."""
    return tuple(load(name) for name in names())
