"""Whether a count of incidents rises, falls or stays within what chance explains."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analytics.indicators.poisson import Z_95, byar_limits

SMALL_NUMBER_FLOOR = 20
"""Below this many incidents a percentage misleads: only the counts are shown."""


class Trend(StrEnum):
    """Direction of a count against its baseline, as stored and shown."""

    RISING = "rising"
    STABLE = "stable"
    FALLING = "falling"
    UNKNOWN = "unknown"


def trend_code(count: ArrayLike, baseline: ArrayLike, z: float = Z_95) -> NDArray[np.str_]:
    """Trend of counts of incidents against their baselines.

    `rising` when the lower Byar limit of the count lies above the baseline, `falling` when the upper limit
    lies below it, `stable` between them, limits included. The baseline is taken as known exactly.

    Args:
        count: incidents of the period, summed over its days, any shape.
        baseline: expected incidents of the same days, summed; NaN where no baseline exists.
        z: quantile of the standard normal law (95 %, two-sided, by default).

    Returns:
        Text array of the broadcast shape with the codes of `Trend`; `unknown` where either figure is NaN.
    """
    observed, expected = np.broadcast_arrays(
        np.asarray(count, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    )
    lower, upper = byar_limits(observed, z)
    return np.select(
        [np.isnan(observed) | np.isnan(expected), lower > expected, upper < expected],
        [Trend.UNKNOWN.value, Trend.RISING.value, Trend.FALLING.value],
        default=Trend.STABLE.value,
    ).astype(np.str_)


def change_ratio(count: ArrayLike, baseline: ArrayLike, floor: float = SMALL_NUMBER_FLOOR) -> NDArray[np.float64]:
    """Relative change of counts of incidents against their baselines: 0.25 means a quarter more.

    Args:
        count: incidents of the period, any shape.
        baseline: expected incidents of the same days; NaN where no baseline exists.
        floor: smallest baseline, in incidents, for which a percentage is given.

    Returns:
        Float array of the broadcast shape; NaN where the baseline is missing, zero or under the floor.
    """
    observed, expected = np.broadcast_arrays(
        np.asarray(count, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    )
    usable = (expected >= floor) & (expected > 0)
    return np.where(usable, observed / np.where(usable, expected, 1.0) - 1.0, np.nan)
