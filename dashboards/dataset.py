"""What Superset sees of a gold table: its presented columns, their labels in both languages, and its metrics.

Everything here follows from the contract. A code gets a readable label column beside it, a pair of columns in French
and English becomes one, a list of values becomes one row per value.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from schemas.codes import load_codes
from schemas.contract import Column, ColumnType, Label, Metric, TableContract, load, names

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:vigie:dashboards")
MAP_SUFFIX = "_map"
RING = "ring_json"
INCIDENT = "gold.incident"
FOLLOWED = ("zone_id", "zone_name", "theme_code", "occurred_date", "longitude", "latitude")
"""Columns that reports and links take over from their incident, so that the same filters reach all three."""
TRUTH = {"true": Label(fr="Oui", en="Yes"), "false": Label(fr="Non", en="No")}
FACT_INSTANT, FACT_DAY = "occurred_at", "occurred_date"


@dataclass(frozen=True)
class PresentedColumn:
    """One column of a dataset.

    Attributes:
        source: the contract's column it comes from; charts name this one.
        display: True for the column that a reader should see in place of `source` (the label of a code).
    """

    name: str
    type: ColumnType
    label: Label
    description: Label
    source: str
    display: bool = True


@dataclass(frozen=True)
class Dataset:
    """One view of the catalogue as Superset presents it; `is_map` adds one row per outline part of the zone."""

    name: str
    contract: TableContract
    columns: tuple[PresentedColumn, ...]
    is_map: bool = False

    def view(self, language: str) -> str:
        """View of the catalogue that presents it in a language; Superset wants names unique across schemas."""
        return f"{self.name}_{language}"

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """The contract's metrics: the only formulas a chart may use."""
        return self.contract.metrics

    @property
    def time_column(self) -> str | None:
        """The local date that is part of the key, else the day of the fact: what the period filter acts on."""
        dates = [name for name in self.contract.key if self.contract.column(name).type is ColumnType.DATE]
        return dates[0] if dates else FACT_DAY if FACT_DAY in self.sources else None

    def display_column(self, source: str) -> PresentedColumn:
        """The column to show for a contract column: the label of a code, else the column itself."""
        return next(column for column in self.columns if column.source == source and column.display)

    @property
    def sources(self) -> tuple[str, ...]:
        """Column names that a chart file may use."""
        return tuple(dict.fromkeys(column.source for column in self.columns))


@cache
def datasets() -> dict[str, Dataset]:
    """Every dataset by name: one per gold contract, and one more with outlines where rows belong to zones."""
    found: dict[str, Dataset] = {}
    for name in names():
        contract = load(name)
        if contract.layer != "gold":
            continue
        columns = tuple(_present(contract))
        found[contract.table] = Dataset(contract.table, contract, columns)
        if "zone_id" in contract.column_names:
            ring = load("reference.zone_part").column(RING)
            outline = PresentedColumn(RING, ring.type, ring.label, ring.description, RING)
            map_name = contract.table + MAP_SUFFIX
            found[map_name] = Dataset(map_name, contract, (*columns, outline), is_map=True)
    return found


def followed(contract: TableContract) -> tuple[Column, ...]:
    """Columns of the incident that a table of its reports or links shows beside its own; none for other tables."""
    if "incident_id" not in contract.column_names or contract.name == INCIDENT:
        return ()
    return tuple(load(INCIDENT).column(name) for name in FOLLOWED if name not in contract.column_names)


def identity(*parts: str) -> str:
    """Stable identifier of an asset, derived from its names, so that a second push replaces and never doubles."""
    return str(uuid.uuid5(NAMESPACE, "/".join(parts)))


def code_labels(list_name: str, language: str) -> dict[str, str]:
    """Label of every code of a list in one language."""
    codes = load_codes(list_name)
    return {str(code.code): codes.label(code.code, language) for code in codes.codes}


def label_name(column: str) -> str:
    """Name of the readable column beside a code or identifier: `theme_code` and `city_id` give `theme_label`."""
    for ending in ("_code", "_id", "_name"):
        if column.endswith(ending):
            return column.removesuffix(ending) + "_label"
    return column + "_label"


def text_name(column: str) -> str:
    """Name of the column that tells a value as text, for where no format reaches: the tooltip of a map."""
    return f"{column}_text"


def has_text(contract: TableContract, column: Column) -> bool:
    """True when the catalogue adds a value as text: the instant and the shares of what can be drawn as points."""
    is_placed = {"longitude", "latitude"} <= set(contract.column_names)
    return is_placed and (column.name == FACT_INSTANT or column.name.endswith("_ratio"))


def is_language_pair(contract: TableContract, column: str) -> bool:
    """True for `x_fr` or `x_en` when the contract has both."""
    stem = column[:-3]
    return column[-3:] in ("_fr", "_en") and {stem + "_fr", stem + "_en"} <= set(contract.column_names)


def has_label(contract: TableContract, column: Column) -> bool:
    """True when the catalogue adds a readable column for this one."""
    if column.name == "source_id":
        return "source_label_fr" not in contract.column_names
    return column.codes is not None or column.type is ColumnType.BOOLEAN or column.name in ("city_id", "zone_name")


def _without_language(text: str) -> str:
    """`Source name (French)` is simply the source's name once each reader gets his own language."""
    return re.sub(r" \([^()]*\)$", "", text)


def _present(contract: TableContract) -> Iterator[PresentedColumn]:
    for column in (*contract.columns, *followed(contract)):
        if column.type is ColumnType.BINARY:
            continue
        if column.type is ColumnType.INTEGER_LIST:
            if contract.explode is not None and contract.explode.column == column.name:
                alias = contract.explode.alias
                yield PresentedColumn(alias, ColumnType.INTEGER, column.label, column.description, alias)
            continue
        if is_language_pair(contract, column.name):
            if column.name.endswith("_fr"):
                stem = column.name[:-3]
                label = Label(fr=_without_language(column.label.fr), en=_without_language(column.label.en))
                yield PresentedColumn(stem, column.type, label, column.description, stem)
            continue
        labelled = has_label(contract, column)
        yield PresentedColumn(column.name, column.type, column.label, column.description, column.name, not labelled)
        if labelled:
            readable = label_name(column.name)
            yield PresentedColumn(readable, ColumnType.STRING, column.label, column.description, column.name)
        if has_text(contract, column):
            name = text_name(column.name)
            yield PresentedColumn(name, ColumnType.STRING, column.label, column.description, column.name, False)
