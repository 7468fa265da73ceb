"""Fuse the reports of any file into incidents, without a broker, a lake or Spark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.report_file import read_reports, typed_reports

if TYPE_CHECKING:
    import pyarrow as pa

    from analytics.fusion.reasons import Link

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
        source: Parquet with the columns of ``silver.incident_report``; see ``typed_reports``.
        target: Parquet to write: the reports with ``incident_id`` and ``incident_report_count``. Beside it lie
            ``<target>.links.parquet``, every link with its probability and its reasons in words, and
            ``<target>.model.json``, the learned weights.
        tell: called with a line of progress.

    Raises:
        WrongUse: see ``read_reports`` and ``typed_reports``.
    """
    import numpy as np
    import pyarrow.parquet as pq

    from analytics.fusion.fuse import Fusion
    from analytics.fusion.reasons import incident_id, links

    read = read_reports(source)
    table = typed_reports(source, read)
    tell(f"{table.num_rows} reports read")
    fusion = Fusion.learned(table)
    tell(f"{len(fusion.model.history)} rounds of learning")
    fused = fusion.fuse(table)
    tell(f"{fused.expected_links:.0f} links expected")
    ids, founders = fused.report_ids, fused.incident
    counts = np.bincount(founders, minlength=len(ids))
    names = [incident_id(ids[k]) for k in founders.tolist()]
    written = read.append_column("incident_id", _as_read(table, names))
    written = written.append_column("incident_report_count", _as_read(table, counts[founders].tolist()))
    pq.write_table(written, target)
    told = list(links(fused, lambda name, _: name, lambda name, _: name))
    links_path, model_path = target.with_suffix(".links.parquet"), target.with_suffix(".model.json")
    pq.write_table(_as_table(told), links_path)
    model_path.write_text(fusion.to_json(), encoding="utf-8")
    unplaced = int((~fused.reports.is_placed).sum())
    incidents, several = int((counts > 0).sum()), int((counts > 1).sum())
    return Fused(len(ids), incidents, several, len(told), unplaced, target, links_path, model_path)


def _as_read(table: pa.Table, values: Sequence[Any]) -> pa.Array:
    """Values of the reports in the order of their identifiers, put in the order of the file."""
    import numpy as np
    import pyarrow as pa

    from analytics.fusion.fuse import order_of

    place = np.argsort(order_of(table).to_numpy())
    return pa.array(values).take(pa.array(place))


def _as_table(told: Sequence[Link]) -> pa.Table:
    import pyarrow as pa

    from analytics.fusion.reasons import Link

    kinds = {
        "distance_m": pa.float64(), "lag_seconds": pa.float64(), "link_ratio": pa.float64(),
        "is_same_category": pa.bool_(), "is_decided": pa.bool_(),
    }  # fmt: skip
    columns = zip(*told, strict=True) if told else ((),) * len(Link._fields)
    types = [kinds.get(name, pa.string()) for name in Link._fields]
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(Link._fields))
