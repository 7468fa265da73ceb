"""From probable pairs to incidents: no two reports of one source, and not too far apart in space and time.

Pairs are joined from the most probable down. Two groups become one when they share no source, stay within the limits,
and the pairs known between them speak for it on the whole; ties go to the smaller indices. What an analyst decided
comes before everything else. The result depends on the set of reports, pairs and decisions and not on their order, and
in each connected part on nothing outside it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.model import LAG_EDGES_SECONDS, Scored
from analytics.fusion.reports import Reports
from analytics.spatial.compiled import compiled

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

LEAST_PROBABILITY = 0.5
DIAMETER_PRECISIONS = 4.0
"""Two reports of one incident are at most this many joint precisions apart."""
SPAN_SECONDS = LAG_EDGES_SECONDS[-1]
ABSENT_LOG_ODDS = -2.0
"""What a pair that was not even a candidate counts against a union."""
SURE = 1e-6
"""Probabilities are taken as no nearer than this to 0 and 1."""


class Decisions(NamedTuple):
    """What an analyst said of pairs of reports: indices with ``first < second``, each pair once.

    Attributes:
        first: index of one report of each pair.
        second: index of the other.
        is_same: true for one event, false for two.
    """

    first: Longs
    second: Longs
    is_same: NDArray[np.bool_]

    @classmethod
    def none(cls) -> Decisions:
        """No decision."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.bool_))


def incidents_of(
    reports: Reports, scored: Scored, decisions: Decisions | None = None, *,
    least_probability: float = LEAST_PROBABILITY,
) -> Longs:  # fmt: skip
    """Smallest index among the reports of each report's incident.

    A report without a usable place or time, or without a probable pair, is an incident of its own unless an analyst
    says otherwise. Reports said to be one event come together whatever the limits, unless others of their groups are
    said to be different.
    """
    decided = decisions or Decisions.none()
    n = np.int64(len(reports))
    pairs = scored.pairs
    keys = pairs.first * n + pairs.second
    probability = np.clip(scored.probability, SURE, 1.0 - SURE)
    log_odds = np.log(probability / (1.0 - probability))
    chosen = np.flatnonzero(scored.probability >= least_probability)
    order = chosen[np.lexsort((keys[chosen], -scored.probability[chosen]))]
    together = decided.is_same
    apart = np.sort(decided.first[~together] * n + decided.second[~together])
    wanted = np.sort(decided.first[together] * n + decided.second[together])
    arrays = (reports.x_m, reports.y_m, reports.t_seconds, reports.precision_m, reports.source)
    sorting = np.argsort(keys, kind="stable")
    owner, following, last = np.arange(n), np.full(n, -1), np.arange(n)
    _join(wanted // n, wanted % n, True, owner, following, last, *arrays, keys[sorting], log_odds[sorting], apart)
    _join(
        pairs.first[order], pairs.second[order], False, owner, following, last, *arrays, keys[sorting],
        log_odds[sorting], apart,
    )  # fmt: skip
    return owner


@compiled
def _join(
    first: Longs, second: Longs, is_decided: bool, owner: Longs, following: Longs, last: Longs, x: Doubles, y: Doubles,
    t: Doubles, precision: Doubles, source: Longs, keys: Longs, log_odds: Doubles, apart: Longs,
) -> None:  # fmt: skip
    """Unite the groups of each pair in turn where that is allowed; a group is a list from its smallest index on."""
    n = len(owner)
    for e in range(len(first)):
        left, right = min(owner[first[e]], owner[second[e]]), max(owner[first[e]], owner[second[e]])
        if left == right:
            continue
        allowed = True
        support = 0.0
        i = left
        while i >= 0 and allowed:
            j = right
            while j >= 0 and allowed:
                key = min(i, j) * n + max(i, j)
                at = np.searchsorted(apart, key)
                if at < len(apart) and apart[at] == key:
                    allowed = False
                elif not is_decided:
                    dx, dy = x[i] - x[j], y[i] - y[j]
                    reach = precision[i] * precision[i] + precision[j] * precision[j]
                    within = dx * dx + dy * dy <= DIAMETER_PRECISIONS * DIAMETER_PRECISIONS * reach
                    allowed = within and source[i] != source[j] and abs(t[i] - t[j]) <= SPAN_SECONDS
                    at = np.searchsorted(keys, key)
                    support += log_odds[at] if at < len(keys) and keys[at] == key else ABSENT_LOG_ODDS
                j = following[j]
            i = following[i]
        if not allowed or (not is_decided and support <= 0.0):
            continue
        following[last[left]] = right
        last[left] = last[right]
        i = right
        while i >= 0:
            owner[i] = left
            i = following[i]
