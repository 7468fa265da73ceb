"""Cuts the edges of zones into a grid of cells, and cells that no one line or bend decides into grids of their own.

Layout of the result: `analytics.spatial.kernel.Subdivision`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from analytics.spatial import kernel
from analytics.spatial.kernel import Doubles, Entries, Integers, Longs, Records, Subdivision

CROWDED = 2  # edges; above it a finer grid costs less than testing them all
DEEPEST = 4
SMALLEST_CELL = 1e-8  # degrees, about a millimetre: the pad of a cell stays far above the rounding of a coordinate
FINEST_GRID = 32
FEWEST_CELLS = 4  # per side of the first grid: two of its rim and one for the zones at least
RIM = 1.25  # cells: each side of the first grid has one column or row that no edge comes near


@dataclass(frozen=True)
class _Level:
    """The border cells of one depth.

    Attributes:
        boxes: float64 (cells, 4): west, south, east, north; east is the line the parity bits of the entries refer to.
        entries: what crosses them.
    """

    boxes: Doubles
    entries: Entries


@dataclass
class _Gathered:
    """What a subdivision consists of, level after level."""

    records: Records
    grids: list[Doubles] = field(default_factory=list)
    labels: list[Integers] = field(default_factory=list)
    crowds: list[_Level] = field(default_factory=list)

    def take_records(self, level: _Level, edges: Doubles, named: Integers) -> None:
        """Add the line and bend records of a level's cells, and name the cells that need nothing else."""
        room = np.zeros((len(level.entries.zone) + 1, 8))
        records = self.records
        line, bend = len(records.lines), len(records.bends)
        roomy = records._replace(lines=np.vstack([records.lines, room]), bends=np.vstack([records.bends, room]))
        line, bend = kernel.simplify(level.entries, edges, level.boxes, roomy, line, bend, named)
        self.records = roomy._replace(lines=roomy.lines[:line].copy(), bends=roomy.bends[:bend].copy())


def subdivide(
    edges: Doubles, zone_edges: Longs, zone_first: Longs, extent: tuple[float, float, float, float], side: int
) -> Subdivision:
    """Build the arrays of a zone index.

    Args:
        edges: float64 (k, 4), distinct, lower end first; degrees.
        zone_edges: edge numbers, zone after zone.
        zone_first: int64 (zones + 1), first position of each zone in `zone_edges`.
        extent: west, south, east, north of all edges.
        side: cells per side of the first grid, `FEWEST_CELLS` or more.

    Returns:
        The subdivision. O(edges + touched cells), memory alike.
    """
    zones = len(zone_first) - 1
    everything = Entries(
        np.array([0, zones], np.int32), np.arange(zones, dtype=np.int32), np.zeros(zones, np.uint8),
        zone_first.astype(np.int32), zone_edges.astype(np.int32),
    )  # fmt: skip
    waiting, sides = _Level(_with_rim(extent, side), everything), np.array([side], np.int64)
    none = np.empty((0, 8))
    gathered = _Gathered(Records(none, none, np.full(len(edges), -1, np.int32), np.full(2 * len(edges), -1, np.int32)))
    for depth in range(DEEPEST):
        if len(sides):
            level, labels = _divide(waiting, sides, edges, depth, gathered)
            counts = np.diff(level.entries.first[level.entries.cell_first])
            smallest = np.minimum(level.boxes[:, 2] - level.boxes[:, 0], level.boxes[:, 3] - level.boxes[:, 1])
            may_divide = (counts > CROWDED) & (smallest >= 4 * SMALLEST_CELL) & (depth + 1 < DEEPEST)
            again = _settle(level, may_divide, edges, labels, gathered)
            waiting, sides = _chosen(level, again), _finer_sides(counts[again], smallest[again])
    return _join(gathered, edges)


def _with_rim(extent: tuple[float, float, float, float], side: int) -> Doubles:
    west, south, east, north = extent
    inner = side - FEWEST_CELLS + 1
    rim_x = RIM * max((east - west) / inner, SMALLEST_CELL)
    rim_y = RIM * max((north - south) / inner, SMALLEST_CELL)
    return np.array([[west - rim_x, south - rim_y, east + rim_x, north + rim_y]])


