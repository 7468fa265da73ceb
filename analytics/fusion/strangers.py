"""Pairs of reports that cannot be of one event: the same places and hours, moved apart in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import DAY_SECONDS, longest_pause
from analytics.fusion.model import PairCells, candidates, cells_of
from analytics.fusion.reports import Reports

Doubles = NDArray[np.float64]

MOVES_SECONDS = (7 * DAY_SECONDS, DAY_SECONDS, DAY_SECONDS / 3)
"""How far reports are moved apart, or a multiple: the first of which there are two in the time they cover."""
MOST_UNITS = 8
"""Where a week lands in a pause, two are tried, and so on."""
ENOUGH_MET = 0.5
"""Share of the moved reports that come to lie in a time with others."""


def moved_apart(reports: Reports) -> tuple[PairCells, Doubles]:
    """Pairs of reports of different sources when one is moved in time, with what each counts for.

    Once per binary digit of the sources' codes, those with the digit are moved by a week, or less where the reports
    cover less, round the end of the time they cover: places, hours and days of the week stay, events part.
    """
    t = reports.t_seconds
    start, step, whole = _move(np.sort(t[np.isfinite(t)]))
    found, weights = [], []
    for digit in range(max(int(reports.sources - 1).bit_length(), 1)):
        is_moved = (reports.source >> digit) & 1 == 1
        moved = replace(reports, t_seconds=np.where(is_moved, start + np.mod(t - start + step, whole), t))
        pairs = candidates(moved)
        pairs = pairs.taken(is_moved[pairs.first] != is_moved[pairs.second])
        differing = reports.source[pairs.first] ^ reports.source[pairs.second]
        found.append(cells_of(moved, pairs))
        weights.append(1.0 / np.bitwise_count(differing))
    return PairCells(*(np.concatenate(column) for column in zip(*found, strict=True))), np.concatenate(weights)


def _move(ordered_s: Doubles) -> tuple[float, float, float]:
    """By how much reports are moved round how long a time from when on: mostly to where there are others."""
    if not len(ordered_s):
        return 0.0, MOVES_SECONDS[-1], MOVES_SECONDS[-1]
    start, span = float(ordered_s[0]), float(np.ptp(ordered_s))
    near = longest_pause(ordered_s) / 24.0
    best, most = (MOVES_SECONDS[-1], MOVES_SECONDS[-1]), -1.0
    for unit in MOVES_SECONDS:
        whole = max(1.0, np.floor(span / unit)) * unit
        for times in range(1, MOST_UNITS + 1):
            if whole < 2 * times * unit:
                break
            moved = start + np.mod(ordered_s - start + times * unit, whole)
            after = np.searchsorted(ordered_s, moved).clip(1, len(ordered_s) - 1)
            gap = np.minimum(np.abs(ordered_s[after] - moved), np.abs(moved - ordered_s[after - 1]))
            met = float((gap <= near).mean())
            if met >= ENOUGH_MET:
                return start, times * unit, whole
            if met > most:
                best, most = (times * unit, whole), met
    return start, *best
