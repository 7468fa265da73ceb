"""What a zone usually sees: the reference periods a count of incidents is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum

SHIFT_DAYS = 364
"""52 whole weeks: a year earlier on the same day of the week."""


class Period(StrEnum):
    """Grain of a city's indicators."""

    DAY = "day"
    MONTH = "month"


class BaselineMethod(StrEnum):
    """Which earlier periods a count is compared with."""

    SAME_WEEKS_OF_EARLIER_YEARS = "same_weeks_of_earlier_years"
    PREVIOUS_PERIODS = "previous_periods"


def reference_dates(day: date, method: str, period: str, windows: int, first: date, last: date) -> tuple[date, ...]:
    """Reference dates of one indicator date, nearest first.

    | method | period day | period month |
    |---|---|---|
    | same_weeks_of_earlier_years | day - 364 k days | month - 12 k months |
    | previous_periods | day - k days | month - k months |

    Args:
        day: the indicator's date; any day of its month when the period is a month.
        method: code of `BaselineMethod`.
        period: code of `Period`.
        windows: largest number of reference dates (k = 1 to `windows`).
        first: first date the source covers.
        last: last date the source covers.

    Returns:
        Only dates whose period lies between those of `first` and `last`, both included: what the source did
        not cover is unknown, not zero. Months are given by their first day.
    """
    chosen = BaselineMethod(method)
    if Period(period) is Period.DAY:
        step = SHIFT_DAYS if chosen is BaselineMethod.SAME_WEEKS_OF_EARLIER_YEARS else 1
        days = (day - timedelta(days=step * k) for k in range(1, windows + 1))
        return tuple(d for d in days if first <= d <= last)
    step = 12 if chosen is BaselineMethod.SAME_WEEKS_OF_EARLIER_YEARS else 1
    months = (_months_before(day, step * k) for k in range(1, windows + 1))
    return tuple(m for m in months if first.replace(day=1) <= m <= last)


def baseline_mean(counts: Mapping[date, int], references: tuple[date, ...], minimum_windows: int) -> float | None:
    """Mean of the counts of the reference dates.

    Args:
        counts: incidents per covered date; a covered date that is absent had none.
        references: dates of `reference_dates`.
        minimum_windows: fewest references for which a mean is given.

    Returns:
        Incidents expected, or None when fewer than `minimum_windows` references exist.
    """
    if len(references) < max(minimum_windows, 1):
        return None
    return sum(counts.get(day, 0) for day in references) / len(references)


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
