"""One row per incident: the best place and instant, what it was, how sure that is, how it was answered.

* Place: mean of the known places, each weighted by one over its precision squared; a place without precision is taken
  as the vaguest. Its precision is that of the mean, and at least the spread of the places around it.
* Instant: the earliest told to the finest precision of time; last told: the latest of all.
* Category: the one most reports tell; severity: the highest; status: the most advanced of those not cancelled.
  Ties go to the report received first.
* Response: all stages of the report that knows most of them, never mixed from several.
* Confidence: each report is as sure as its strongest link; the incident is as sure as its least sure report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analytics.fusion.fuse import numbers, received, seconds
from analytics.fusion.reports import FINEST_PRECISION_M, METRES_PER_DEGREE

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

STAGES = ("received_at", "answered_at", "dispatched_at", "en_route_at", "arrived_at", "closed_at")
CANCELLED = "cancelled"
VAGUEST_PRECISION_M = 100_000.0
"""Taken for a place without a stated precision: it counts where nothing better is known."""


@dataclass(frozen=True)
class Orders:
    """Codes from the least to the most, as their lists have them.

    Attributes:
        severity: of ``severity_code``.
        status: of ``status_code``; ``cancelled`` is set apart.
        time_precision: of ``time_precision_code``, the finest first.
    """

    severity: Sequence[str]
    status: Sequence[str]
    time_precision: Sequence[str]


def summarised(members: pa.Table, orders: Orders) -> pa.Table:
    """Summarise incidents.

    Args:
        members: a row per report of whole incidents: ``incident_id``, ``link_ratio`` (of its strongest link; empty
            when it is alone), ``is_restricted``, ``source_name`` and the columns of ``silver.incident_report``.
        orders: of the codes.

    Returns:
        A row per incident, by ascending ``incident_id``, with the columns of ``gold.incident`` that do not depend on
        the city.
    """
    sorting = np.lexsort((_rank(members, "report_id"), received(members), _rank(members, "incident_id")))
    table = members.take(pa.array(sorting)).combine_chunks()
    ids = _rank(table, "incident_id")
    starts = np.flatnonzero(np.r_[True, ids[1:] != ids[:-1]]) if len(ids) else np.empty(0, np.int64)
    group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(ids)]))
    found: dict[str, pa.Array] = {"incident_id": table.column("incident_id").take(pa.array(starts))}
    found.update(_when(table, starts, group, orders))
    found.update(_where(table, starts, group))
    found.update(_what(table, starts, group, orders))
    found.update(_who(table, starts, group))
    found.update(_response(table, starts, group))
    return pa.table(found)


def _when(table: pa.Table, starts: Longs, group: Longs, orders: Orders) -> dict[str, pa.Array]:
    instants = table.column("occurred_at")
    t = seconds(table, "occurred_at")
    finest = _first(group, starts, (_ranks(table, "time_precision_code", orders.time_precision), t))
    return {"occurred_at": instants.take(finest), "last_told_at": instants.take(_first(group, starts, (-t,)))}


def _where(table: pa.Table, starts: Longs, group: Longs) -> dict[str, pa.Array]:
    longitude, latitude = numbers(table, "longitude"), numbers(table, "latitude")
    stated = numbers(table, "location_precision_m")
    is_known = np.isfinite(longitude + latitude)
    precision = np.where(np.isfinite(stated), np.maximum(stated, FINEST_PRECISION_M), VAGUEST_PRECISION_M)
    weight = np.where(is_known, 1.0 / np.square(precision), 0.0)
    total = np.bincount(group, weights=weight, minlength=len(starts)).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        origin_x, origin_y = (column[_first(group, starts, (~is_known,))][group] for column in (longitude, latitude))
        # differences to one of the places, so that no digit is lost and no place near the antimeridian goes round it
        east, north = np.mod(longitude - origin_x + 180.0, 360.0) - 180.0, latitude - origin_y
        x, y = (_mean(part, weight, total, group, is_known) for part in (east, north))
        scale = np.cos(np.radians(latitude))
        apart = np.hypot((east - x[group]) * scale, north - y[group]) * METRES_PER_DEGREE
        spread = np.sqrt(_mean(np.square(apart), weight, total, group, is_known))
        best = np.maximum(np.sqrt(1.0 / total), spread)
    has_precision = np.bincount(group, weights=is_known & np.isfinite(stated), minlength=len(starts)) > 0
    lon = np.mod(origin_x[starts] + x + 180.0, 360.0) - 180.0
    return {
        "longitude": _numbers(np.where(total > 0, lon, np.nan)),
        "latitude": _numbers(np.where(total > 0, origin_y[starts] + y, np.nan)),
        "location_precision_m": _numbers(np.where(has_precision, best, np.nan)),
    }


def _what(table: pa.Table, starts: Longs, group: Longs, orders: Orders) -> dict[str, pa.Array]:
    category = _rank(table, "category_code")
    width = int(category.max()) + 1 if len(category) else 1
    _, inverse, counts = np.unique(group * width + category, return_inverse=True, return_counts=True)
    status = _ranks(table, "status_code", orders.status)
    is_cancelled = np.asarray(pc.fill_null(pc.equal(table.column("status_code"), CANCELLED), False))
    advanced = np.where(status == len(orders.status), -1, status)
    severity = _ranks(table, "severity_code", orders.severity)
    highest = np.where(severity == len(orders.severity), -1, severity)
    return {
        "category_code": table.column("category_code").take(_first(group, starts, (-counts[inverse],))),
        "severity_code": table.column("severity_code").take(_first(group, starts, (-highest,))),
        "status_code": table.column("status_code").take(_first(group, starts, (is_cancelled, -advanced))),
    }


def _who(table: pa.Table, starts: Longs, group: Longs) -> dict[str, pa.Array]:
    source = _rank(table, "source_id")
    width = int(source.max()) + 1 if len(source) else 1
    _, first_told = np.unique(group * width + source, return_index=True)
    names = table.column("source_name").to_pylist()
    told_by: list[list[str]] = [[] for _ in range(len(starts))]
    for row in np.sort(first_told).tolist():  # in the order of reception
        told_by[group[row]].append(str(names[row]))
    ratio = numbers(table, "link_ratio")
    least = np.minimum.reduceat(np.where(np.isfinite(ratio), ratio, 1.0), starts) if len(starts) else np.empty(0)
    restricted = np.asarray(pc.fill_null(table.column("is_restricted"), False)).astype(np.int64)
    return {
        "report_count": pa.array(np.bincount(group, minlength=len(starts)), pa.int64()),
        "source_count": pa.array([len(names) for names in told_by], pa.int64()),
        "told_by": pa.array([" + ".join(names) for names in told_by], pa.string()),
        "is_restricted": pa.array(np.bincount(group, weights=restricted, minlength=len(starts)) > 0),
        "confidence_ratio": pa.array(least, pa.float64()),
    }


def _response(table: pa.Table, starts: Longs, group: Longs) -> dict[str, pa.Array]:
    known = np.sum([np.asarray(pc.is_valid(table.column(name))) for name in STAGES], axis=0)
    best = _first(group, starts, (-known,))
    has_some = pa.array(known[best] > 0)
    columns: Mapping[str, pa.Array] = {name: table.column(name).take(best) for name in STAGES}
    source = table.column("source_id").take(best)
    return {"response_source_id": pc.if_else(has_some, source, pa.scalar(None, pa.string())), **columns}


def _first(group: Longs, starts: Longs, keys: Sequence[NDArray[np.generic]]) -> Longs:
    """Of each group, the row with the least keys; ties to the row that stands first."""
    order = np.lexsort((*reversed(keys), group))
    return order[starts]


def _mean(values: Doubles, weight: Doubles, total: Doubles, group: Longs, is_known: NDArray[np.bool_]) -> Doubles:
    weighted = np.where(is_known, values * weight, 0.0)
    return np.asarray(np.bincount(group, weights=weighted, minlength=len(total)) / total)


def _ranks(table: pa.Table, name: str, order: Sequence[str]) -> Longs:
    """Place of each value in an order; beyond its end for an empty or unknown one."""
    found = pc.fill_null(pc.index_in(table.column(name), value_set=pa.array(order)), len(order))
    return np.asarray(found.to_numpy(zero_copy_only=False) if isinstance(found, pa.Array) else found, np.int64)


def _rank(table: pa.Table, name: str) -> Longs:
    """Place of each text among those that occur, in their order."""
    column = table.column(name)
    words = column.unique().sort() if isinstance(column, pa.Array) else pc.unique(column).sort()
    return np.asarray(pc.index_in(column, value_set=words), np.int64)


def _numbers(values: Doubles) -> pa.Array:
    return pa.array(values, pa.float64(), from_pandas=True)
