"""Fuse the reports of any file into incidents, without a broker, a lake or Spark."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.geocoding.places import METRES_PER_DEGREE
from vigie.errors import WrongUse

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.fusion import Reports, Scored

REQUIRED = ("report_id", "occurred_at", "longitude", "latitude", "location_precision_m", "source_id", "category_code")
FARTHEST_PRECISION_M = 500.0
"""Reports placed worse than this name no place to compare; they stay incidents of their own."""
FINEST_PRECISION_M = 5.0
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Fused:
    """What came of a file: reports, incidents, incidents of several reports, links, and where they were written."""

    reports: int
    incidents: int
    fused_incidents: int
    links: int
    unplaced: int
    reports_path: Path
    links_path: Path
    model_path: Path


def fuse_file(source: Path, target: Path, tell: Tell) -> Fused:
    """Read reports, fuse them, and write three files beside each other.

    Args:
        source: Parquet with the columns of ``silver.incident_report``; ``REQUIRED`` are used.
        target: Parquet to write: the reports with ``incident_id`` and ``incident_report_count``. Beside it lie
            ``<target>.links.parquet``, every link with its probability and its reasons in words, and
            ``<target>.model.json``, the learned weights.
        tell: called with a line of progress.

    Raises:
        WrongUse: the file is not readable as Parquet or lacks a column.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    from analytics.fusion import Intensity, candidates, incidents_of, learn, score

    table = _read(source)
    tell(f"{table.num_rows} reports read")
    reports, names = _reports(table)
    pairs = candidates(reports)
    tell(f"{len(pairs.first)} candidate pairs")
    intensity = Intensity(reports.x_m, reports.y_m, reports.t_seconds, reports.source, reports.sources)
    model = learn(reports, pairs, intensity)
    scored = score(model, reports, pairs, intensity)
    tell(f"{scored.probability.sum():.0f} links expected after {len(model.history)} rounds of learning")
    incident = incidents_of(reports, scored)
    ids = table.column("report_id").to_pylist()
    incident_ids, counts = _incident_ids(incident, ids)
    written = table.append_column("incident_id", pa.array(incident_ids))
    written = written.append_column("incident_report_count", pa.array(counts))
    pq.write_table(written, target)
    links = _links(reports, scored, incident, ids, incident_ids, names)
    links_path, model_path = target.with_suffix(".links.parquet"), target.with_suffix(".model.json")
    pq.write_table(links, links_path)
    model_path.write_text(model.to_json(), encoding="utf-8")
    sizes = _sizes(incident)
    unplaced = int((~_is_placed(reports)).sum())
    fused = int((sizes > 1).sum())
    return Fused(len(ids), len(sizes), fused, links.num_rows, unplaced, target, links_path, model_path)


def _read(source: Path) -> pa.Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(source)
    except (OSError, pa.ArrowInvalid) as error:
        raise WrongUse(f"{source} cannot be read as Parquet ({error}); give a file of reports") from None
    missing = [name for name in REQUIRED if name not in table.column_names]
    if missing:
        raise WrongUse(f"{source} lacks {', '.join(missing)}; expected the columns of silver.incident_report")
    return table


def _reports(table: pa.Table) -> tuple[Reports, list[str]]:
    """The table as arrays, and the names of its sources."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from analytics.fusion import Reports

    def numbers(name: str) -> NDArray[np.float64]:
        return np.asarray(table.column(name).cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)

    def codes(name: str) -> tuple[NDArray[np.int64], list[str]]:
        words = ["" if value is None else str(value) for value in table.column(name).to_pylist()]
        known, index = np.unique(np.array(words, dtype=object).astype(str), return_inverse=True)
        return index.astype(np.int64), known.tolist()

    longitude, latitude, precision = (numbers(name) for name in ("longitude", "latitude", "location_precision_m"))
    column = table.column("occurred_at")
    instant = column if pa.types.is_timestamp(column.type) else pc.strptime(column, "%Y-%m-%dT%H:%M:%SZ", "s")
    micro = instant.cast(pa.timestamp("us", tz="UTC") if instant.type.tz else pa.timestamp("us")).cast(pa.int64())
    seconds = np.asarray(micro.to_numpy(zero_copy_only=False), dtype=np.float64) / 1e6
    known = np.isfinite(latitude)
    middle = float(latitude[known].mean()) if known.any() else 0.0
    precision = np.where(precision > FARTHEST_PRECISION_M, np.nan, np.maximum(precision, FINEST_PRECISION_M))
    source, names = codes("source_id")
    category, categories = codes("category_code")
    reports = Reports(
        x_m=longitude * METRES_PER_DEGREE * math.cos(math.radians(middle)),
        y_m=latitude * METRES_PER_DEGREE,
        t_seconds=seconds,
        precision_m=precision,
        source=source,
        category=category,
        sources=max(len(names), 1),
        categories=max(len(categories), 1),
    )
    return reports, names


def _is_placed(reports: Reports) -> NDArray[np.bool_]:
    import numpy as np

    return np.isfinite(reports.x_m) & np.isfinite(reports.t_seconds) & np.isfinite(reports.precision_m)


def _sizes(incident: NDArray[np.int64]) -> NDArray[np.int64]:
    import numpy as np

    return np.bincount(incident) if len(incident) else np.empty(0, np.int64)


def _incident_ids(incident: NDArray[np.int64], ids: list[Any]) -> tuple[list[str], list[int]]:
    """An incident is named after the smallest of its report identifiers, so a later report does not rename it."""
    smallest: dict[int, str] = {}
    for number, report_id in zip(incident.tolist(), ids, strict=True):
        known = smallest.get(number)
        smallest[number] = str(report_id) if known is None else min(known, str(report_id))
    sizes = _sizes(incident)
    return [f"incident:{smallest[number]}" for number in incident.tolist()], sizes[incident].tolist()


def _links(
    reports: Reports, scored: Scored, incident: NDArray[np.int64], ids: list[Any], names: list[str], sources: list[str]
) -> pa.Table:
    import numpy as np
    import pyarrow as pa

    pairs = scored.pairs
    kept = np.flatnonzero(incident[pairs.first] == incident[pairs.second])
    rows = []
    for e in kept.tolist():
        i, j = int(pairs.first[e]), int(pairs.second[e])
        same = reports.category[i] == reports.category[j]
        distance, lag, probability = float(pairs.distance_m[e]), abs(float(pairs.lag_seconds[e])), scored.probability[e]
        both = f"{sources[reports.source[i]]} + {sources[reports.source[j]]}"
        kind = "same" if same else "other"
        words = f"{distance:.0f} m, {lag / 60:.0f} min, {kind} category, {both}: {probability:.2f}"
        rows.append(
            {
                "incident_id": names[i],
                "first_report_id": str(ids[i]),
                "second_report_id": str(ids[j]),
                "distance_m": distance,
                "lag_seconds": lag,
                "is_same_category": bool(same),
                "probability": float(probability),
                "reason": words,
            }
        )
    kinds = {"distance_m": pa.float64(), "lag_seconds": pa.float64(), "is_same_category": pa.bool_()}
    order = ("incident_id", "first_report_id", "second_report_id", *kinds, "probability", "reason")
    kinds["probability"] = pa.float64()
    return pa.Table.from_pylist(rows, pa.schema([(name, kinds.get(name, pa.string())) for name in order]))
