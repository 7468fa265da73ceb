from __future__ import annotations

import numpy as np
import pytest

from analytics.indicators import byar_limits, change_ratio, trend_code


def test_count_far_above_its_baseline_rises_and_far_below_falls() -> None:
    assert trend_code([100, 100, 100], [60, 100, 140]).tolist() == ["rising", "stable", "falling"]


def test_limit_itself_is_still_stable() -> None:
    lower, upper = byar_limits([50, 50])
    assert trend_code([50, 50], [lower[0], upper[1]]).tolist() == ["stable", "stable"]


def test_missing_baseline_gives_unknown() -> None:
    assert trend_code([5, np.nan], [np.nan, 5.0]).tolist() == ["unknown", "unknown"]


def test_no_incident_where_few_were_expected_is_stable_and_where_many_were_falls() -> None:
    assert trend_code([0, 0], [3.0, 4.0]).tolist() == ["stable", "falling"]


def test_any_incident_where_none_was_expected_rises_only_past_the_limit_of_chance() -> None:
    assert trend_code([0, 1], [0.0, 0.0]).tolist() == ["stable", "rising"]


def test_change_is_given_from_the_floor_on() -> None:
    ratios = change_ratio([25, 25, 5, 7], [20, 19.9, 0, np.nan])
    assert ratios[0] == pytest.approx(0.25)
    assert np.isnan(ratios[1:]).all()


def test_change_without_floor_never_divides_by_zero() -> None:
    assert np.isnan(change_ratio([5], [0.0], floor=0)).all()
