"""From probable pairs to incidents: no two reports of one source, and not too far apart in space and time.

Pairs are joined from the most probable down. Two groups become one when they share no source, stay within the limits,
and the pairs known between them speak for it on the whole; ties go to the smaller indices. The result depends on the
set of reports and pairs and not on their order.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.model import Reports, Scored

Longs = NDArray[np.int64]

LEAST_PROBABILITY = 0.5
DIAMETER_PRECISIONS = 4.0
"""Two reports of one incident are at most this many joint precisions apart."""
SPAN_SECONDS = 3_600.0
ABSENT_LOG_ODDS = -2.0
"""What a pair that was not even a candidate counts against a union."""


def incidents_of(reports: Reports, scored: Scored, *, least_probability: float = LEAST_PROBABILITY) -> Longs:
    """Number of the incident of every report, 0 … k-1 in the order of each incident's first report.

    A report without a usable place or time, or without a probable pair, is an incident of its own.
    """
    n = len(reports)
    owner = np.arange(n, dtype=np.int64)
    members: dict[int, list[int]] = {}
    pairs = scored.pairs
    chosen = np.flatnonzero(scored.probability >= least_probability)
    order = chosen[np.lexsort((pairs.second[chosen], pairs.first[chosen], -scored.probability[chosen]))]
    clipped = np.clip(scored.probability, 1e-6, 1 - 1e-6)
    log_odds = {
        (int(pairs.first[e]), int(pairs.second[e])): float(np.log(clipped[e] / (1 - clipped[e])))
        for e in np.flatnonzero(scored.probability > 0.0)
    }
    for e in order:
        one, other = int(owner[pairs.first[e]]), int(owner[pairs.second[e]])
        if one == other:
            continue
        left, right = members.get(one, [one]), members.get(other, [other])
        if not _may_join(reports, left, right) or _support(log_odds, left, right) <= 0:
            continue
        kept, gone = min(one, other), max(one, other)
        members[kept] = sorted([*left, *right])
        members.pop(gone, None)
        owner[members[kept]] = kept
    return np.unique(owner, return_inverse=True)[1].astype(np.int64)


def _may_join(reports: Reports, left: list[int], right: list[int]) -> bool:
    sources = reports.source[[*left, *right]]
    if len(np.unique(sources)) < len(sources):
        return False
    times = reports.t_seconds[[*left, *right]]
    if times.max() - times.min() > SPAN_SECONDS:
        return False
    for i in left:
        for j in right:
            apart = np.hypot(reports.x_m[i] - reports.x_m[j], reports.y_m[i] - reports.y_m[j])
            if apart > DIAMETER_PRECISIONS * np.hypot(reports.precision_m[i], reports.precision_m[j]):
                return False
    return True


def _support(log_odds: dict[tuple[int, int], float], left: list[int], right: list[int]) -> float:
    pairs = ((min(i, j), max(i, j)) for i in left for j in right)
    return sum(log_odds.get(pair, ABSENT_LOG_ODDS) for pair in pairs)
