"""Which reports could tell of one event: near in space and time, by their own precision and never by equal cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.ordering import grouped
from analytics.spatial.compiled import compiled

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

ROOM = 4
"""Pairs per report that there is room for at first; there is made more where it is needed."""


class Pairs(NamedTuple):
    """Candidate pairs, each once with ``first < second``: indices, distance in metres, time between them in seconds."""

    first: Longs
    second: Longs
    distance_m: Doubles
    lag_seconds: Doubles

    def taken(self, index: NDArray[np.bool_] | Longs) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.first[index], self.second[index], self.distance_m[index], self.lag_seconds[index])


def pairs_within(
    x_m: Doubles, y_m: Doubles, t_seconds: Doubles, reach_m: Doubles, group: Longs, window_seconds: float
) -> Pairs:
    """Pairs of different groups, at most ``hypot(reach_i, reach_j)`` apart and within the window of time.

    Args:
        x_m: easting on a local plane, metres, n reports.
        y_m: northing, metres.
        t_seconds: instant, seconds since any epoch.
        reach_m: how far the real place may lie from the told one, metres; ``inf`` and NaN take part in no pair.
        group: reports of one group (one source) are never paired.
        window_seconds: longest time between two reports.

    Returns:
        Pairs in ascending order of ``first``, then ``second``: the same whatever the order of equal instants.

    Time is linear in n and in the pairs looked at; memory holds one grid of n entries and the pairs found.
    """
    usable = np.isfinite(x_m) & np.isfinite(y_m) & np.isfinite(t_seconds) & np.isfinite(reach_m)
    kept = np.flatnonzero(usable)
    if not len(kept):
        empty = np.empty(0, np.int64)
        return Pairs(empty, empty, np.empty(0), np.empty(0))
    cell = max(float(np.hypot(reach_m[kept].max(), reach_m[kept].max())), 1.0)
    column = np.floor((x_m[kept] - x_m[kept].min()) / cell).astype(np.int64)
    row = np.floor((y_m[kept] - y_m[kept].min()) / cell).astype(np.int64)
    rows = int(row.max()) + 3
    key = (column + 1) * rows + row + 1
    kept, key, cells, starts, ends = _by_cell(kept, t_seconds, key)
    arrays = (x_m[kept], y_m[kept], t_seconds[kept], reach_m[kept], group[kept])
    left, right = _search(*arrays, cells, starts, ends, rows, window_seconds, ROOM * len(kept))
    one, other = kept[left], kept[right]
    first, second = np.minimum(one, other), np.maximum(one, other)
    order, _ = grouped(second, len(x_m))
    order = order[grouped(first[order], len(x_m))[0]]
    first, second = first[order], second[order]
    distance = np.hypot(x_m[first] - x_m[second], y_m[first] - y_m[second])
    return Pairs(first, second, distance, t_seconds[second] - t_seconds[first])


def _by_cell(kept: Longs, t_seconds: Doubles, key: Longs) -> tuple[Longs, Longs, Longs, Longs, Longs]:
    """Reports by cell and time, the cell of each, and for each cell its key and where it begins and ends."""
    order = np.argsort(t_seconds[kept], kind="stable")
    order = order[np.argsort(key[order], kind="stable")]
    kept, key = kept[order], key[order]
    starts = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    return kept, key, key[starts], starts, np.append(starts[1:], len(kept))


@compiled
def _search(
    x: Doubles, y: Doubles, t: Doubles, reach: Doubles, group: Longs, cells: Longs, starts: Longs, ends: Longs,
    rows: int, window: float, room: int,
) -> tuple[Longs, Longs]:
    """Both ends of the pairs. Reports of a cell are in order of time: two cells are gone through side by side."""
    left, right = np.empty(room, np.int64), np.empty(room, np.int64)
    count = 0
    ahead = np.array([0, 1, rows - 1, rows, rows + 1])  # the cells behind look at this one themselves
    for cell in range(len(cells)):
        for step in ahead:
            at = cell if step == 0 else np.searchsorted(cells, cells[cell] + step)
            if at == len(cells) or cells[at] != cells[cell] + step:
                continue
            low = starts[at]
            for i in range(starts[cell], ends[cell]):
                if step == 0:
                    low = i + 1
                else:
                    while low < ends[at] and t[low] < t[i] - window:
                        low += 1
                j = low
                while j < ends[at] and t[j] - t[i] <= window:
                    if group[i] != group[j]:
                        dx, dy = x[i] - x[j], y[i] - y[j]
                        if dx * dx + dy * dy <= reach[i] * reach[i] + reach[j] * reach[j]:
                            if count == len(left):
                                more = np.empty(max(count, 1024), np.int64)
                                left, right = np.concatenate((left, more)), np.concatenate((right, more))
                            left[count], right[count] = i, j
                            count += 1
                    j += 1
    return left[:count].copy(), right[:count].copy()


def neighbour_counts(
    x_m: Doubles, y_m: Doubles, t_seconds: Doubles, group: Longs, groups: int, radius_m: float, window_seconds: float
) -> Doubles:
    """Reports of every group around each report: shape (n, groups), within a radius and half a window before and after.

    The report itself is not counted. Reports with a coordinate that is no number count nothing.
    """
    n = len(x_m)
    counts = np.zeros((n, groups), np.float64)
    kept = np.flatnonzero(np.isfinite(x_m) & np.isfinite(y_m) & np.isfinite(t_seconds))
    if not len(kept):
        return counts
    column = np.floor((x_m[kept] - x_m[kept].min()) / radius_m).astype(np.int64)
    row = np.floor((y_m[kept] - y_m[kept].min()) / radius_m).astype(np.int64)
    rows = int(row.max()) + 3
    key = (column + 1) * rows + row + 1
    kept, key, cells, starts, ends = _by_cell(kept, t_seconds, key)
    local = np.zeros((len(kept), groups), np.float64)
    arrays = (x_m[kept], y_m[kept], t_seconds[kept], group[kept])
    _count(*arrays, cells, starts, ends, rows, radius_m, window_seconds / 2, local)
    counts[kept] = local
    return counts


@compiled
def _count(
    x: Doubles, y: Doubles, t: Doubles, group: Longs, cells: Longs, starts: Longs, ends: Longs, rows: int,
    radius: float, half: float, counts: Doubles,
) -> None:  # fmt: skip
    around = np.array([-rows - 1, -rows, -rows + 1, -1, 0, 1, rows - 1, rows, rows + 1])
    for cell in range(len(cells)):
        for step in around:
            at = np.searchsorted(cells, cells[cell] + step)
            if at == len(cells) or cells[at] != cells[cell] + step:
                continue
            low = starts[at]
            for i in range(starts[cell], ends[cell]):
                while low < ends[at] and t[low] < t[i] - half:
                    low += 1
                j = low
                while j < ends[at] and t[j] - t[i] <= half:
                    dx, dy = x[i] - x[j], y[i] - y[j]
                    if j != i and dx * dx + dy * dy <= radius * radius:
                        counts[i, group[j]] += 1.0
                    j += 1
