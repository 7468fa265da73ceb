"""Keeps the lake small and lawful: joins small files, deletes what is kept too long, removes the deleted bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pyspark.sql import functions as f

from jobs.sdk.table import Lake
from schemas.contract import ColumnType, TableContract, load_all

SAFE_HOURS = 24.0
"""Age under which unused files are kept: a query that started before the purge may still read them."""

_AGE_COLUMNS = (
    "collected_at",
    "kafka_at",
    "checked_at",
    "ingest_date",
    "occurred_date",
    "indicator_date",
    "received_date",
)


@dataclass(frozen=True)
class Maintained:
    """What was done to one table."""

    table: str
    deleted_rows: int


def maintain(
    lake: Lake, *, now: datetime | None = None, keep_hours: float = SAFE_HOURS, longest_days: int | None = None
) -> tuple[Maintained, ...]:
    """Purge, compact and vacuum every table of the lake that exists.

    A row goes when it was collected (else: happened) more than its contract's `retention_days` ago: one day after the
    cap it is gone, from the table at once and from the disk as soon as `keep_hours` have passed and `maintain` has run
    again. A table that dates no row, such as the accounts per batch, is only compacted.

    Args:
        lake: whose tables are kept.
        now: the instant ages are measured from (UTC); the present when left out.
        keep_hours: age under which unused files are kept; 0 removes deleted bytes at once (erasure), and must only be
            used when nothing reads the lake.
        longest_days: cap on the contracts' own `retention_days`, where the law has one for the whole store.

    Raises:
        TableLockedError: another process writes one of the tables.
    """
    contracts = [contract for contract in load_all() if lake.exists(contract.name)]
    with lake.locked(*(contract.name for contract in contracts)):
        moment = now or datetime.now(UTC)
        return tuple(_maintain(lake, contract, moment, keep_hours, longest_days) for contract in contracts)


def _maintain(
    lake: Lake, contract: TableContract, now: datetime, keep_hours: float, longest_days: int | None
) -> Maintained:
    deleted = _purge(lake, contract, now, longest_days)
    lake.compact(contract)
    lake.vacuum(contract, keep_hours)
    return Maintained(contract.name, deleted)


def _purge(lake: Lake, contract: TableContract, now: datetime, longest_days: int | None) -> int:
    """Delete the rows older than the contract allows; a table that dates no row is not purged."""
    column = age_column(contract)
    days = min((each for each in (contract.retention_days, longest_days) if each is not None), default=None)
    if days is None or column is None:
        return 0
    limit = now - timedelta(days=days)
    if contract.column(column).type is ColumnType.DATE:
        return lake.delete(contract, f.col(column) < f.lit(limit.date()))
    return lake.delete(contract, f.col(column) < f.lit(limit))


def age_column(contract: TableContract) -> str | None:
    """Return the column that dates a row for retention, None when the table has none."""
    return next((name for name in _AGE_COLUMNS if name in contract.column_names), None)
