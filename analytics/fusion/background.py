"""How many reports of a source are to be expected around a report by chance: place, hour, and what the night is like.

The usual intensity of a source (reports per square metre and second) is learned once, from a long time: the density of
the place, the rhythm of the week and the rate of the source. It is corrected by how many reports really lie around: a
storm or a match night makes strangers neighbours. Nothing farther than ``LOCAL_RADIUS_M`` and half of
``LOCAL_WINDOW_SECONDS`` from a report changes what is expected around it, so fusion can be done in parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.neighbours import neighbour_counts
from analytics.fusion.reports import Reports

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

CELL_M = 200.0
HALF_HOUR_SECONDS = 1_800.0
HALF_HOURS_OF_WEEK = 336
DAY_SECONDS = 86_400.0
USUAL_STEPS = 30.0
"""A pause is longer than a day and than so many median steps from one report to the next."""
LOCAL_RADIUS_M = 800.0
LOCAL_WINDOW_SECONDS = 7_200.0
PRIOR_REPORTS = 1.5
"""Weight of the usual expectation against what is counted, in reports."""
LEAST_REPORTS = 0.25
"""Reports a cell or a half hour is taken to have when it has fewer, so that nothing is impossible."""


@dataclass(frozen=True)
class Background:
    """The usual intensity.

    Attributes:
        columns: of the cells of 200 m with reports in or beside them, eastward from the plane's origin.
        rows: of those cells, northward; cells are in ascending order of column, then row.
        density: share of all reports per square metre in each of those cells.
        elsewhere: the same in any other cell.
        rhythm: for each half hour of a week that begins on Thursday 0:00 UTC, as the Unix epoch does, how busy it is
            beside the mean.
        rate: reports of each source per second.
    """

    columns: Longs
    rows: Longs
    density: Doubles
    elsewhere: float
    rhythm: Doubles
    rate: Doubles

    @classmethod
    def learned(cls, reports: Reports) -> Background:
        """Learn from reports; those without place or time count nothing."""
        some = reports.taken(reports.is_placed)
        n = max(len(some), 1)
        column, row = _cells(some)
        columns, rows, smooth = _smoothed(column, row)
        rhythm = _rhythm(some.t_seconds)
        rate = np.bincount(some.source, minlength=reports.sources) / _usual_seconds(some.t_seconds, rhythm)
        least = LEAST_REPORTS / (n * CELL_M**2)
        density = np.maximum(smooth / (n * CELL_M**2), least)
        return cls(columns, rows, density, least, rhythm, rate)

    def usual(self, reports: Reports) -> Doubles:
        """Intensity around each report, for one report a second: per square metre; NaN without place or time."""
        is_placed = reports.is_placed
        found = np.full(len(reports), np.nan)
        some = reports.taken(is_placed)
        found[is_placed] = self._at(some) * self.rhythm[_half_hour(some.t_seconds)]
        return found

    def _at(self, some: Reports) -> Doubles:
        """Density of the cell of each report."""
        if not len(self.columns):
            return np.full(len(some), self.elsewhere)
        column, row = _cells(some)
        wanted, known = _key(column, row), _key(self.columns, self.rows)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[at] == wanted, self.density[at], self.elsewhere)


class Intensity:
    """Chance intensity of every source around every report, per square metre and second."""

    def __init__(self, background: Background, reports: Reports) -> None:
        """Count what lies around each report. Linear in their number."""
        self._usual = background.usual(reports)[:, None] * background.rate[None, :]
        # what is not compared is not counted, as in the background
        x = np.where(reports.is_placed, reports.x_m, np.nan)
        self._counted = neighbour_counts(
            x, reports.y_m, reports.t_seconds, reports.source, reports.sources, LOCAL_RADIUS_M, LOCAL_WINDOW_SECONDS
        )
        self._expected = self._usual * (np.pi * LOCAL_RADIUS_M**2 * LOCAL_WINDOW_SECONDS)

    def everywhere(self) -> Doubles:
        """Intensity of every source around every report, for a report that is nobody's partner: shape (n, sources)."""
        return self._given(self._counted)

    def around(self, report: Longs, source: Longs) -> Doubles:
        """Intensity of a source around each of some reports; the report whose chance is judged is not counted."""
        return np.asarray(self._beside_one.ravel()[report * self._usual.shape[1] + source])

    @cached_property
    def _beside_one(self) -> Doubles:
        return self._given(np.maximum(self._counted - 1.0, 0.0))

    def _given(self, counted: Doubles) -> Doubles:
        """The usual intensity, corrected by how many reports lie around."""
        return np.asarray(self._usual * (PRIOR_REPORTS + counted) / (PRIOR_REPORTS + self._expected))


