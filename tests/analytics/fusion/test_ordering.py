"""Sorting by small numbers, against numpy's stable sort."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analytics.fusion.ordering import grouped


@given(st.lists(st.integers(0, 9)))
def test_it_is_a_stable_sort(numbers: list[int]) -> None:
    keys = np.array(numbers, dtype=np.int64)
    order, starts = grouped(keys, 10)
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert [keys[order[a:b]].tolist() for a, b in pairwise(starts)] == [
        [key] * numbers.count(key) for key in range(10)
    ]
