"""The isolated class (French decree 2023-828): its topics into its own store, judged, and erased in time.

Nothing else of the platform calls this: it is no layer of the pipeline, and its store holds no other table than its own
and their accounts. What it shares with the pipeline is the machinery: one intake, one batch, one maintenance.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import reduce

from pyspark.sql import Column
from pyspark.sql import functions as f

from jobs.batch import BATCH_COUNT
from jobs.conform import start_batches
from jobs.ingest import Intake, ingest
from jobs.maintenance import Maintained, maintain
from jobs.pipeline import LayerReport, TableReport
from jobs.sdk.errors import ConfigurationError
from jobs.sdk.settings import LakeSettings
from jobs.sdk.stream import Progress
from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake
from schemas.city import SourceSettings
from schemas.contract import load
from schemas.isolation import LAYER, VIDEO_CAP_DAYS

RECORD, ALERT, ERASURE = "isolated.record", "isolated.video_alert", "quality.erasure"
HELD = (RECORD, ALERT, "quality.rejected_row")
"""Tables of the store whose rows come from video; the others hold numbers."""


def store_settings(settings: LakeSettings, root: str) -> LakeSettings:
    """Settings of the isolated store of a city: its own root, checkpoints and locks."""
    return dataclasses.replace(
        settings,
        lake_root=root,
        checkpoint_root=settings.checkpoint_path(LAYER),
        lock_root=settings.lock_root / LAYER,
        is_isolated=True,
    )


def run_isolated(
    store: Lake, settings: LakeSettings, *, now: datetime | None = None, progress: Progress | None = None
) -> LayerReport:
    """Take in and judge what authorised sources published, then erase what is too old.

    Without a decision in force on the day of `now` nothing is read; erasure is done all the same. A record is taken in
    only while its source's decision held on the local day it was collected.

    Args:
        store: the tables of the isolated store.
        settings: from `store_settings`.
        now: the instant decisions and ages are judged at (UTC); the present when left out.
        progress: called with the stream at hand and its rows so far.

    Raises:
        ConfigurationError: the lake is not an isolated store, no broker, or no topic of the class.
    """
    if not settings.is_isolated:
        raise ConfigurationError(f"{settings.lake_root} is not an isolated store: make it with `store_settings`.")
    started, moment = time.monotonic(), now or datetime.now(UTC)
    sources = authorised(settings.city.sources, moment)
    if sources:
        intake = Intake(RECORD, "ingest", LAYER, wanted(sources))
        ingest(store, settings, intake=intake, progress=progress)
        with store.locked(*HELD, BATCH_COUNT):
            checkpoint = settings.checkpoint_path("conform")
            stream = start_batches(
                store, settings, store, checkpoint, continuous=False, progress=progress, received=RECORD
            )
            stream.wait()
    erase(store, settings, moment)
    seconds = time.monotonic() - started
    tables = tuple(TableReport(name, store.row_count(name), seconds) for name in (*HELD, ERASURE) if store.exists(name))
    return LayerReport(LAYER, tables, seconds)


def authorised(sources: Iterable[SourceSettings], at: datetime) -> tuple[SourceSettings, ...]:
    """Sources whose decision is in force on the local day of an instant."""
    return tuple(one for one in sources if one.authorisation and one.authorisation.holds_at(at, one.time_zone))


def wanted(sources: Iterable[SourceSettings]) -> Column:
    """Records of these sources, collected while their decisions held."""
    conditions = []
    for source in sources:
        decision = source.authorisation
        assert decision is not None
        day = f.to_date(f.from_utc_timestamp("collected_at", source.time_zone))
        mine = f.col("source_id") == source.source_id
        conditions.append(mine & day.between(f.lit(decision.valid_from), f.lit(decision.valid_to)))
    return reduce(Column.__or__, conditions, f.lit(False))


def erase(store: Lake, settings: LakeSettings, now: datetime) -> tuple[Maintained, ...]:
    """Delete rows past their source's retention and past the cap, with their bytes; leave the proof in numbers.

    A source whose decision is gone from the profile keeps the cap of the law.
    """
    held = [load(name) for name in HELD if store.exists(name)]
    shorter = {contract.name: 0 for contract in held}
    for source in settings.city.sources:
        if source.authorisation is not None:
            limit = now - timedelta(days=source.authorisation.retention_days)
            old = (f.col("source_id") == source.source_id) & (f.col("collected_at") < f.lit(limit))
            for contract in held:
                shorter[contract.name] += store.delete(contract, old)
    done = maintain(store, now=now, keep_hours=0.0, longest_days=VIDEO_CAP_DAYS)
    rows = [
        (now, one.table, one.deleted_rows + shorter[one.table], store.row_count(one.table))
        for one in done
        if one.table in shorter
    ]
    if rows:
        contract = load(ERASURE)
        store.append(store.session.createDataFrame(rows, struct_of(contract)).coalesce(1), contract)
    return done
