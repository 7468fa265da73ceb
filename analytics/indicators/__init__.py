"""Definitions of the observatory's figures: trend, recurrence, criticality, baseline, percentile.

Every function is pure and works on arrays; the tables of `jobs.gold` and the metrics of the gold contracts
must give the same answers, and their tests hold them to it.
"""

from __future__ import annotations

from analytics.indicators.baseline import BaselineMethod, Period, baseline_mean, reference_dates
from analytics.indicators.criticality import (
    CRITICALITY_BREAKS,
    criticality_level,
    recurrence_level,
)
from analytics.indicators.percentile import percentile
from analytics.indicators.poisson import Z_95, byar_limits
from analytics.indicators.trend import SMALL_NUMBER_FLOOR, Trend, change_ratio, trend_code

__all__ = [
    "CRITICALITY_BREAKS",
    "SMALL_NUMBER_FLOOR",
    "Z_95",
    "BaselineMethod",
    "Period",
    "Trend",
    "baseline_mean",
    "byar_limits",
    "change_ratio",
    "criticality_level",
    "percentile",
    "recurrence_level",
    "reference_dates",
    "trend_code",
]
