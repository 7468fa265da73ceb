"""How precise each source really is, learned from its reports beside those of the others.

A source that states 20 m and means the crossing nearest to the caller loses its partners; one that states 500 m and is
right to 50 m has too many. Reports are told apart by source and by the order of size of what they state. In a first
round every report is searched as widely as an imprecise one, some weeks of them at most; the squared distance of pairs
of one event is the sum of both sides' squared errors, and each side's share of it comes from expectation-maximisation
for two components of variance (Dempster, Laird and Rubin, 1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import DAY_SECONDS
from analytics.fusion.learning import learn
from analytics.fusion.model import Scored, score
from analytics.fusion.reports import FARTHEST_PRECISION_M, FINEST_PRECISION_M, Reports

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

CLASS_EDGES_M = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Reports of a source are told apart by these borders of their stated precision."""
FIRST_SEARCH_M = 200.0
"""Precision that reports are at least taken to have in the first round."""
FIRST_REPORTS = 30_000
FIRST_SECONDS = 14 * DAY_SECONDS
"""Of more reports, so many take part in the first round, and at least those of two weeks in the middle."""
STATED_PAIRS = 30.0
"""What is stated weighs as much as so many pairs."""
OUTLIER = 4.0
"""A squared distance counts for no more than so many times the one that is expected."""
LEAST_PROBABILITY = 0.2
HALF_WITHIN = float(np.sqrt(np.log(2.0)))
"""Radius within which half of all places lie, over the root of the mean squared error of a normal one."""
ROUNDS = 100


@dataclass(frozen=True)
class Precision:
    """What each stated precision is worth: a factor per source and class of what is stated.

    Attributes:
        factor: radius within which half of the real places lie, over the stated precision; shape (sources, classes).
        class_edges_m: borders of the classes, metres.
    """

    factor: Doubles
    class_edges_m: Sequence[float] = CLASS_EDGES_M

    @classmethod
    def stated(cls, sources: int) -> Precision:
        """Take every source at its word."""
        return cls(np.ones((sources, len(CLASS_EDGES_M) + 1)))

    @classmethod
    def of(cls, told: dict[str, Any]) -> Precision:
        """Read what ``dataclasses.asdict`` wrote, its arrays as lists."""
        return cls(np.array(told["factor"], np.float64), tuple(told["class_edges_m"]))

    @classmethod
    def learned(cls, reports: Reports) -> Precision:
        """Learn from reports alone; a class without pairs of one event keeps what it states."""
        some = reports.stretch(FIRST_REPORTS, FIRST_SECONDS)
        wide = replace(some, precision_m=np.maximum(some.precision_m, FIRST_SEARCH_M))
        return cls(_factors(some, score(learn(wide), wide)))

    def applied(self, reports: Reports) -> Reports:
        """The reports as precise as they really are; within the bounds that ``Scheme.reports`` keeps."""
        kind = np.digitize(reports.precision_m, self.class_edges_m)
        real = reports.precision_m * self.factor[reports.source, kind]
        return replace(reports, precision_m=np.clip(real, FINEST_PRECISION_M, FARTHEST_PRECISION_M))


def _factors(reports: Reports, scored: Scored) -> Doubles:
    kinds = len(CLASS_EDGES_M) + 1
    kind = reports.source * kinds + np.digitize(reports.precision_m, CLASS_EDGES_M)
    likely = scored.probability >= LEAST_PROBABILITY
    first, second = scored.pairs.first[likely], scored.pairs.second[likely]
    weight, gap = scored.probability[likely], np.square(scored.pairs.distance_m[likely])
    one, other = kind[first], kind[second]
    size = reports.sources * kinds
    pairs = _sums(one, other, weight, weight, size)
    stated_one, stated_other = np.square(reports.precision_m[first]), np.square(reports.precision_m[second])
    # both sides begin with half the distance: a share that begins near nothing would take very long to grow
    half_one, half_other = (weight * gap / stated / 2 for stated in (stated_one, stated_other))
    square = _mean(_sums(one, other, half_one, half_other, size), pairs)
    for _ in range(ROUNDS):
        here, there = square[one] * stated_one, square[other] * stated_other
        whole = here + there
        seen = np.minimum(gap, OUTLIER * whole)
        # of the error of a side: what remains unknown of it once the distance is known, and its share of the distance
        error_one = (here * there + np.square(here) * seen / whole) / (whole * stated_one)
        error_other = (here * there + np.square(there) * seen / whole) / (whole * stated_other)
        square = _mean(_sums(one, other, weight * error_one, weight * error_other, size), pairs)
    # drawn to what is stated where there are few pairs: as far from twice as from half
    factor = np.power(HALF_WITHIN * np.sqrt(square), pairs / (pairs + STATED_PAIRS))
    return np.asarray(factor).reshape(reports.sources, kinds)


def _mean(errors: Doubles, pairs: Doubles) -> Doubles:
    """Mean squared error over the stated one; 1 where there are no pairs."""
    return np.asarray(np.where(pairs > 0, errors / np.maximum(pairs, 1e-300), 1.0))


def _sums(one: Longs, other: Longs, weight_one: Doubles, weight_other: Doubles, size: int) -> Doubles:
    return np.asarray(np.bincount(one, weight_one, size) + np.bincount(other, weight_other, size))
