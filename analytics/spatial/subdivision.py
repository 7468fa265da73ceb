"""Cuts the edges of zones into a grid of cells, and crowded cells into grids of their own.

Layout of the result: `analytics.spatial.kernel.Subdivision`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analytics.spatial import kernel
from analytics.spatial.kernel import Doubles, Entries, Integers, Longs, Pairs, Subdivision

CROWDED = 12  # edges; above it a finer grid costs less than testing them all
DEEPEST = 4
SMALLEST_CELL = 1e-8  # degrees, about a millimetre: the pad of a cell stays far above the rounding of a coordinate
FINEST_GRID = 32


def _cell(entries: Entries, number: int) -> Entries:
    """Give one cell's entries."""
    low, high = entries.cell_first[number], entries.cell_first[number + 1]
    first = entries.first[low : high + 1]
    return Entries(
        np.array([0, high - low], np.int32),
        entries.zone[low:high],
        entries.inside[low:high],
        first - first[0],
        entries.ids[first[0] : first[-1]],
    )


def _keep(entries: Entries, cells: npt.NDArray[np.bool_]) -> Entries:
    """Keep the cells whose flag is set."""
    in_cell = np.diff(entries.cell_first)
    kept = np.repeat(cells, in_cell)
    in_entry = np.diff(entries.first)
    return Entries(
        _starts(in_cell[cells]),
        entries.zone[kept],
        entries.inside[kept],
        _starts(in_entry[kept]),
        entries.ids[np.repeat(kept, in_entry)],
    )


@dataclass(frozen=True)
class _Grid:
    box: Doubles
    side: int
    labels: Integers  # border cells as -2 - (local number)
    cells: Integers  # position in the grid of each border cell
    entries: Entries
    depth: int


def _starts(lengths: Integers) -> Integers:
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)]).astype(np.int32)


def _divide(
    bounds: tuple[float, float, float, float], side: int, entries: Entries, edges: Doubles, depth: int
) -> _Grid:
    west, south, east, north = bounds
    box = np.array([west, south, east, north, side / (east - west), side / (north - south)])
    size = kernel.count_touches(box, side, entries.ids, edges)
    cover = np.full(side * side, kernel.OUTSIDE, np.int32)
    pairs = Pairs(
        np.empty(size, np.int32), np.empty(size, np.int32), np.empty(size, np.uint8),
        np.empty(size, np.uint8), np.empty(size + 1, np.int32), np.empty(size, np.int32),
    )  # fmt: skip
    made = kernel.subdivide(box, side, depth == 0, entries, edges, cover, pairs)
    order = np.argsort(pairs.cell[:made], kind="stable")
    most = 2 * made + 1
    labels, cell_of = np.empty(side * side, np.int32), np.empty(most, np.int32)
    gathered = Entries(
        np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.uint8),
        np.empty(most, np.int32), np.empty(size, np.int32),
    )  # fmt: skip
    cells, kept, used = kernel.settle(order, cover, pairs, labels, cell_of, gathered)
    trimmed = Entries(
        gathered.cell_first[: cells + 1].copy(), gathered.zone[:kept].copy(), gathered.inside[:kept].copy(),
        gathered.first[: kept + 1].copy(), gathered.ids[:used].copy(),
    )  # fmt: skip
    return _Grid(box, side, labels, cell_of[:cells].copy(), trimmed, depth)


def _bounds_of_cell(grid: _Grid, cell: int) -> tuple[float, float, float, float]:
    west, south, _, north = (float(v) for v in grid.box[:4])
    width, height = 1.0 / float(grid.box[4]), 1.0 / float(grid.box[5])
    row, column = divmod(cell, grid.side)
    return (
        max(west, west + (column - kernel.PAD) * width),
        max(south, south + (row - kernel.PAD) * height),
        kernel.right_of(column, grid.box),
        min(north, south + (row + 1 + kernel.PAD) * height),
    )


