"""Probabilities under the rule of one partner per other source, against an enumeration of all allowed links."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analytics.fusion.matching import link_probabilities, one_to_one

Graph = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def enumerated(first: np.ndarray, second: np.ndarray, group: np.ndarray, odds: np.ndarray) -> np.ndarray:
    total, shares = 0.0, np.zeros(len(odds))
    for size in range(len(odds) + 1):
        for chosen in combinations(range(len(odds)), size):
            slots = [(first[e], group[second[e]]) for e in chosen] + [(second[e], group[first[e]]) for e in chosen]
            if len(slots) == len(set(slots)):
                weight = float(np.prod(odds[list(chosen)]))
                total += weight
                shares[list(chosen)] += weight
    return shares / total


TREES = {
    "one pair": ([0], [1], [0, 1], [3.0]),
    "two rivals": ([0, 0], [1, 2], [0, 1, 1], [3.0, 1.0]),
    "partners in two sources are no rivals": ([0, 0], [1, 2], [0, 1, 2], [3.0, 1.0]),
    "a chain": ([0, 1, 2], [1, 2, 3], [0, 1, 0, 1], [5.0, 4.0, 0.5]),
    "a star and a chain": ([0, 0, 0, 3], [1, 2, 3, 4], [0, 1, 1, 1, 0], [9.0, 2.0, 1.0, 7.0]),
}


@pytest.mark.parametrize("name", TREES)
def test_on_trees_the_probabilities_are_exact(name: str) -> None:
    first, second, group, odds = (np.array(part) for part in TREES[name])
    found = link_probabilities(first, second, group, int(group.max()) + 1, odds)
    assert found == pytest.approx(enumerated(first, second, group, odds), abs=1e-5)


def test_on_a_ring_they_are_near() -> None:
    first, second = np.array([0, 1, 2, 0]), np.array([1, 2, 3, 3])
    group, odds = np.array([0, 1, 0, 1]), np.array([8.0, 1.0, 6.0, 1.0])
    found = link_probabilities(first, second, group, 2, odds)
    assert found == pytest.approx(enumerated(first, second, group, odds), abs=0.05)


def test_overwhelming_odds_neither_overflow_nor_swing() -> None:
    first, second = np.array([0, 0, 1, 1]), np.array([2, 3, 2, 3])
    found = link_probabilities(first, second, np.array([0, 0, 1, 1]), 2, np.array([1e200, 1.0, 1.0, 1e200]))
    assert np.isfinite(found).all()
    assert found[0] > 0.999
    assert found[1] < 1e-3


def test_no_pairs_have_no_probabilities() -> None:
    empty = np.empty(0, np.int64)
    assert len(link_probabilities(empty, empty, np.array([0, 1]), 2, np.empty(0))) == 0


def test_each_report_keeps_one_partner_per_source_and_the_most_probable_first() -> None:
    first, second = np.array([0, 0, 1, 1, 0]), np.array([2, 3, 2, 3, 4])
    group = np.array([0, 0, 1, 1, 2])
    kept = one_to_one(first, second, group, 3, np.array([0.9, 0.8, 0.7, 0.6, 0.5]))
    assert kept.tolist() == [True, False, False, True, True]


def test_ties_do_not_depend_on_the_order_of_the_pairs() -> None:
    first, second, group = np.array([0, 0, 1]), np.array([2, 3, 2]), np.array([0, 0, 1, 1])
    order = [2, 0, 1]
    kept = one_to_one(first, second, group, 2, np.full(3, 0.7))
    again = one_to_one(first[order], second[order], group, 2, np.full(3, 0.7))
    assert again.tolist() == kept[order].tolist()
