"""Gold: one module per table, found by being here, and their publication behind the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from pyspark.sql import SparkSession

    from jobs.gold.publication import Progress, PublishedTable
    from jobs.sdk.settings import LakeSettings

__all__ = ["publish"]


def publish(
    session: SparkSession,
    settings: LakeSettings,
    *,
    tables: Collection[str] = (),
    where: str | None = None,
    progress: Progress | None = None,
) -> tuple[PublishedTable, ...]:
    """Compute, judge and replace the gold tables of the city; see `jobs.gold.publication.publish`."""
    # Great Expectations takes seconds to import, which finding a table's job should not cost.
    from jobs.gold import publication

    return publication.publish(session, settings, tables=tables, where=where, progress=progress)
