"""The neighbour search finds every pair that is near enough, and no other."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.fusion.neighbours import neighbour_counts, pairs_within

Arrays = tuple[np.ndarray, ...]


def scattered(seed: int, n: int = 400) -> Arrays:
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 3_000, (2, n))
    t = random.uniform(0, 7_200, n).round()  # equal instants occur
    reach = random.choice([50.0, 200.0, 700.0], n)
    return x, y, t, reach, random.integers(0, 3, n)


def by_hand(x: np.ndarray, y: np.ndarray, t: np.ndarray, reach: np.ndarray, group: np.ndarray, window: float) -> set:
    near = np.hypot(x[:, None] - x, y[:, None] - y) <= np.hypot(reach[:, None], reach)
    soon = np.abs(t[:, None] - t) <= window
    other = group[:, None] != group
    first, second = np.nonzero(np.triu(near & soon & other, 1))
    return set(zip(first.tolist(), second.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(6))
def test_pairs_are_those_found_by_comparing_all(seed: int) -> None:
    x, y, t, reach, group = scattered(seed)
    found = pairs_within(x, y, t, reach, group, 900.0)
    pairs = list(zip(found.first.tolist(), found.second.tolist(), strict=True))
    assert len(pairs) == len(set(pairs))
    assert pairs == sorted(pairs)
    assert set(pairs) == by_hand(x, y, t, reach, group, 900.0)
    assert np.allclose(found.distance_m, np.hypot(x[found.first] - x[found.second], y[found.first] - y[found.second]))


def test_the_pairs_do_not_depend_on_the_order_of_the_reports() -> None:
    arrays = scattered(9)
    order = np.random.default_rng(1).permutation(len(arrays[0]))
    straight = pairs_within(*arrays, 900.0)
    shuffled = pairs_within(*(array[order] for array in arrays), 900.0)
    back = np.sort(np.stack((order[shuffled.first], order[shuffled.second])), axis=0)
    told = set(map(tuple, np.stack((straight.first, straight.second)).T.tolist()))
    assert told == set(map(tuple, back.T.tolist()))


def test_coordinates_that_are_no_numbers_have_no_neighbours() -> None:
    x, y, t, reach, group = scattered(2)
    x[0], y[1], t[2], reach[3] = np.nan, np.inf, np.nan, np.inf
    found = pairs_within(x, y, t, reach, group, 900.0)
    assert not set(found.first.tolist() + found.second.tolist()) & {0, 1, 2, 3}


def test_no_reports_give_no_pairs() -> None:
    nothing = np.empty(0)
    assert len(pairs_within(nothing, nothing, nothing, nothing, np.empty(0, np.int64), 900.0).first) == 0


def test_counts_are_those_found_by_comparing_all() -> None:
    x, y, t, _, group = scattered(3)
    counts = neighbour_counts(x, y, t, group, 3, 500.0, 1_800.0)
    near = (np.hypot(x[:, None] - x, y[:, None] - y) <= 500.0) & (np.abs(t[:, None] - t) <= 900.0)
    np.fill_diagonal(near, False)
    for source in range(3):
        assert np.array_equal(counts[:, source], (near & (group == source)).sum(axis=1))
