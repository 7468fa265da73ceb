"""What a late, corrected or withdrawn report changes, found by looking only at the hours around it.

A report changes the pairs it is in and, as it is counted there, what is to be expected around reports within half of
``LOCAL_WINDOW_SECONDS``. Both ends of every changed pair therefore lie within ``REACH_SECONDS`` of it. Incidents are
judged by connected parts of the candidate pairs; the parts with a report that near are judged anew, all others stand.
The hours looked at are widened where such a part does not yet lie wholly inside, beyond the influence of what was not
seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from analytics.fusion.background import LOCAL_WINDOW_SECONDS
from analytics.fusion.components import components
from analytics.fusion.fuse import Fused, Fusion, assembled, decided, in_order
from analytics.fusion.model import LAG_EDGES_SECONDS, score

Doubles = NDArray[np.float64]

REACH_SECONDS = LAG_EDGES_SECONDS[-1] + LOCAL_WINDOW_SECONDS / 2
FIRST_LOOK_SECONDS = 2.5 * REACH_SECONDS
MOST_SECONDS = 50 * 366 * 86_400.0
"""Beyond this all reports have been looked at."""
Span = tuple[float, float]
"""Seconds since the Unix epoch, both ends included."""


@dataclass(frozen=True)
class Update:
    """What was judged anew.

    Attributes:
        fused: the reports looked at, with their incidents and links.
        is_renewed: which of them belong to incidents that were judged anew; the others stand as they were.
        spans: the times looked at.
    """

    fused: Fused
    is_renewed: NDArray[np.bool_]
    spans: tuple[Span, ...]

    @cached_property
    def renewed_ids(self) -> frozenset[str]:
        """Identifiers of the reports whose incident and links replace the former ones."""
        return frozenset(np.array(self.fused.report_ids, dtype=object)[self.is_renewed].tolist())


def update(
    fusion: Fusion, load: Callable[[Sequence[Span]], pa.Table], changed_s: Doubles, decisions: pa.Table | None = None
) -> Update:
    """Judge anew what some changed reports touch; the result is that of ``Fusion.fuse`` on all reports.

    Args:
        fusion: the one that the former incidents come from.
        load: gives the present reports whose ``occurred_at`` lies in some spans, with the columns of ``fuse.REQUIRED``.
        changed_s: instants of all reports that are new, gone or changed, former and present ones, and of all reports
            that ``decisions`` name; seconds since the Unix epoch, at least one.
        decisions: all decisions, as ``Fusion.fuse`` takes them.
    """
    changed = np.sort(changed_s)
    look = np.full(len(changed), FIRST_LOOK_SECONDS)
    while True:
        spans = merged(changed, look)
        table = in_order(load(spans))
        reports = fusion.reports(table)
        scored, decision = score(fusion.model, reports), decided(table, decisions)
        first = np.concatenate((scored.pairs.first, decision.first[decision.is_same]))
        second = np.concatenate((scored.pairs.second, decision.second[decision.is_same]))
        part = components(len(reports), first, second)
        is_renewed = _marked(part, distance_to(changed, reports.t_seconds) <= REACH_SECONDS)
        is_cut = is_renewed & _marked(part, depth(spans, reports.t_seconds) < REACH_SECONDS)
        if not is_cut.any() or look.min() > MOST_SECONDS:
            return Update(assembled(table, reports, scored, decision), is_renewed, spans)
        starts = np.array([start for start, _ in spans])
        cut = np.unique(np.searchsorted(starts, reports.t_seconds[is_cut], side="right"))
        look[np.isin(np.searchsorted(starts, changed, side="right"), cut)] *= 2


def merged(instants_s: Doubles, margin_s: Doubles) -> tuple[Span, ...]:
    """The spans that reach so far around some ascending instants, ascending and apart."""
    starts, ends = instants_s - margin_s, instants_s + margin_s
    order = np.argsort(starts)
    starts, ends = starts[order], np.maximum.accumulate(ends[order])
    is_first = np.r_[True, starts[1:] > ends[:-1]]
    is_last = np.r_[is_first[1:], True]
    return tuple(zip(starts[is_first].tolist(), ends[is_last].tolist(), strict=True))


def depth(spans: Sequence[Span], instants_s: Doubles) -> Doubles:
    """How far inside its span each instant lies, negative outside all."""
    starts, ends = np.array(spans).T
    at = np.clip(np.searchsorted(starts, instants_s, side="right") - 1, 0, len(starts) - 1)
    return np.asarray(np.minimum(instants_s - starts[at], ends[at] - instants_s))


def distance_to(ordered_s: Doubles, instants_s: Doubles) -> Doubles:
    """Time from each instant to the nearest of some ascending ones."""
    at = np.searchsorted(ordered_s, instants_s)
    before = np.abs(instants_s - ordered_s[np.maximum(at - 1, 0)])
    return np.asarray(np.minimum(before, np.abs(ordered_s[np.minimum(at, len(ordered_s) - 1)] - instants_s)))


def _marked(part: NDArray[np.int64], is_marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """All reports of the connected parts that hold a marked one."""
    has = np.zeros(len(part), np.bool_)
    has[part[is_marked]] = True
    return has[part]