def _cells(reports: Reports) -> tuple[Longs, Longs]:
    return np.floor(reports.x_m / CELL_M).astype(np.int64), np.floor(reports.y_m / CELL_M).astype(np.int64)


def _key(column: Longs, row: Longs) -> Longs:
    return (column << 32) + row


def _half_hour(t: Doubles) -> Longs:
    return np.floor(t / HALF_HOUR_SECONDS).astype(np.int64) % HALF_HOURS_OF_WEEK


def _smoothed(column: Longs, row: Longs) -> tuple[Longs, Longs, Doubles]:
    """Cells with their reports spread: a quarter stays, an eighth goes to each side, a sixteenth to each corner."""
    keys, counts = np.unique(_key(column, row), return_counts=True)
    spread, weights = [], []
    for across, weight_across in ((-1, 0.25), (0, 0.5), (1, 0.25)):
        for up, weight_up in ((-1, 0.25), (0, 0.5), (1, 0.25)):
            spread.append(keys + (across << 32) + up)
            weights.append(counts * (weight_across * weight_up))
    cells, inverse = np.unique(np.concatenate(spread), return_inverse=True)
    total = np.bincount(inverse, weights=np.concatenate(weights), minlength=len(cells))
    rows = ((cells + (1 << 31)) & ((1 << 32) - 1)) - (1 << 31)
    return (cells - rows) >> 32, rows, total.astype(np.float64)


def longest_pause(ordered_s: Doubles) -> float:
    """Seconds beyond which nothing was told at all, given the instants of reports in ascending order.

    What was not collected is not quiet: a file of some nights or of every third week has no reports between them.
    """
    steps = np.diff(ordered_s)
    return max(DAY_SECONDS, USUAL_STEPS * float(np.median(steps))) if len(steps) else DAY_SECONDS


def _usual_seconds(t: Doubles, rhythm: Doubles) -> float:
    """Time in which the reports were told, pauses left out, each half hour counted as it is busy."""
    ordered = np.sort(t)
    is_pause = np.diff(ordered) > longest_pause(ordered)
    starts = ordered[np.append(True, is_pause)] if len(ordered) else ordered
    ends = ordered[np.append(is_pause, True)] if len(ordered) else ordered
    seconds = float((_busy_until(ends, rhythm) - _busy_until(starts, rhythm)).sum())
    return max(seconds, HALF_HOUR_SECONDS)


def _busy_until(t: Doubles, rhythm: Doubles) -> Doubles:
    """Integral of the rhythm from the epoch."""
    halves = t / HALF_HOUR_SECONDS
    whole = np.floor(halves)
    weeks, half = np.divmod(whole, HALF_HOURS_OF_WEEK)
    before = np.concatenate(([0.0], np.cumsum(rhythm)))[half.astype(np.int64)]
    within = (halves - whole) * rhythm[half.astype(np.int64)]
    return np.asarray((weeks * rhythm.sum() + before + within) * HALF_HOUR_SECONDS)


def _rhythm(t: Doubles) -> Doubles:
    counts = np.bincount(_half_hour(t), minlength=HALF_HOURS_OF_WEEK) + LEAST_REPORTS
    smooth = 0.5 * counts + 0.25 * (np.roll(counts, 1) + np.roll(counts, -1))
    return np.asarray(smooth / smooth.mean())
