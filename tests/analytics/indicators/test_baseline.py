from __future__ import annotations

from datetime import date, timedelta

import pytest

from analytics.indicators import baseline_mean, reference_dates

SAME_WEEKS = "same_weeks_of_earlier_years"


def test_reference_days_fall_on_the_same_day_of_the_week() -> None:
    day = date(2008, 3, 9)
    days = reference_dates(day, SAME_WEEKS, "day", 4, date(2000, 1, 1), day)
    assert days == tuple(day - timedelta(days=364 * k) for k in (1, 2, 3, 4))
    assert {d.weekday() for d in days} == {day.weekday()}


def test_reference_days_before_the_first_covered_date_are_left_out() -> None:
    day = date(2008, 3, 9)
    first = day - timedelta(days=728)
    assert len(reference_dates(day, SAME_WEEKS, "day", 4, first, day)) == 2
    assert len(reference_dates(day, SAME_WEEKS, "day", 4, first + timedelta(days=1), day)) == 1


def test_previous_months_cross_the_year_and_stop_at_the_first_covered_month() -> None:
    months = reference_dates(date(2022, 3, 1), "previous_periods", "month", 6, date(2021, 11, 1), date(2022, 12, 1))
    assert months == (date(2022, 2, 1), date(2022, 1, 1), date(2021, 12, 1), date(2021, 11, 1))


def test_same_months_of_earlier_years_are_twelve_months_apart() -> None:
    months = reference_dates(date(2022, 3, 31), SAME_WEEKS, "month", 2, date(2019, 1, 15), date(2022, 3, 31))
    assert months == (date(2021, 3, 1), date(2020, 3, 1))


def test_covered_date_without_incident_counts_as_zero() -> None:
    days = (date(2020, 1, 2), date(2020, 1, 1))
    assert baseline_mean({date(2020, 1, 1): 3}, days, 2) == pytest.approx(1.5)


def test_too_few_windows_give_no_baseline() -> None:
    assert baseline_mean({}, (date(2020, 1, 1),), 2) is None
    assert baseline_mean({}, (), 0) is None


def test_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="weeks_before"):
        reference_dates(date(2020, 1, 1), "weeks_before", "day", 1, date(2020, 1, 1), date(2020, 1, 1))
