"""Candidate pairs judged tile by tile: each tile sees its reports and a halo, and the union is exact.

A tile is a box of time and place. What is to be expected around a report is counted within ``LOCAL_RADIUS_M`` and half
of ``LOCAL_WINDOW_SECONDS``, and its partners lie within the reach and window of the model; a halo of both shows a tile
all that bears on the pairs it owns. A pair is owned by the tile of the report with the smaller identifier.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import LOCAL_RADIUS_M, LOCAL_WINDOW_SECONDS
from analytics.fusion.matching import link_probabilities
from analytics.fusion.model import FusionModel, Scored
from analytics.fusion.neighbours import Pairs
from analytics.fusion.reports import FARTHEST_PRECISION_M, Reports

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]


@dataclass(frozen=True)
class Tiling:
    """Size of the boxes; the result does not depend on it.

    Attributes:
        seconds: length in time.
        metres: side on the plane.
    """

    seconds: float = 7 * 86_400.0
    metres: float = 40_000.0


class Shares(NamedTuple):
    """Which report is seen by which tile.

    Attributes:
        report: index of the report, once for each tile that sees it.
        tile: number of the tile.
        is_own: whether the report lies in the tile itself and not in its halo.
    """

    report: Longs
    tile: Longs
    is_own: NDArray[np.bool_]


def halo(model: FusionModel) -> tuple[float, float]:
    """How far a tile must see beyond its borders: seconds, metres."""
    reach = model.reach * float(np.hypot(FARTHEST_PRECISION_M, FARTHEST_PRECISION_M))
    return model.window_seconds + LOCAL_WINDOW_SECONDS / 2, reach + LOCAL_RADIUS_M


def shares(reports: Reports, model: FusionModel, tiling: Tiling) -> Shares:
    """Deal reports to tiles; a report without place or time belongs to none."""
    seconds, metres = halo(model)
    placed = np.flatnonzero(reports.is_placed)
    axes = (
        (reports.t_seconds[placed], tiling.seconds, seconds),
        (reports.x_m[placed], tiling.metres, metres),
        (reports.y_m[placed], tiling.metres, metres),
    )
    own = np.ones(len(placed), np.bool_)
    tile = np.zeros(len(placed), np.int64)
    at = np.arange(len(placed))
    for values, size, margin in axes:
        low, high = (np.floor((values + side) / size).astype(np.int64) for side in (-margin, margin))
        times = (high - low + 1)[at]
        start = np.repeat(low[at], times)
        step = np.arange(times.sum()) - np.repeat(np.cumsum(times) - times, times)
        own, tile, at = np.repeat(own, times), np.repeat(tile, times), np.repeat(at, times)
        number = start + step
        own &= number == np.floor(values / size).astype(np.int64)[at]
        tile = (tile << 21) + (number & ((1 << 21) - 1))
    return Shares(placed[at], tile, own)


def united(reports: Reports, first: Longs, second: Longs, odds: Doubles) -> Scored:
    """The pairs of all tiles together, as ``score`` gives them for reports that were never dealt out.

    Args:
        reports: all reports, in the order of their identifiers.
        first: smaller index of each pair.
        second: larger index.
        odds: of each pair, as judged by its tile.
    """
    order = np.lexsort((second, first))
    first, second, odds = first[order], second[order], odds[order]
    distance = np.hypot(reports.x_m[first] - reports.x_m[second], reports.y_m[first] - reports.y_m[second])
    pairs = Pairs(first, second, distance, reports.t_seconds[second] - reports.t_seconds[first])
    return Scored(pairs, link_probabilities(first, second, reports.source, reports.sources, odds), odds)
