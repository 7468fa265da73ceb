from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.indicators import percentile


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50), st.sampled_from([0.0, 0.5, 0.9, 1.0]))
def test_percentile_is_the_interpolated_value_at_its_position(durations: list[int], share: float) -> None:
    ordered = sorted(durations)
    position = share * (len(ordered) - 1)
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    expected = ordered[below] + (position - below) * (ordered[above] - ordered[below])
    assert percentile(durations, share) == pytest.approx(expected)


def test_nothing_measured_has_no_percentile() -> None:
    assert percentile(np.array([]), 0.5) is None
