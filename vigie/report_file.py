"""A file of reports as fusion takes it: any Parquet that means the same, and a clear refusal of what does not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vigie.errors import WrongUse

if TYPE_CHECKING:
    import pyarrow as pa

WORDS = ("report_id", "source_id", "category_code")
INSTANTS = ("occurred_at", "received_at")
LIMITS = {"longitude": (-180.0, 180.0), "latitude": (-90.0, 90.0), "location_precision_m": (0.0, float("inf"))}


def read_reports(source: Path) -> pa.Table:
    """The reports of a Parquet file, as they stand there.

    Raises:
        WrongUse: the file is not readable as Parquet or lacks a column of ``analytics.fusion.fuse.REQUIRED``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from analytics.fusion.fuse import REQUIRED

    try:
        table = pq.read_table(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise WrongUse(f"{source} cannot be read as Parquet ({error}); give a file of reports") from None
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise WrongUse(f"{source} lacks {', '.join(missing)}; expected the columns of silver.incident_report")
    return table


def typed_reports(source: Path, table: pa.Table) -> pa.Table:
    """The columns that ``analytics.fusion`` reads, in its types; rows stay in their order.

    Identifiers, sources and categories may be texts or whole numbers; instants may be timestamps of any unit and zone,
    dates, or ISO 8601 texts, in UTC where no zone is told.

    Args:
        source: the file that messages name.
        table: as ``read_reports`` gives it.

    Raises:
        WrongUse: a value names no instant, place or report; the message names column, row and value.
    """
    import pyarrow as pa

    from analytics.fusion.fuse import RECEIVED, REQUIRED

    names = [name for name in (*REQUIRED, RECEIVED) if name in table.column_names]
    typed = pa.table({name: _typed(source, name, table.column(name)) for name in names})
    _require_distinct(source, typed.column("report_id"))
    return typed


def _typed(source: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if name in INSTANTS:
        return _instants(source, name, column)
    try:
        if name in WORDS:
            return column.cast(pa.string())
        return _within(source, name, column.cast(pa.float64()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        wanted = "texts or whole numbers" if name in WORDS else "numbers"
        raise WrongUse(f"{source}: column {name} holds {column.type} ({error}); expected {wanted}") from None


def _instants(source: Path, name: str, column: pa.ChunkedArray) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    wanted = "expected timestamps or ISO 8601 texts such as 2026-11-24T21:40:00Z"
    kind = column.type
    if not (pa.types.is_temporal(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        raise WrongUse(f"{source}: column {name} holds {kind}, of which the unit is not known; {wanted}")
    values = column.to_pandas()
    found = pd.to_datetime(values, utc=True, format="ISO8601", errors="coerce")
    wrong = found.isna() & values.notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise WrongUse(f"{source}: row {row + 1} has {name} {values.iloc[row]!r}; {wanted}")
    return pa.array(found.astype("datetime64[us, UTC]"), pa.timestamp("us", tz="UTC"))


def _within(source: Path, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    import numpy as np

    values = column.to_numpy()
    low, high = LIMITS[name]
    wrong = (values < low) | (values > high)
    if wrong.any():
        row = int(np.argmax(wrong))
        limit = f"at least {low:g}" if np.isinf(high) else f"from {low:g} to {high:g}"
        raise WrongUse(
            f"{source}: row {row + 1} has {name} {values[row]:g}; expected {limit}, or nothing where it is not known "
            "(longitude and latitude are WGS 84 degrees)"
        )
    return column


def _require_distinct(source: Path, ids: pa.ChunkedArray) -> None:
    import pyarrow.compute as pc

    if ids.null_count:
        row = pc.index(pc.is_null(ids), True).as_py()
        raise WrongUse(f"{source}: row {row + 1} has no report_id; expected one name for each report")
    counts = pc.value_counts(ids)
    most = pc.max(counts.field("counts")).as_py() or 1
    if most > 1:
        name = counts.field("values")[pc.index(counts.field("counts"), most).as_py()]
        raise WrongUse(f"{source}: report_id {name} stands in {most} rows; expected each report once, as it is now")
