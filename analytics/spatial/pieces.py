"""Turns points and lines into the arrays the nearest search runs on: pieces, their tree, and the cells' lists.

Layout of the result: `analytics.spatial.nearest_kernel.Search`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyproj import Geod

from analytics.spatial import nearest_kernel as kernel
from analytics.spatial.errors import FeatureError
from analytics.spatial.nearest_kernel import FANOUT, Doubles, Longs, Search

PIECE_M = 200.0
"""Lines are cut so that no piece is longer: its middle then lies at most 0.8 mm below the ground."""
_EARTH = Geod(a=kernel.EQUATOR_M, f=kernel.FLATTENING)
_POINT_CELLS, _LINE_CELLS = 4, 1  # cells per piece
_POINT_LIST, _LINE_LIST = 16, 48  # pieces a cell lists; a street has several near
_MOST_CELLS = 1 << 19
_MARGIN = 0.05  # of the features' extent: how far beside them the cells reach
_HILBERT_BITS = 16


def check_places(longitude: Doubles, latitude: Doubles, feature: Longs) -> None:
    """Refuse features that lie nowhere on the earth.

    Args:
        longitude: float64 (n), degrees, within a full turn.
        latitude: float64 (n), degrees, within 90.
        feature: int64 (n), the feature each position belongs to.

    Raises:
        FeatureError: naming the first feature at fault.
    """
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(~((np.abs(latitude) <= 90) & (np.abs(longitude) <= 360)))
    if len(wrong):
        k = wrong[0]
        raise FeatureError(
            f"feature {feature[k]} lies at longitude {longitude[k]}, latitude {latitude[k]}: expected degrees within "
            "-360..360 and -90..90; reproject it to WGS 84, or leave out what has no position"
        )


def pieces_of_segments(
    x: tuple[Doubles, Doubles], y: tuple[Doubles, Doubles], feature: Longs
) -> tuple[Doubles, Doubles, Longs]:
    """Cut segments into pieces of at most `PIECE_M` along the shortest line on the ellipsoid.

    Args:
        x: longitude of the starts and of the ends, degrees; a segment goes the short way round.
        y: their latitude.
        feature: the feature of each segment.

    Returns:
        Starts and ends of the pieces in earth-centred axes (p, 3), and the feature of each.
    """
    start, end = (kernel.places(np.eye(3), x[k], y[k]) for k in (0, 1))
    is_long = ((end - start) ** 2).sum(axis=1) > PIECE_M**2
    if not is_long.any():
        return start, end, feature
    azimuth, _, length = _EARTH.inv(x[0][is_long], y[0][is_long], x[1][is_long], y[1][is_long])
    counts = np.ceil(length / PIECE_M).astype(np.int64)
    first = np.cumsum(counts) - counts
    of = np.repeat(np.arange(len(counts)), counts)
    step = np.arange(counts.sum()) - first[of]
    inner = step > 0  # ends keep their own places: a line of many segments has no gap
    cut_x, cut_y, _ = _EARTH.fwd(
        x[0][is_long][of[inner]],
        y[0][is_long][of[inner]],
        azimuth[of[inner]],
        (length / counts)[of[inner]] * step[inner],
    )
    starts = start[is_long][of]
    starts[inner] = kernel.places(np.eye(3), np.asarray(cut_x), np.asarray(cut_y))
    ends = np.vstack([starts[1:], starts[:1]])
    ends[first + counts - 1] = end[is_long]
    return (
        np.vstack([start[~is_long], starts]),
        np.vstack([end[~is_long], ends]),
        np.concatenate([feature[~is_long], feature[is_long][of]]),
    )


def search_of(start: Doubles, end: Doubles, feature: Longs) -> Search:
    """Arrange pieces for the search.

    Args:
        start: float64 (p, 3), earth-centred metres.
        end: float64 (p, 3).
        feature: int64 (p).

    Returns:
        The arrays. O(p log p); what the search answers does not depend on the order of the pieces.
    """
    frame = _frame(start)
    start, end = start @ frame.T, end @ frame.T
    order = np.lexsort((feature, _hilbert((start + end) / 2)))
    start, end, feature = start[order], end[order], feature[order]
    step = end - start
    square = (step * step).sum(axis=1)
    inverse = np.divide(1.0, square, out=np.zeros_like(square), where=square > 0)
    pieces = np.ascontiguousarray(np.column_stack([start, step, inverse, feature.astype(np.float64)]))
    boxes, levels = _tree(np.minimum(start, end), np.maximum(start, end))
    length = _POINT_LIST if len(np.unique(feature)) == len(feature) else _LINE_LIST
    bare = Search(
        frame, pieces, boxes, levels, np.zeros(3), np.zeros(2, np.int64), np.zeros((0, 4)),
        np.zeros((0, length), np.int32), np.zeros((0, length), np.float32),
    )  # fmt: skip
    for array in bare:  # as the index holds them: one machine code
        array.flags.writeable = False
    return _with_cells(bare) if len(pieces) else bare


def _frame(places: Doubles) -> Doubles:
    """Give the axes in which the middle of some places lies on the third."""
    middle = np.rint(places).astype(np.int64).sum(axis=0)  # whole metres: the sum does not depend on the order
    length = float(np.linalg.norm(middle))
    up = middle / length if length > len(places) else np.array([0.0, 0.0, 1.0])
    beside = np.eye(3)[np.argmin(np.abs(up))]
    east = np.cross(beside, up)
    east /= np.linalg.norm(east)
    return np.ascontiguousarray([east, np.cross(up, east), up])


def _hilbert(places: Doubles) -> npt.NDArray[np.int64]:
    """Number places along a Hilbert curve over the sheet, the far side of the earth after the near one."""
    sheet = places[:, :2]
    low = sheet.min(axis=0, initial=np.inf)
    extent = max(float((sheet - low).max(initial=0.0)), 1e-9)
    x, y = ((sheet - low) * ((2**_HILBERT_BITS - 1) / extent)).astype(np.int64).T
    number = (places[:, 2] < 0).astype(np.int64)
    for bit in range(_HILBERT_BITS - 1, -1, -1):
        right, upper = (x >> bit) & 1, (y >> bit) & 1
        number = 4 * number + ((3 * right) ^ upper)
        flip = (upper == 0) & (right == 1)
        mask = (1 << bit) - 1
        x, y = np.where(flip, mask - (x & mask), x & mask), np.where(flip, mask - (y & mask), y & mask)
        x, y = np.where(upper == 0, y, x), np.where(upper == 0, x, y)
    return number


def _tree(low: Doubles, high: Doubles) -> tuple[Doubles, Longs]:
    """Give the boxes of the tree over pieces in their order, leaves first, and where each level begins."""
    boxes, levels = [np.zeros((0, 6))], [0]
    while len(low):
        cuts = np.arange(0, len(low), FANOUT)
        low, high = np.minimum.reduceat(low, cuts), np.maximum.reduceat(high, cuts)
        boxes.append(np.hstack([low, high]))
        levels.append(levels[-1] + len(low))
        if len(low) == 1:
            break
    return np.vstack(boxes), np.array(levels, np.int64)


def _with_cells(search: Search) -> Search:
    """Add the grid over the features' extent and the lists of its cells."""
    root = search.boxes[-1]
    extent = np.maximum(root[3:5] - root[:2], 1.0)
    low, extent = root[:2] - _MARGIN * extent, extent * (1 + 2 * _MARGIN)
    pieces = len(search.pieces)
    length = search.listed.shape[1]
    wanted = min((_POINT_CELLS if length == _POINT_LIST else _LINE_CELLS) * pieces, _MOST_CELLS)
    wanted = wanted if pieces > length else 1
    scale = float(np.sqrt(wanted / (extent[0] * extent[1])))
    sides = np.clip((extent * scale).astype(np.int64), 1, wanted)
    row, column = np.divmod(np.arange(sides[0] * sides[1]), sides[0])
    x, y = low[0] + (column + 0.5) / scale, low[1] + (row + 0.5) / scale
    z = np.sqrt(np.maximum(np.mean(search.pieces[:, :3] ** 2) * 3 - x * x - y * y, 0.0))
    middles = np.ascontiguousarray(np.column_stack([x, y, z, np.zeros_like(x)]))
    listed, listed_m = np.empty((len(x), length), np.int32), np.empty((len(x), length), np.float32)
    kernel.list_pieces(search, middles, listed, listed_m)
    grid = np.array([low[0], low[1], scale])
    return search._replace(grid=grid, sides=sides, middles=middles, listed=listed, listed_m=listed_m)