def _divide(
    waiting: _Level, sides: Longs, edges: Doubles, depth: int, gathered: _Gathered
) -> tuple[_Level, Integers]:
    """Cut each waiting cell into side x side cells; gives the border cells among them and the labels of all."""
    boxes = np.hstack([waiting.boxes, sides[:, None] / (waiting.boxes[:, 2:] - waiting.boxes[:, :2])])
    touches = kernel.count_touches(boxes, sides, waiting.entries, edges)
    most = int(touches.sum())
    made = Entries(
        np.empty(most + 1, np.int32), np.empty(2 * most, np.int32), np.empty(2 * most, np.uint8),
        np.empty(2 * most + 1, np.int32), np.empty(most, np.int32),
    )  # fmt: skip
    made_boxes = np.empty((most, 4))
    sizes = sides * sides
    labels = np.empty(int(sizes.sum()), np.int32)
    is_root = depth == 0
    cells, kept, used = kernel.divide(boxes, sides, touches, is_root, waiting.entries, edges, labels, made, made_boxes)
    begin = sum(len(part) for part in gathered.labels) + np.cumsum(sizes) - sizes
    unused = np.zeros((len(sides), 2))
    gathered.grids.append(np.hstack([boxes[:, [0, 1, 4, 5]], sides[:, None], begin[:, None], unused]))
    entries = Entries(
        made.cell_first[: cells + 1].copy(), made.zone[:kept].copy(), made.inside[:kept].copy(),
        made.first[: kept + 1].copy(), made.ids[:used].copy(),
    )  # fmt: skip
    return _Level(made_boxes[:cells].copy(), entries), labels


def _settle(
    level: _Level, may_divide: npt.NDArray[np.bool_], edges: Doubles, labels: Integers, gathered: _Gathered
) -> npt.NDArray[np.bool_]:
    """Put the border cells' records into the labels; tells which cells are to have a grid of their own."""
    named = np.empty(len(level.boxes), np.int32)
    gathered.take_records(level, edges, named)
    again: npt.NDArray[np.bool_] = (named == kernel.OUTSIDE) & may_divide
    crowd = (named == kernel.OUTSIDE) & ~may_divide
    grids = sum(len(part) for part in gathered.grids)
    crowds = sum(len(part.boxes) for part in gathered.crowds)
    for kind, so_far, chosen in ((kernel.GRID, grids, again), (kernel.CROWD, crowds, crowd)):
        numbers = so_far + np.arange(int(chosen.sum()))
        named[chosen] = kernel.OUTSIDE - 1 - ((numbers << kernel.KIND_BITS) + kind)
    gathered.crowds.append(_chosen(level, crowd))
    is_border = labels < kernel.OUTSIDE
    labels[is_border] = named[kernel.OUTSIDE - 1 - labels[is_border]]
    gathered.labels.append(labels)
    return again


def _chosen(level: _Level, cells: npt.NDArray[np.bool_]) -> _Level:
    """Give the cells whose flag is set."""
    entries = level.entries
    in_cell = np.diff(entries.cell_first)
    kept = np.repeat(cells, in_cell)
    in_entry = np.diff(entries.first)
    chosen = Entries(
        _starts(in_cell[cells]), entries.zone[kept], entries.inside[kept], _starts(in_entry[kept]),
        entries.ids[np.repeat(kept, in_entry)],
    )  # fmt: skip
    return _Level(level.boxes[cells], chosen)


def _finer_sides(edge_counts: Longs, smallest: Doubles) -> Longs:
    """Choose the sides of crowded cells' own grids: about two edges per row, cells no smaller than a millimetre."""
    sides = np.full(len(edge_counts), 2, np.int64)
    while True:
        grow = (sides < FINEST_GRID) & (2 * sides < edge_counts) & (smallest / (sides * 2) > SMALLEST_CELL)
        if not grow.any():
            return sides
        sides[grow] *= 2


def _starts(lengths: Integers) -> Integers:
    return np.concatenate([np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)]).astype(np.int32)


def _join(gathered: _Gathered, edges: Doubles) -> Subdivision:
    crowds = [crowd.entries for crowd in gathered.crowds]
    return Subdivision(
        labels=np.concatenate(gathered.labels),
        grids=np.concatenate(gathered.grids),
        lines=gathered.records.lines,
        bends=gathered.records.bends,
        rights=np.concatenate([crowd.boxes[:, 2] for crowd in gathered.crowds]),
        cell_first=_starts(np.concatenate([np.diff(crowd.cell_first) for crowd in crowds])),
        entry_zone=np.concatenate([crowd.zone for crowd in crowds]),
        entry_inside=np.concatenate([crowd.inside for crowd in crowds]),
        entry_first=_starts(np.concatenate([np.diff(crowd.first) for crowd in crowds])),
        edges=edges[np.concatenate([crowd.ids for crowd in crowds])],
    )
