"""Publishes gold: compute every table, judge them together, and only then put each in the place of the last."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from great_expectations.expectations.core.expect_column_sum_to_be_between import ExpectColumnSumToBeBetween
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from jobs.gate.expectations import Check, checks_of
from jobs.gate.report import GateFailed
from jobs.gate.runner import judge_and_record, require_passed
from jobs.gate.validation import Batch
from jobs.gold.exercises import is_real
from jobs.sdk.job import discover, in_order
from jobs.sdk.session import TABLES_AT_ONCE
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.contract import load

FAULT = "Gold does not add up to silver: a fault of the job, please report it with the run's Data Docs."
SEGMENTS_PER_DISPATCH = 15

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class PublishedTable:
    """One gold table that was put in place."""

    table: str
    rows: int
    seconds: float


def publish(
    session: SparkSession,
    settings: LakeSettings,
    *,
    tables: Collection[str] = (),
    where: str | None = None,
    progress: Progress | None = None,
) -> tuple[PublishedTable, ...]:
    """Compute, judge and replace the gold tables of the city.

    Nothing is replaced before everything has passed, so a reader sees the last good gold until then.

    Args:
        session: the run's Spark session.
        settings: whose lake.
        tables: the tables to publish; all of them unless said.
        where: SQL condition on the rows to replace, such as a window of days; the tables are judged whole.
        progress: called with each table and its rows once it is computed.

    Raises:
        GateFailed: the gate refused silver, or gold itself does not add up.
        TableLockedError: another process publishes.
    """
    jobs = in_order(job for job in discover("jobs.gold").values() if not tables or job.output in tables)
    lake = Lake(session, settings)
    with lake.locked(*(job.output for job in jobs)):
        versions = require_passed(session, settings)
        staged = _Staged(lake)
        try:
            for job in jobs:
                staged.frames[job.output] = job.run(staged, settings.city).persist()
            seconds = staged.compute(progress)
            report = judge_and_record(lake, settings, "gold", versions, _batches(lake, staged.frames))
            if not report.ok:
                raise GateFailed(report)
            return tuple(_put(lake, name, frame, where, seconds[name]) for name, frame in staged.frames.items())
        finally:
            for frame in staged.frames.values():
                frame.unpersist()


@dataclass
class _Staged:
    """Tables computed but not published; a job that reads another gold table reads the staged one."""

    lake: Lake
    frames: dict[str, DataFrame] = field(default_factory=dict)

    def read(self, name: str) -> DataFrame:
        """Return the staged table, or the lake's."""
        return self.frames[name] if name in self.frames else self.lake.read(name)

    def published(self, name: str) -> DataFrame:
        """Return the lake's table, also where another is staged."""
        return self.lake.read(name)

    def exists(self, name: str) -> bool:
        """Say whether there is such a table, staged or in the lake."""
        return name in self.frames or self.lake.exists(name)

    def compute(self, progress: Progress | None) -> dict[str, float]:
        """Fill the tables side by side, as one alone leaves cores idle, and return the seconds each took."""

        def fill(frame: DataFrame) -> tuple[int, float]:
            started = time.monotonic()
            return frame.count(), time.monotonic() - started

        seconds: dict[str, float] = {}
        with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
            for name, (rows, spent) in zip(self.frames, pool.map(fill, self.frames.values()), strict=True):
                seconds[name] = spent
                if progress is not None:
                    progress(name, rows)
        return seconds


def _put(lake: Lake, name: str, frame: DataFrame, where: str | None, seconds: float) -> PublishedTable:
    """Replace one table, or the rows of it that meet the condition."""
    started = time.monotonic()
    if where is not None and lake.exists(name):
        frame = frame.where(where)
        lake.replace(frame.coalesce(1), load(name), where)
    else:
        lake.replace(frame.coalesce(1), load(name))
    return PublishedTable(name, frame.count(), round(seconds + time.monotonic() - started, 3))


def _batches(lake: Lake, staged: dict[str, DataFrame]) -> list[Batch]:
    """Judge each table by its contract, and where it must add up by what it was made from."""
    references = {"reference.zone.zone_id": [row[0] for row in lake.read("reference.zone").select("zone_id").collect()]}
    reports = lake.read("silver.incident_report").where(is_real()).count()
    dispatches = lake.read("silver.unit_dispatch").where(is_real()).count()
    totals = {
        "gold.zone_indicator_day": ("incident_count", reports),
        "gold.response_time_day": ("dispatch_count", SEGMENTS_PER_DISPATCH * dispatches),
        "gold.source_health": ("read_count", _sum(lake.read("quality.batch_count"), "read_count")),
        "gold.fusion_model": ("", reports),
        "gold.incident": ("report_count", reports),
        "gold.incident_report": ("", reports),
        "gold.incident_link": ("", 0),
    }
    batches = []
    for name, frame in staged.items():
        contract = load(name)
        column, total = totals.get(name, ("", 1))
        checks = checks_of(contract, references, min_rows=max(contract.gate.min_rows, 1) if total else 0)
        if column and total:
            expectation = ExpectColumnSumToBeBetween(column=column, min_value=total, max_value=total)
            checks.append(Check(expectation, f"{total} in all, as in the tables it is made from", FAULT, column))
        batches.append(Batch(name, frame, checks))
    return batches


def _sum(frame: DataFrame, column: str) -> int:
    row = frame.agg(f.sum(column)).first()
    return int(row[0] or 0) if row is not None else 0
