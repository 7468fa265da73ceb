"""How likely each candidate pair is one event, when one report has at most one partner in every other source.

The monomer-dimer model: a set of links is as likely as the product of their odds, and only sets that keep the rule
count. Its cavity equations (belief propagation) give every pair's probability at once; they converge for any graph and
are exact on trees, which the candidate graphs of a city nearly are. Heilmann and Lieb, Theory of monomer-dimer systems,
1972; Zdeborova and Mezard, The number of matchings in random graphs, 2006.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.components import components
from analytics.fusion.ordering import grouped
from analytics.fusion.threads import together
from analytics.spatial.compiled import compiled

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

ROUNDS = 60
TOLERANCE = 1e-6


class Matching:
    """Candidate pairs made ready to be judged, once for many odds.

    Args:
        first: index of one report of each of m pairs.
        second: index of the other.
        group: source of each of n reports.
        groups: number of sources.
    """

    def __init__(self, first: Longs, second: Longs, group: Longs, groups: int) -> None:
        """Number the choices. Time and memory are linear in m and n."""
        self._first, self._second, self._count = first, second, len(group)
        # a slot is one report's choice within one other source: at most one of its pairs is a link
        ends = np.concatenate((first, second))
        order, starts = grouped(ends, len(group))
        self._slot, self._slots = _slots(order, starts, np.concatenate((group[second], group[first])), groups)
        self._cavity = np.ones((2, len(first)))

    def probabilities(self, odds: Doubles, *, least: float = 0.0, tolerance: float = TOLERANCE) -> Doubles:
        """Probability of each pair under the rule of one partner per other source.

        Each connected part is brought to rest by itself, beginning where the last call left it.

        Args:
            odds: odds that each pair is one event, as if there were no other candidate.
            least: pairs of lower odds are passed over; they keep their odds as if alone.
            tolerance: of the cavities, at which a part is taken as at rest; at most ``ROUNDS`` rounds.

        Returns:
            m probabilities.
        """
        m = len(odds)
        kept = np.flatnonzero(odds >= least)
        part = components(self._count, self._first[kept], self._second[kept])[self._first[kept]]
        order, starts = grouped(part, self._count)
        chosen = kept[order]
        starts = starts[np.append(starts[1:] != starts[:-1], True)]
        cavity = np.ascontiguousarray(self._cavity[:, chosen])
        arrays = (self._slot[chosen], self._slot[chosen + m], odds[chosen], cavity[0], cavity[1], np.zeros(self._slots))
        # parts share no slot, so that two halves of them can be brought to rest side by side
        half = int(np.searchsorted(starts, starts[-1] // 2)) if len(starts) else 0
        together(
            lambda: _propagate(starts[: half + 1], *arrays, ROUNDS, tolerance),
            lambda: _propagate(starts[half:], *arrays, ROUNDS, tolerance),
        )
        self._cavity[:, chosen] = cavity
        joint = odds.astype(np.float64)
        joint[chosen] *= cavity[0] * cavity[1]
        return np.asarray(joint / (1.0 + joint))


def link_probabilities(first: Longs, second: Longs, group: Longs, groups: int, odds: Doubles) -> Doubles:
    """Probability of each pair under the rule of one partner per other source: ``Matching`` for one time.

    The probabilities of each connected part are the same, to the last digit, whatever else is judged beside it.
    """
    return Matching(first, second, group, groups).probabilities(odds)


@compiled
def _slots(order: Longs, starts: Longs, group: Longs, groups: int) -> tuple[Longs, int]:
    """Number the pairs of each report and group: of every end, given the ends in order of their report."""
    slot = np.empty(len(order), np.int64)
    seen = np.full(groups, -1)
    number = np.zeros(groups, np.int64)
    slots = 0
    for report in range(len(starts) - 1):
        for at in range(starts[report], starts[report + 1]):
            end = order[at]
            other = group[end]
            if seen[other] != report:
                seen[other] = report
                number[other] = slots
                slots += 1
            slot[end] = number[other]
    return slot, slots


@compiled
def _propagate(
    starts: Longs, left: Longs, right: Longs, odds: Doubles, near: Doubles, far: Doubles, total: Doubles, rounds: int,
    tolerance: float,
) -> None:  # fmt: skip
    """Bring the cavities of both ends of each pair to rest, part by part.

    ``near[e]`` is the chance that the report at the left end of pair e is free for it, all its other pairs considered.
    """
    for part in range(len(starts) - 1):
        low, high = starts[part], starts[part + 1]
        for _ in range(rounds):
            for e in range(low, high):
                total[left[e]] = 0.0
                total[right[e]] = 0.0
            for e in range(low, high):
                total[left[e]] += odds[e] * far[e]
                total[right[e]] += odds[e] * near[e]
            largest = 0.0
            for e in range(low, high):
                here = 1.0 / (1.0 + max(total[left[e]] - odds[e] * far[e], 0.0))
                there = 1.0 / (1.0 + max(total[right[e]] - odds[e] * near[e], 0.0))
                largest = max(largest, abs(here - near[e]), abs(there - far[e]))
                # halfway to the new value: without it two strong rivals swap for ever
                near[e] = 0.5 * (near[e] + here)
                far[e] = 0.5 * (far[e] + there)
            if largest < tolerance:
                break


def one_to_one(first: Longs, second: Longs, group: Longs, groups: int, probability: Doubles) -> NDArray[np.bool_]:
    """The pairs kept when the most probable ones are taken first and each report has one partner per other source.

    Ties go to the pair of the smaller indices, so the answer does not depend on the order of the pairs.
    """
    order = np.lexsort((second, first, -probability))
    slots = np.stack((first * groups + group[second], second * groups + group[first]))
    _, slot = np.unique(slots, return_inverse=True)
    return _take(order, slot.reshape(slots.shape).astype(np.int64))


@compiled
def _take(order: Longs, slot: Longs) -> NDArray[np.bool_]:
    taken = np.zeros(slot.max() + 1 if slot.size else 1, np.bool_)
    kept = np.zeros(slot.shape[1], np.bool_)
    for e in order:
        if not taken[slot[0, e]] and not taken[slot[1, e]]:
            taken[slot[0, e]] = True
            taken[slot[1, e]] = True
            kept[e] = True
    return kept
