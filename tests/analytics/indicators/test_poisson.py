from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from analytics.indicators import byar_limits


def exact_limits(count: int) -> tuple[float, float]:
    lower = float(chi2.ppf(0.025, 2 * count) / 2) if count else 0.0
    return lower, float(chi2.ppf(0.975, 2 * (count + 1)) / 2)


def test_limits_are_near_the_exact_poisson_limits_for_every_count() -> None:
    counts = np.array([*range(200), 1_000, 50_000])
    lower, upper = byar_limits(counts)
    exact = np.array([exact_limits(int(count)) for count in counts])
    assert np.abs(lower - exact[:, 0]).max() < 0.05
    assert np.abs(upper - exact[:, 1]).max() < 0.05


def test_limits_of_ten_are_those_of_the_published_table() -> None:
    lower, upper = byar_limits(10)
    assert float(lower) == pytest.approx(4.79, abs=0.005)
    assert float(upper) == pytest.approx(18.39, abs=0.005)


def test_count_of_zero_has_lower_limit_zero_and_a_positive_upper_limit() -> None:
    lower, upper = byar_limits([0])
    assert lower[0] == 0.0
    assert 3.6 < upper[0] < 3.8


def test_limits_enclose_the_count_and_grow_with_it() -> None:
    counts = np.arange(0, 5_000)
    lower, upper = byar_limits(counts)
    assert np.all(lower <= counts)
    assert np.all(upper > counts)
    assert np.all(np.diff(lower) > 0)
    assert np.all(np.diff(upper) > 0)


def test_missing_count_has_missing_limits() -> None:
    lower, upper = byar_limits([np.nan])
    assert np.isnan(lower[0])
    assert np.isnan(upper[0])


def test_negative_count_is_refused_with_its_value() -> None:
    with pytest.raises(ValueError, match=r"negative value -3\.0"):
        byar_limits([4, -3])
