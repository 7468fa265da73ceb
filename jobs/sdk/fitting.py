"""What a frame must be like to be written to a table, and which of two rows of one key is the newer."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f
from pyspark.sql.types import StructType

from jobs.sdk.errors import TableError
from jobs.sdk.struct import struct_of
from schemas.contract import TableContract

LATEST_WHEN_EQUAL = ("collected_at", "row_digest")


def conformed(frame: DataFrame, contract: TableContract) -> DataFrame:
    """Return the frame with its columns in the contract's order.

    Raises:
        TableError: a column is missing, unknown to the contract, or of another type.
    """
    wanted: StructType = struct_of(contract)
    found = {field.name: field.dataType for field in frame.schema}
    faults = [f"column {x.name} is missing" for x in wanted if x.name not in found]
    faults += [f"column {name} is unknown" for name in found if name not in wanted.names]
    faults += [
        f"column {x.name} is {found[x.name].simpleString()}, expected {x.dataType.simpleString()}"
        for x in wanted
        if x.name in found and found[x.name].simpleString() != x.dataType.simpleString()
    ]
    if faults:
        raise TableError(
            f"a frame for {contract.name} does not fit {contract.path}: {'; '.join(faults)}. "
            "Correct the job that made it, or the contract."
        )
    return frame.select(*wanted.names)


def version_columns(contract: TableContract) -> tuple[str, ...]:
    """Return the columns that say which of two rows of one key is the newer; empty when rows never change."""
    tail = tuple(name for name in LATEST_WHEN_EQUAL if name in contract.column_names)
    return (*contract.version_by, *(name for name in tail if name not in contract.version_by)) if tail else ()


def version_of(alias: str, columns: Sequence[str]) -> Column:
    """Return the version as one comparable value; a missing part is older than any. No alias: an empty text."""
    prefix = f"{alias}." if alias else ""
    return f.struct(*(f.col(prefix + name).alias(name) for name in columns))
