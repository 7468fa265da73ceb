"""Confidence limits of a count, by Byar's approximation.

A count of incidents moves from one period to the next even when nothing changed. These limits say how far,
supposing the incidents arrive independently (Poisson).

Source: N. E. Breslow and N. E. Day, *Statistical Methods in Cancer Research, volume II: The Design and
Analysis of Cohort Studies*, IARC Scientific Publications 82, 1987, pages 69 to 71.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Z_95 = 1.959963984540054
"""Standard normal quantile of 0.975, with the digits the metrics of the gold contracts use."""


def byar_limits(count: ArrayLike, z: float = Z_95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper limits of the expected number behind an observed count of incidents.

    `lower = x (1 - 1/(9x) - z/(3 sqrt(x)))^3` with x the count, 0 when the count is 0;
    `upper = y (1 - 1/(9y) + z/(3 sqrt(y)))^3` with y the count + 1.
    The result is within 0.05 of the exact Poisson (chi-square) limits for every count at 95 %.

    Args:
        count: observed counts of incidents, any shape, zero or more.
        z: quantile of the standard normal law; the default gives two-sided limits at 95 %.

    Returns:
        Two float arrays of the shape of `count`, in incidents. A count that is not a number stays so.

    Raises:
        ValueError: a count is negative.
    """
    observed = np.asarray(count, dtype=np.float64)
    if np.any(observed < 0):
        raise ValueError(
            f"count has the negative value {float(observed[observed < 0].min())}: "
            "a count of incidents is zero or more; check the sum that produced it"
        )
    above = observed + 1.0
    upper = above * (1.0 - 1.0 / (9.0 * above) + z / (3.0 * np.sqrt(above))) ** 3
    positive = np.where(observed > 0, observed, 1.0)
    lower = positive * (1.0 - 1.0 / (9.0 * positive) - z / (3.0 * np.sqrt(positive))) ** 3
    return np.where(observed == 0, 0.0, np.where(np.isnan(observed), np.nan, lower)), upper