def _finer_side(edge_count: int, bounds: tuple[float, float, float, float]) -> int:
    """Choose the side of a crowded cell's own grid: about one edge per row, cells no smaller than a millimetre."""
    smallest = min(bounds[2] - bounds[0], bounds[3] - bounds[1])
    side = 2
    while side < FINEST_GRID and side < edge_count and smallest / (side * 2) > SMALLEST_CELL:
        side *= 2
    return side


def subdivide(
    edges: Doubles, zone_edges: Longs, zone_first: Longs, bounds: tuple[float, float, float, float], side: int
) -> Subdivision:
    """Build the arrays of a zone index.

    Args:
        edges: float64 (k, 4), distinct, lower end first; degrees.
        zone_edges: edge numbers, zone after zone.
        zone_first: int64 (zones + 1), first position of each zone in `zone_edges`.
        bounds: west, south, east, north, strictly larger than all edges.
        side: cells per side of the first grid.

    Returns:
        The subdivision. O(edges + touched cells), memory alike.
    """
    zones = len(zone_first) - 1
    root = Entries(
        np.array([0, zones], np.int32), np.arange(zones, dtype=np.int32), np.zeros(zones, np.uint8),
        zone_first.astype(np.int32), zone_edges.astype(np.int32),
    )  # fmt: skip
    waiting = deque([_divide(bounds, side, root, edges, 0)])
    grids: list[_Grid] = []
    labels: list[Integers] = []
    leaves: list[Entries] = []
    rights: list[Doubles] = []
    leaf_count, grid_count = 0, 1
    while waiting:
        grid = waiting.popleft()
        boxes = [_bounds_of_cell(grid, int(cell)) for cell in grid.cells]
        counts = np.diff(grid.entries.first[grid.entries.cell_first])
        small = np.array([min(b[2] - b[0], b[3] - b[1]) < 4 * SMALLEST_CELL for b in boxes], bool)
        crowded = (counts > CROWDED) & ~small & (grid.depth + 1 < DEEPEST)
        codes = np.empty(len(counts), np.int64)
        codes[~crowded] = 2 * (leaf_count + np.arange((~crowded).sum()))
        codes[crowded] = 2 * (grid_count + np.arange(crowded.sum())) + 1
        leaf_count += int((~crowded).sum())
        grid_count += int(crowded.sum())
        border = grid.labels < kernel.OUTSIDE
        named = grid.labels.copy()
        named[border] = -2 - codes[-2 - grid.labels[border]]
        grids.append(grid)
        labels.append(named)
        leaves.append(_keep(grid.entries, ~crowded))
        rights.append(np.array([b[2] for b in boxes])[~crowded])
        for number in np.flatnonzero(crowded):
            finer = _finer_side(int(counts[number]), boxes[number])
            waiting.append(_divide(boxes[number], finer, _cell(grid.entries, int(number)), edges, grid.depth + 1))
    return _join(grids, labels, leaves, rights, edges)


def _join(
    grids: list[_Grid], labels: list[Integers], leaves: list[Entries], rights: list[Doubles], edges: Doubles
) -> Subdivision:
    offsets = np.cumsum([0] + [len(part) for part in labels[:-1]])
    return Subdivision(
        labels=np.concatenate(labels),
        grids=np.array([grid.box for grid in grids]),
        grid_sides=np.array([[grid.side, offset] for grid, offset in zip(grids, offsets, strict=True)], np.int64),
        rights=np.concatenate(rights).astype(np.float64),
        cell_first=_starts(np.concatenate([np.diff(leaf.cell_first) for leaf in leaves])),
        entry_zone=np.concatenate([leaf.zone for leaf in leaves]),
        entry_inside=np.concatenate([leaf.inside for leaf in leaves]),
        entry_first=_starts(np.concatenate([np.diff(leaf.first) for leaf in leaves])),
        edges=np.concatenate([edges[np.concatenate([leaf.ids for leaf in leaves])], np.zeros((1, 4))]),
    )
