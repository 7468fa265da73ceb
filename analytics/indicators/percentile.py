"""The one definition of a percentile of durations."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def percentile(durations: ArrayLike, share: float) -> float | None:
    """Duration that a share of the measured responses does not exceed.

    Continuous interpolation between the two neighbouring values: the value at position
    `share * (n - 1)` of the sorted durations. Same as `percentile_cont` of SQL, `percentile` of Spark,
    `linear` of numpy and type 7 of R.J. Hyndman and Y. Fan, *Sample quantiles in statistical packages*,
    The American Statistician 50 (4), 1996.

    Args:
        durations: measured durations in seconds, one dimension; missing ones must be left out before.
        share: between 0 and 1: 0.5 for the median, 0.9 for the ninth decile.

    Returns:
        Seconds, or None when nothing was measured.
    """
    measured = np.asarray(durations, dtype=np.float64)
    if measured.size == 0:
        return None
    return float(np.quantile(measured, share, method="linear"))
