"""Fusion dealt out to the workers: candidate pairs and odds tile by tile, their exact union on the driver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from analytics.fusion.fuse import Fused, Fusion, assembled, decided, in_order
from analytics.fusion.model import judged
from analytics.fusion.tiles import Tiling, shares, united

PAIRS = "first_report_id string, second_report_id string, odds double"
DEALT = "tile bigint, is_own boolean"
FEW_REPORTS = 100_000
"""Up to so many are fused here, with the same result: to start workers for them would take longer."""


def fused_by_tiles(
    fusion: Fusion, reports: DataFrame, decisions: pa.Table, tiling: Tiling | None = None
) -> Fused:
    """Fuse all reports: candidate pairs and their odds on the workers, a tile at a time; their union here.

    Args:
        fusion: what was learned.
        reports: see `jobs.gold.reports.fusible`.
        decisions: of analysts.
        tiling: size of the tiles; the result does not depend on it.
    """
    told = in_order(reports.toArrow())
    if tiling is None and told.num_rows <= FEW_REPORTS:
        return fusion.fuse(told, decisions)
    dealt = reports.mapInArrow(_dealer(fusion, tiling or Tiling()), _dealt_schema(reports))
    found = dealt.groupBy("tile").applyInArrow(_judge(fusion), PAIRS).toArrow()
    whole = fusion.reports(told)
    ids = told.column("report_id")
    first, second = (_indices(found.column(name), ids) for name in ("first_report_id", "second_report_id"))
    odds = np.asarray(found.column("odds").to_numpy(), np.float64)
    return assembled(told, whole, united(whole, first, second, odds), decided(told, decisions))


def _dealt_schema(reports: DataFrame) -> str:
    columns = ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in reports.schema)
    return f"{DEALT}, {columns}"


def _dealer(fusion: Fusion, tiling: Tiling) -> Callable[[Iterable[pa.RecordBatch]], Iterable[pa.RecordBatch]]:
    def deal(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            table = pa.Table.from_batches([batch])
            seen = shares(fusion.reports(table), fusion.model, tiling)
            copies = table.take(pa.array(seen.report))
            columns = [pa.array(seen.tile), pa.array(seen.is_own), *copies.columns]
            yield from pa.table(columns, names=["tile", "is_own", *table.column_names]).to_batches()

    return deal


def _judge(fusion: Fusion) -> Callable[[pa.Table], pa.Table]:
    def judge(tile: pa.Table) -> pa.Table:
        seen = in_order(tile)
        is_own = np.asarray(seen.column("is_own"))
        pairs, odds = judged(fusion.model, fusion.reports(seen), is_own)
        ids = seen.column("report_id")
        columns = [ids.take(pa.array(pairs.first)), ids.take(pa.array(pairs.second)), pa.array(odds)]
        return pa.table(columns, names=["first_report_id", "second_report_id", "odds"])

    return judge


def _indices(names: pa.ChunkedArray, ids: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(pc.index_in(names, value_set=ids), np.int64)
