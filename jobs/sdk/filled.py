"""Which tables bronze fills, and which of their columns says when a fact was: derived from the contracts."""

from __future__ import annotations

from schemas.contract import ColumnType, TableContract, load, names

BRONZE = "bronze.record"
LAYERS = ("silver", "reference", "isolated")


def filled_by(received: str) -> tuple[TableContract, ...]:
    """Return the contracts of the tables that the records of one table of received records fill."""
    found = (load(name) for name in names() if name.partition(".")[0] in LAYERS)
    return tuple(contract for contract in found if received in contract.inputs)


def filled_by_bronze() -> tuple[TableContract, ...]:
    """Return the contracts of the tables that bronze records fill: what happened, and the geography it is read by."""
    return filled_by(BRONZE)


def instant_of(contract: TableContract) -> str | None:
    """Return the first instant that a fact of the table must have, else the first it may have; None without any."""
    instants = [column for column in contract.source_columns if column.type is ColumnType.TIMESTAMP]
    return next((column.name for column in sorted(instants, key=lambda column: not column.required)), None)
