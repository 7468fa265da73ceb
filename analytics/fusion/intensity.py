"""How many reports of a source are to be expected around a report by chance: place, hour, and what the night is like.

The intensity of a source (reports per square metre and second) is its yearly density at the place times its density at
the hour, corrected by how many reports really lie around: a storm or a match night makes strangers neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.neighbours import neighbour_counts

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

CELL_M = 200.0
HALF_HOUR_SECONDS = 1_800.0
LOCAL_RADIUS_M = 800.0
LOCAL_WINDOW_SECONDS = 7_200.0
PRIOR_REPORTS = 1.5
"""Weight of the yearly expectation against what is counted, in reports."""


class Intensity:
    """Chance intensity of every source around every report, per square metre and second."""

    def __init__(self, x_m: Doubles, y_m: Doubles, t_seconds: Doubles, group: Longs, groups: int) -> None:
        """Learn from the reports themselves; see ``pairs_within`` for the arrays. Linear in their number."""
        finite = np.isfinite(x_m) & np.isfinite(y_m) & np.isfinite(t_seconds)
        place = np.full(len(x_m), np.nan)
        hour = np.full(len(x_m), np.nan)
        if finite.any():
            place[finite] = _density_of_place(x_m[finite], y_m[finite])
            hour[finite] = _density_of_hour(t_seconds[finite])
        sizes = np.bincount(group[finite], minlength=groups).astype(np.float64)
        self._usual = (place * hour)[:, None] * sizes[None, :]
        self._counted = neighbour_counts(
            x_m, y_m, t_seconds, group, groups, LOCAL_RADIUS_M, LOCAL_WINDOW_SECONDS
        )
        self._expected = self._usual * (np.pi * LOCAL_RADIUS_M**2 * LOCAL_WINDOW_SECONDS)

    def around(self, report: Longs, source: Longs) -> Doubles:
        """Intensity of a source around each of some reports; the report whose chance is judged is not counted."""
        counted = np.maximum(self._counted[report, source] - 1.0, 0.0)
        expected = self._expected[report, source]
        usual: Doubles = self._usual[report, source]
        return np.asarray(usual * (PRIOR_REPORTS + counted) / (PRIOR_REPORTS + expected))


def _density_of_place(x: Doubles, y: Doubles) -> Doubles:
    """Share of all reports per square metre at each report, from smoothed counts of cells."""
    column = np.floor((x - x.min()) / CELL_M).astype(np.int64) + 1
    row = np.floor((y - y.min()) / CELL_M).astype(np.int64) + 1
    shape = (int(column.max()) + 2, int(row.max()) + 2)
    counts = np.zeros(shape)
    np.add.at(counts, (column, row), 1.0)
    smooth = _smoothed(_smoothed(counts, 0), 1)
    return np.asarray(np.maximum(smooth[column, row], 0.25) / (len(x) * CELL_M**2))


def _density_of_hour(t: Doubles) -> Doubles:
    """Share of all reports per second at each report, from smoothed counts of half hours."""
    half_hour = np.floor((t - t.min()) / HALF_HOUR_SECONDS).astype(np.int64) + 1
    counts = np.bincount(half_hour, minlength=int(half_hour.max()) + 2).astype(np.float64)
    smooth = _smoothed(counts, 0)
    return np.asarray(np.maximum(smooth[half_hour], 0.25) / (len(t) * HALF_HOUR_SECONDS))


def _smoothed(counts: Doubles, axis: int) -> Doubles:
    """A quarter of each neighbour and half of itself; the outermost cells are empty, so nothing runs round the edge."""
    return 0.5 * counts + 0.25 * (np.roll(counts, 1, axis) + np.roll(counts, -1, axis))
