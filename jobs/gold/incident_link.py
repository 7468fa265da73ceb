"""`gold.incident_link`: which reports belong together and why; the work of `analytics.fusion`, dealt out by tiles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as f

from analytics.fusion.fuse import DECISION, Fused, Fusion
from analytics.fusion.reasons import links
from analytics.fusion.update import Span, update
from jobs.gold.categories import CATEGORIES
from jobs.gold.reports import fusible
from jobs.gold.tiled_fusion import fused_by_tiles
from jobs.sdk.job import job
from jobs.sdk.struct import struct_of
from schemas.city import CityProfile
from schemas.codes import load_codes
from schemas.contract import load

LARGEST_CHANGED_SHARE = 0.2
"""Beyond this share of changed reports all are fused again: looking at hours one by one would take longer."""
MOST_SPANS = 200
Row = tuple[object, ...]


@job(output="gold.incident_link")
def incident_link(
    silver_incident_report: DataFrame,
    silver_incident_decision: DataFrame,
    gold_fusion_model: DataFrame,
    last_gold_fusion_model: DataFrame,
    last_gold_incident_link: DataFrame,
    last_gold_incident_report: DataFrame,
    city: CityProfile,
) -> DataFrame:
    """Link the reports of each incident.

    With the model of the last publication only what changed since is judged anew, with the result of judging all. What
    analysts decided is kept to each time.
    """
    model = gold_fusion_model.first()
    session = silver_incident_report.sparkSession
    contract = load("gold.incident_link")
    if model is None:
        return session.createDataFrame([], struct_of(contract))
    fusion = Fusion.from_json(model["weights_json"])
    reports = fusible(silver_incident_report)
    decisions = silver_incident_decision.select(*DECISION).toArrow()
    last = last_gold_fusion_model.first()
    if last is not None and last["model_id"] == model["model_id"]:
        changed = changed_instants(reports, last_gold_incident_report, decisions)
        if changed is not None:
            renewed = updated(fusion, reports, decisions, changed, last_gold_incident_link, city)
            if renewed is not None:
                return renewed
    fused = fused_by_tiles(fusion, reports, decisions)
    return session.createDataFrame(rows_of(fused, city), struct_of(contract))


def changed_instants(reports: DataFrame, last: DataFrame, decisions: pa.Table) -> np.ndarray | None:
    """Instants of the reports that are new, gone or changed since the last publication, and of those decided on.

    None when they are too many for an update to be worth it, or when nothing was published.
    """
    before = last.select("report_id", f.col("occurred_at").alias("former_at"), f.col("row_digest").alias("former"))
    both = reports.join(before, "report_id", "full")
    named = set(chain.from_iterable(decisions.column(name).to_pylist() for name in DECISION[:2]))
    is_changed = ~f.col("row_digest").eqNullSafe(f.col("former"))
    if named:
        is_changed = is_changed | f.col("report_id").isin(*sorted(named))
    count = last.count()
    most = int(LARGEST_CHANGED_SHARE * count)
    rows = both.where(is_changed).select("occurred_at", "former_at").limit(most + 1).toArrow() if count else None
    if rows is None or rows.num_rows > most:
        return None
    known = [pc.drop_null(rows.column(name)).cast(pa.int64()) for name in rows.column_names]
    return np.concatenate([np.asarray(column, np.float64) for column in known]) / 1e6


def updated(
    fusion: Fusion, reports: DataFrame, decisions: pa.Table, changed_s: np.ndarray, last_links: DataFrame,
    city: CityProfile,
) -> DataFrame | None:  # fmt: skip
    """The last links, with those of the incidents that changed reports touch replaced; None when that is too much."""
    session = reports.sparkSession
    schema = struct_of(load("gold.incident_link"))
    if not len(changed_s):
        return last_links.select(*schema.names)
    spans: list[Sequence[Span]] = []

    def read(wanted: Sequence[Span]) -> pa.Table:
        spans.append(wanted)
        if len(wanted) > MOST_SPANS:
            raise _TooMany
        return reports.where(reduce(Column.__or__, map(_within, wanted))).toArrow()

    try:
        done = update(fusion, read, changed_s, decisions)
    except _TooMany:
        return None
    gone = session.createDataFrame([(name,) for name in sorted(done.renewed_ids)], "renewed_id string")
    present = reports.select(f.col("report_id").alias("present_id"))
    kept = last_links
    for end in ("first_report_id", "second_report_id"):
        kept = kept.join(f.broadcast(gone), f.col(end) == f.col("renewed_id"), "left_anti")
        kept = kept.join(present, f.col(end) == f.col("present_id"), "left_semi")
    new = [row for row in rows_of(done.fused, city) if row[2] in done.renewed_ids]
    return kept.select(*schema.names).unionByName(session.createDataFrame(new, schema))


class _TooMany(Exception):
    """The changes lie in too many separate hours."""


def _within(span: Span) -> Column:
    low, high = (f.timestamp_micros(f.lit(round(second * 1e6))) for second in span)
    return f.col("occurred_at").between(low, high)


def rows_of(fused: Fused, city: CityProfile) -> list[Row]:
    """The links as rows of `gold.incident_link`, their reasons in the words of the city and of the common list."""
    names = {source.source_id: source.label for source in city.sources}
    categories = load_codes(CATEGORIES)

    def source(source_id: str, language: str) -> str:
        return names[source_id].in_language(language) if source_id in names else source_id

    def category(code: str, language: str) -> str:
        return categories.label(code, language) if code in categories else code

    wanted = load("gold.incident_link").column_names
    return [
        tuple({"city_id": city.city_id, **link._asdict()}[name] for name in wanted)
        for link in links(fused, source, category)
    ]
