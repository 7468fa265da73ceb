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
from analytics.spatial.compiled import compiled

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

ROUNDS = 60
TOLERANCE = 1e-6


def link_probabilities(first: Longs, second: Longs, group: Longs, groups: int, odds: Doubles) -> Doubles:
    """Probability of each pair under the rule of one partner per other source.

    Each connected part is brought to rest by itself, so its probabilities are the same, to the last digit, whatever
    else is judged beside it.

    Args:
        first: index of one report of each of m pairs.
        second: index of the other.
        group: source of each of n reports.
        groups: number of sources.
        odds: odds that the pair is one event, as if there were no other candidate.

    Returns:
        m probabilities. Time and memory are linear in m; at most ``ROUNDS`` rounds.
    """
    m = len(first)
    if not m:
        return np.empty(0)
    part = components(len(group), first, second)[first]
    order = np.argsort(part, kind="stable")
    _, starts = np.unique(part[order], return_index=True)
    # a slot is one report's choice within one other source: at most one of its pairs is a link
    slots = np.concatenate(((first * groups + group[second])[order], (second * groups + group[first])[order]))
    _, slot = np.unique(slots, return_inverse=True)
    slot = slot.astype(np.int64)
    found = np.empty(m)
    found[order] = _propagate(
        np.append(starts, m), slot, odds[order].astype(np.float64), int(slot.max()) + 1, ROUNDS, TOLERANCE
    )
    return found


@compiled
def _propagate(starts: Longs, slot: Longs, odds: Doubles, slots: int, rounds: int, tolerance: float) -> Doubles:
    """``cavity[e]`` is the chance that the report at end e is free for the pair, all its other pairs considered."""
    m = len(odds)
    cavity = np.ones(2 * m)
    total = np.zeros(slots)
    for part in range(len(starts) - 1):
        low, high = starts[part], starts[part + 1]
        for _ in range(rounds):
            for e in range(low, high):
                total[slot[e]] = 0.0
                total[slot[e + m]] = 0.0
            for e in range(low, high):
                total[slot[e]] += odds[e] * cavity[e + m]
                total[slot[e + m]] += odds[e] * cavity[e]
            largest = 0.0
            for e in range(low, high):
                here = 1.0 / (1.0 + max(total[slot[e]] - odds[e] * cavity[e + m], 0.0))
                there = 1.0 / (1.0 + max(total[slot[e + m]] - odds[e] * cavity[e], 0.0))
                largest = max(largest, abs(here - cavity[e]), abs(there - cavity[e + m]))
                # halfway to the new value: without it two strong rivals swap for ever
                cavity[e] = 0.5 * (cavity[e] + here)
                cavity[e + m] = 0.5 * (cavity[e + m] + there)
            if largest < tolerance:
                break
    probability = np.empty(m)
    for e in range(m):
        joint = odds[e] * cavity[e] * cavity[e + m]
        probability[e] = joint / (1.0 + joint)
    return probability


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
