"""Compiled core of the point-in-zone search: exact predicates, subdivision into cells, lookup.

Every edge is stored with its lower end first (the left end first when level), so two zones that share a
border hold the same edge. A cell keeps, per zone whose border comes near, those edges and one bit; the bit
and the edges give the zone's parity at any point of the cell, counted along a path from the point right to
the line `x = right` of the cell and down that line. The path is displaced by an infinitesimal up and a larger
infinitesimal right, so no vertex lies on it and each tie of an exact predicate has one answer: no tolerance
enters a verdict. Where a zone's border in a cell is one edge from beyond to beyond, or two that meet in a corner, a
record of the line or of the wedge says the same with less reading; both ends must lie clearly outside the cell, so the
border inside is that of the half plane or wedge.

All functions of this module are in one file because numba caches machine code per file.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.spatial.compiled import compiled

Doubles = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Integers = npt.NDArray[np.int32]
Bits = npt.NDArray[np.uint8]

OUTSIDE = -1
KIND_BITS, KINDS = 2, 3
LINE, BEND, CROWD, GRID = 0, 1, 2, 3  # of a border cell
BLOCK = 1024  # points whose cells are read together, so that the waits for memory overlap
LONGEST_CHAIN = 4  # records that one point may meet in a cell
PROBES = 5  # per side of a cell: lines through all of them there are none
FAR = 8e-3  # of a cell's side: well above the pads within which an edge is listed as near
PAD = 1e-3  # of a cell's side: far above the rounding of a coordinate, far below a cell
_SPLITTER = 134217729.0  # 2**27 + 1, Dekker 1971
_FILTER = 3.3306690738754716e-16  # (3 + 16 u) u with u = 2**-53, Shewchuk 1997, section 4.3
_UNDERFLOW = 1e-290
_UP = 2.0**500  # keeps the low halves of products of tiny coordinates from vanishing; exact


class Entries(NamedTuple):
    """The zones and edges of a run of border cells.

    Attributes:
        cell_first: int32 (cells + 1): first entry of each cell.
        zone: int32: zone numbers, ascending within a cell.
        inside: uint8: parity bit of the zone in the cell.
        first: int32 (entries + 1): first edge of each entry.
        ids: int32: edge numbers.
    """

    cell_first: Integers
    zone: Integers
    inside: Bits
    first: Integers
    ids: Integers


class Pairs(NamedTuple):
    """The (zone, cell) pairs that hold edges, as `_subdivide` meets them.

    Attributes:
        cell: int32: number of the cell.
        zone: int32: number of the zone.
        inside: uint8: parity bit of the zone in the cell.
        corner: uint8: whether the zone covers the cell's displaced south-east corner.
        first: int32 (pairs + 1): first edge of each pair.
        ids: int32: edge numbers.
    """

    cell: Integers
    zone: Integers
    inside: Bits
    corner: Bits
    first: Integers
    ids: Integers


class Records(NamedTuple):
    """Line and bend records under way; see `Subdivision`. Equal ones are kept once.

    Attributes:
        lines: float64 (., 8), room for all.
        bends: float64 (., 8), room for all.
        line_of: int32 (edges): number of the line record last made of each edge, -1 none.
        bend_of: int32 (2 * edges): number of the bend record last made at each end of each edge, -1 none.
    """

    lines: Doubles
    bends: Doubles
    line_of: Integers
    bend_of: Integers


class Subdivision(NamedTuple):
    """Flat arrays of a subdivided set of zones.

    A label is a zone number, -1 (no zone), or `-2 - (4 * number + kind)`: the number of a record among those of its
    kind. In most border cells each zone's border is one edge (`LINE`) or bends once (`BEND`): a record then tells that
    zone from the rest, which is a label again, and all of it lies in one line of the processor's cache. Other cells
    have a grid of their own (`GRID`) or, when that is no use, list edges per zone (`CROWD`).

    Attributes:
        labels: int32, cells of all grids, row by row from the south-west.
        grids: float64 (g, 8): west, south, columns per degree, rows per degree, cells per side, position of the first
            label; two unused, so that each lies in one line of the cache. The outermost cells of the first are empty.
        lines: float64 (l, 8): the edge's two ends; label to its left, to its right, on it; unused.
        bends: float64 (b, 8): corners a, v, b of the wedge left of a -> v and of v -> b; label within; twice the
            label without, plus one when the wedge's border has the label within.
        rights: float64 (c): the line x = right of each crowd.
        cell_first: int32 (c + 1): first entry of each crowd.
        entry_zone: int32 (e): ascending zone numbers within a cell.
        entry_inside: uint8 (e): parity bit of the zone in the cell.
        entry_first: int32 (e + 1): first edge of each entry.
        edges: float64 (k, 4): x, y of the lower end, x, y of the upper end.
    """

    labels: Integers
    grids: Doubles
    lines: Doubles
    bends: Doubles
    rights: Doubles
    cell_first: Integers
    entry_zone: Integers
    entry_inside: Bits
    entry_first: Integers
    edges: Doubles


@compiled
def _grow(expansion: Doubles, count: int, term: float) -> int:
    """Add a double to an exact sum kept as non-overlapping doubles, smallest first (Shewchuk 1997, figure 6)."""
    for k in range(count):
        part = expansion[k]
        total = term + part
        virtual = total - term
        expansion[k] = (term - (total - virtual)) + (part - virtual)
        term = total
    expansion[count] = term
    return count + 1


@compiled
def _grow_product(expansion: Doubles, count: int, a: float, b: float) -> int:
    """Add the exact product of two doubles to an exact sum."""
    product = a * b
    c = _SPLITTER * a
    a_high = c - (c - a)
    a_low = a - a_high
    c = _SPLITTER * b
    b_high = c - (c - b)
    b_low = b - b_high
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return _grow(expansion, _grow(expansion, count, error), product)


@compiled
def _exact_side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    ax, ay, bx, by, px, py = ax * _UP, ay * _UP, bx * _UP, by * _UP, px * _UP, py * _UP
    expansion = np.zeros(12)
    count = _grow_product(expansion, 0, bx, py)
    count = _grow_product(expansion, count, -bx, ay)
    count = _grow_product(expansion, count, -ax, py)
    count = _grow_product(expansion, count, -by, px)
    count = _grow_product(expansion, count, by, ax)
    count = _grow_product(expansion, count, ay, px)
    for k in range(count - 1, -1, -1):
        if expansion[k] != 0.0:
            return float(expansion[k])
    return 0.0


@compiled
def side(ax: float, ay: float, bx: float, by: float, px: float, py: float) -> float:
    """Tell exactly on which side of the directed line a -> b a point lies: positive left, negative right, zero on it.

    Exact for coordinates up to 512 that are zero or at least 1e-290 in magnitude. Source: Shewchuk, "Adaptive Precision
    Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997.
    """
    left = (ax - px) * (by - py)
    right = (ay - py) * (bx - px)
    difference = left - right
    if abs(difference) > _FILTER * (abs(left) + abs(right)) + _UNDERFLOW:
        return difference
    return _exact_side(ax, ay, bx, by, px, py)


@compiled
def _passes_below(edge: Doubles, x: float, y: float) -> bool:
    """Tell whether an edge that crosses the displaced line at x does so below the displaced height y."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    if by <= y:
        return True
    if ay > y:
        return False
    turn = side(ax, ay, bx, by, x, y)
    return turn > 0.0 if bx > ax else turn <= 0.0


@compiled
def _passes_right(edge: Doubles, x: float, y: float, limit: float) -> bool:
    """Tell whether an edge crosses the displaced height y between the displaced x and the displaced limit."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    if ay > y or by <= y:
        return False
    low, high = min(ax, bx), max(ax, bx)
    if high <= x or low > limit:
        return False
    if low <= x and side(ax, ay, bx, by, x, y) <= 0.0:
        return False
    return high <= limit or side(ax, ay, bx, by, limit, y) <= 0.0


@compiled
def _covers(x: float, y: float, right: float, inside: bool, edges: Doubles, first: int, last: int) -> bool:
    """Tell whether a closed zone covers a point, from the zone's edges and parity bit in the point's cell."""
    for e in range(first, last):
        ax, ay, bx, by = edges[e, 0], edges[e, 1], edges[e, 2], edges[e, 3]
        if ay <= y:
            if y < by:
                low, high = min(ax, bx), max(ax, bx)
                if x <= high:
                    turn = 1.0 if x < low else side(ax, ay, bx, by, x, y)
                    if turn == 0.0:
                        return True
                    if turn > 0.0 and (high <= right or (low <= right and side(ax, ay, bx, by, right, y) <= 0.0)):
                        inside = not inside
            elif y == by and (x == bx or (ay == by and ax <= x <= bx)):
                return True
            if (ax > right) != (bx > right) and _passes_below(edges[e], right, y):
                inside = not inside
    return inside


@compiled
def _in_grid(index: Subdivision, number: int, x: float, y: float) -> int:
    """Give the label of a point's cell in a finer grid."""
    grid = index.grids[number]
    last = grid[4] - 1.0
    column = min(max((x - grid[0]) * grid[2], 0.0), last)
    row = min(max((y - grid[1]) * grid[3], 0.0), last)
    return int(index.labels[int(grid[5]) + int(row) * int(grid[4]) + int(column)])


@compiled
def _beside_line(index: Subdivision, number: int, x: float, y: float) -> int:
    """Give the label of the point's side of a line through a cell."""
    r = index.lines[number]
    turn = side(r[0], r[1], r[2], r[3], x, y)
    if turn == 0.0:
        return int(r[6])
    return int(r[4] if turn > 0.0 else r[5])


@compiled
def _beside_bend(index: Subdivision, number: int, x: float, y: float) -> int:
    """Give the label of a point within or without the wedge of a border that bends once in a cell."""
    r = index.bends[number]
    turn = min(side(r[0], r[1], r[2], r[3], x, y), side(r[2], r[3], r[4], r[5], x, y))
    code = int(r[7])
    within = (turn > 0.0) | ((turn == 0.0) & ((code & 1) == 1))
    return int(r[6]) if within else code >> 1


@compiled
def locate(index: Subdivision, x: Doubles, y: Doubles, found: Integers) -> None:
    """Write the smallest zone that covers each point, or `OUTSIDE`, to `found`."""
    grid, labels = index.grids[0], index.labels
    west, south, scale_x, scale_y, last = grid[0], grid[1], grid[2], grid[3], grid[4] - 1.0
    size = int(grid[4])
    border = np.empty(BLOCK, np.int64)
    by_kind = np.empty((KINDS + 1, BLOCK), np.int64)
    counts = np.empty(KINDS + 1, np.int64)
    for start in range(0, x.shape[0], BLOCK):
        end = min(start + BLOCK, x.shape[0])
        for p in range(start, end):  # NaN, infinities and far points fall into the empty cells along the grid's rim
            column, row = (x[p] - west) * scale_x, (y[p] - south) * scale_y
            column = column if column > 0.0 else 0.0
            row = row if row > 0.0 else 0.0
            column = column if column < last else last
            row = row if row < last else last
            found[p] = labels[np.int64(row) * size + np.int64(column)]
        count = 0
        for p in range(start, end):
            border[count] = p
            count += found[p] < OUTSIDE
        while count > 0:
            counts[:] = 0
            for k in range(count):
                p = border[k]
                kind = (OUTSIDE - 1 - found[p]) & KINDS
                by_kind[kind, counts[kind]] = p
                counts[kind] += 1
            count = 0
            for k in range(counts[GRID]):
                p = by_kind[GRID, k]
                found[p] = _in_grid(index, (OUTSIDE - 1 - found[p]) >> KIND_BITS, x[p], y[p])
                border[count] = p
                count += found[p] < OUTSIDE
            for k in range(counts[LINE]):
                p = by_kind[LINE, k]
                found[p] = _beside_line(index, (OUTSIDE - 1 - found[p]) >> KIND_BITS, x[p], y[p])
                border[count] = p
                count += found[p] < OUTSIDE
            for k in range(counts[BEND]):
                p = by_kind[BEND, k]
                found[p] = _beside_bend(index, (OUTSIDE - 1 - found[p]) >> KIND_BITS, x[p], y[p])
                border[count] = p
                count += found[p] < OUTSIDE
            for k in range(counts[CROWD]):
                p = by_kind[CROWD, k]
                found[p] = _first_covering(index, (OUTSIDE - 1 - found[p]) >> KIND_BITS, x[p], y[p])


@compiled
def _first_covering(index: Subdivision, cell: int, x: float, y: float) -> int:
    for e in range(index.cell_first[cell], index.cell_first[cell + 1]):
        first, last = index.entry_first[e], index.entry_first[e + 1]
        if _covers(x, y, index.rights[cell], index.entry_inside[e] == 1, index.edges, first, last):
            return int(index.entry_zone[e])
    return OUTSIDE


@compiled
def _rows_of(edge: Doubles, south: float, scale: float) -> tuple[int, int]:
    low = int(np.floor((edge[1] - south) * scale - 2 * PAD))
    high = int(np.floor((edge[3] - south) * scale + 2 * PAD))
    return low, high


@compiled
def _columns_of(edge: Doubles, row: int, box: Doubles) -> tuple[int, int]:
    """Give the columns an edge comes near within one row, never too few."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    height = 1.0 / box[5]
    from_x, to_x = ax, bx
    if by > ay:
        low = max(box[1] + (row - 2 * PAD) * height, ay)
        high = min(box[1] + (row + 1 + 2 * PAD) * height, by)
        from_x = ax + (low - ay) / (by - ay) * (bx - ax)
        to_x = ax + (high - ay) / (by - ay) * (bx - ax)
    first = int(np.floor((min(from_x, to_x) - box[0]) * box[4] - 2 * PAD))
    last = int(np.floor((max(from_x, to_x) - box[0]) * box[4] + 2 * PAD))
    return first, last


@compiled
def _right_of(column: int, box: Doubles) -> float:
    """Give the line x = right that the parity bits of a column's cells refer to."""
    right: float = min(box[0] + (column + 1 + PAD) * (1.0 / box[4]), box[2])
    return right


@compiled
def _count_touches(box: Doubles, size: int, entries: Entries, cell: int, edges: Doubles) -> int:
    """Count the (edge, cell) pairs that cutting one cell will meet, to size its arrays."""
    total = 0
    begin, end = entries.first[entries.cell_first[cell]], entries.first[entries.cell_first[cell + 1]]
    for k in range(begin, end):
        edge = edges[entries.ids[k]]
        low, high = _rows_of(edge, box[1], box[5])
        for row in range(max(low, 0), min(high, size - 1) + 1):
            first, last = _columns_of(edge, row, box)
            total += max(0, min(last, size - 1) - max(first, 0) + 1)
    return total


@compiled
def count_touches(boxes: Doubles, sides: Longs, entries: Entries, edges: Doubles) -> Longs:
    """Count, per cell, the (edge, finer cell) pairs that cutting it will meet, to size the arrays of `divide`."""
    touches = np.empty(boxes.shape[0], np.int64)
    for cell in range(boxes.shape[0]):
        touches[cell] = _count_touches(boxes[cell], sides[cell], entries, cell, edges)
    return touches


@compiled
def _subdivide(
    box: Doubles, size: int, is_root: bool, entries: Entries, cell: int, edges: Doubles, cover: Integers, pairs: Pairs
) -> int:
    """Cut one cell with its zones' edges into size x size cells; returns the number of (zone, cell) pairs made.

    `box` is west, south, east, north, columns per degree, rows per degree; east is the line the parity bits
    of the entries refer to. `cover` receives per cell the smallest zone that covers it without an edge near.
    Entries come in ascending zone; pairs leave in ascending zone. O(edges + touched cells) at the root.
    """
    west, south, east = box[0], box[1], box[2]
    height = 1.0 / box[5]
    ids = entries.ids
    made, used = 0, 0
    pairs.first[0] = 0
    counts = np.zeros(size + 1, np.int32)
    for m in range(entries.cell_first[cell], entries.cell_first[cell + 1]):
        first, last = entries.first[m], entries.first[m + 1]
        zone = entries.zone[m]
        row_low, row_high = size, -1
        column_low, column_high = size, -1
        for k in range(first, last):
            edge = edges[ids[k]]
            low, high = _rows_of(edge, south, box[5])
            row_low, row_high = min(row_low, low), max(row_high, high)
            column_low = min(column_low, int(np.floor((min(edge[0], edge[2]) - west) * box[4] - 2 * PAD)))
            column_high = max(column_high, int(np.floor((max(edge[0], edge[2]) - west) * box[4] + 2 * PAD)))
        if not is_root:
            row_low, row_high, column_low, column_high = 0, size - 1, 0, size - 1
        row_low, row_high = max(row_low, 0), min(row_high, size - 1)
        column_low, column_high = max(column_low, 0), min(column_high, size - 1)
        # edges of each row, and the few edges that cross the line the parity bit refers to
        row_first = np.zeros(max(row_high - row_low + 2, 1), np.int32)
        crossing = np.empty(last - first, np.int32)
        crossings = 0
        for k in range(first, last):
            edge = edges[ids[k]]
            low, high = _rows_of(edge, south, box[5])
            for row in range(max(low, row_low), min(high, row_high) + 1):
                row_first[row - row_low + 1] += 1
            if (edge[0] > east) != (edge[2] > east):
                crossing[crossings] = ids[k]
                crossings += 1
        for row in range(1, row_first.shape[0]):
            row_first[row] += row_first[row - 1]
        row_ids = np.empty(row_first[-1], np.int32)
        place = row_first.copy()
        for k in range(first, last):
            low, high = _rows_of(edges[ids[k]], south, box[5])
            for row in range(max(low, row_low), min(high, row_high) + 1):
                row_ids[place[row - row_low]] = ids[k]
                place[row - row_low] += 1
        for row in range(row_low, row_high + 1):
            near = row_ids[row_first[row - row_low] : row_first[row - row_low + 1]]
            bottom = max(south + (row - PAD) * height, south)
            row_inside = entries.inside[m] == 1
            for k in range(crossings):
                if _passes_below(edges[crossing[k]], east, bottom):
                    row_inside = not row_inside
            for column in range(column_low, column_high + 2):
                counts[column] = 0
            for k in range(near.shape[0]):
                from_column, to_column = _columns_of(edges[near[k]], row, box)
                for column in range(max(from_column, column_low), min(to_column, column_high) + 1):
                    counts[column] += 1
            start = used
            for column in range(column_low, column_high + 1):
                amount = counts[column]
                counts[column] = start
                start += amount
            counts[column_high + 1] = start
            for k in range(near.shape[0]):
                from_column, to_column = _columns_of(edges[near[k]], row, box)
                for column in range(max(from_column, column_low), min(to_column, column_high) + 1):
                    pairs.ids[counts[column]] = near[k]
                    counts[column] += 1
            is_run, inside = False, False
            for column in range(column_low, column_high + 1):
                end = counts[column]
                right = _right_of(column, box)
                if end > used or not is_run:
                    inside = row_inside
                    for k in range(near.shape[0]):
                        if _passes_right(edges[near[k]], right, bottom, east):
                            inside = not inside
                is_run = end == used
                place_of_cell = row * size + column
                if is_run:
                    if inside and cover[place_of_cell] == OUTSIDE:
                        cover[place_of_cell] = zone
                    continue
                bit = inside
                for k in range(used, end):
                    edge = edges[pairs.ids[k]]
                    if (edge[0] > right) != (edge[2] > right) and _passes_below(edge, right, bottom):
                        bit = not bit
                pairs.cell[made], pairs.zone[made] = place_of_cell, zone
                pairs.inside[made], pairs.corner[made] = bit, inside
                made += 1
                pairs.first[made] = end
                used = end
    return made


@compiled
def _is_paired(ids: Integers) -> bool:
    """Tell whether each number occurs an even number of times."""
    ordered = np.sort(ids)
    unpaired = ordered.shape[0] % 2
    for k in range(0, ordered.shape[0] - 1, 2):
        unpaired += ordered[k] != ordered[k + 1]
    return bool(unpaired == 0)


@compiled
def _settle(
    order: Longs, cover: Integers, pairs: Pairs, labels: Integers, cell_of: Integers, made: Entries, so_far: Longs
) -> None:
    """Gather the pairs of each cell into entries, dropping what cannot change a verdict.

    `order` sorts the pairs by cell. A cell ends with the smallest zone that covers it whole. Where each edge occurs an
    even number of times and the parities add up to one, every point of the cell is covered, so the last zone needs no
    test and what covers the whole cell is never asked. `labels` receives a zone, `OUTSIDE` or -2 - (number of the
    border cell); `so_far` counts the border cells, entries and edges in `made`.
    """
    cells, entries, used = so_far[0], so_far[1], so_far[2]
    labels[:] = cover
    i = 0
    while i < order.shape[0]:
        cell = pairs.cell[order[i]]
        j = i
        while j < order.shape[0] and pairs.cell[order[j]] == cell:
            j += 1
        begin = entries
        begin_used = used
        parity = 0
        for k in range(i, j):
            pair = order[k]
            if cover[cell] != OUTSIDE and pairs.zone[pair] > cover[cell]:
                break
            for e in range(pairs.first[pair], pairs.first[pair + 1]):
                made.ids[used] = pairs.ids[e]
                used += 1
            made.zone[entries], made.inside[entries] = pairs.zone[pair], pairs.inside[pair]
            parity ^= pairs.corner[pair]
            entries += 1
            made.first[entries] = used
        i = j
        if entries == begin:
            continue
        if parity == 1 and _is_paired(made.ids[begin_used:used]):
            used = made.first[entries - 1]
            made.first[entries] = used
            made.inside[entries - 1] = 1
        elif cover[cell] != OUTSIDE:
            made.zone[entries], made.inside[entries] = cover[cell], 1
            entries += 1
            made.first[entries] = used
        labels[cell] = OUTSIDE - 1 - cells
        cell_of[cells] = cell
        cells += 1
        made.cell_first[cells] = entries
    so_far[0], so_far[1], so_far[2] = cells, entries, used


@compiled
def divide(
    boxes: Doubles, sides: Longs, touches: Longs, is_root: bool, entries: Entries, edges: Doubles,
    labels: Integers, made: Entries, made_boxes: Doubles,
) -> Longs:  # fmt: skip
    """Cut each cell of a level into a grid of its own; returns the numbers of border cells, entries and edges made.

    `boxes` (cells, 6): west, south, east, north, columns and rows per degree, where east is the line the parity bits of
    the entries refer to. `labels` receives grid after grid; `made` and `made_boxes` (., 4) the border cells in it.
    """
    so_far = np.zeros(3, np.int64)
    made.cell_first[0] = 0
    made.first[0] = 0
    begin = 0
    cell_of = np.empty(made_boxes.shape[0], np.int32)
    for cell in range(boxes.shape[0]):
        box, side_of, most = boxes[cell], sides[cell], touches[cell]
        pairs = Pairs(
            np.empty(most, np.int32), np.empty(most, np.int32), np.empty(most, np.uint8),
            np.empty(most, np.uint8), np.empty(most + 1, np.int32), np.empty(most, np.int32),
        )  # fmt: skip
        cover = np.full(side_of * side_of, OUTSIDE, np.int32)
        count = _subdivide(box, side_of, is_root, entries, cell, edges, cover, pairs)
        order = np.argsort(pairs.cell[:count], kind="mergesort")
        end = begin + side_of * side_of
        before = so_far[0]
        _settle(order, cover, pairs, labels[begin:end], cell_of, made, so_far)
        begin = end
        width, height = 1.0 / box[4], 1.0 / box[5]
        for k in range(before, so_far[0]):
            row, column = cell_of[k] // side_of, cell_of[k] % side_of
            made_boxes[k, 0] = max(box[0], box[0] + (column - PAD) * width)
            made_boxes[k, 1] = max(box[1], box[1] + (row - PAD) * height)
            made_boxes[k, 2] = _right_of(column, box)
            made_boxes[k, 3] = min(box[3], box[1] + (row + 1 + PAD) * height)
    return so_far


@compiled
def _is_beyond(x: float, y: float, box: Doubles) -> bool:
    """Tell whether a point lies clearly outside a cell's box: farther than any edge listed as near passes by."""
    width, height = box[2] - box[0], box[3] - box[1]
    beside = x < box[0] - FAR * width or x > box[2] + FAR * width
    return bool(beside or y < box[1] - FAR * height or y > box[3] + FAR * height)


@compiled
def _line_record(edges: Doubles, inside: bool, zone: int, rest: int, box: Doubles, record: Doubles) -> bool:
    """Write what tells a zone from the rest in a cell that one edge crosses from beyond to beyond, if it is one."""
    ax, ay, bx, by = edges[0, 0], edges[0, 1], edges[0, 2], edges[0, 3]
    if not (_is_beyond(ax, ay, box) and _is_beyond(bx, by, box)):
        return False
    for k in range(PROBES * PROBES):
        x, y = _probe(k, box)
        turn = side(ax, ay, bx, by, x, y)
        if turn != 0.0:
            is_left = _covers(x, y, box[2], inside, edges, 0, 1) == (turn > 0.0)
            record[:4] = edges[0]
            record[4] = zone if is_left else rest
            record[5] = rest if is_left else zone
            record[6], record[7] = zone, 0.0
            return True
    return False


@compiled
def _probe(k: int, box: Doubles) -> tuple[float, float]:
    """Give one of the points inside a cell's box at which its parity is read."""
    column, row = k % PROBES, k // PROBES
    x = box[0] + (column + 0.5) / PROBES * (box[2] - box[0])
    y = box[1] + (row + 0.5) / PROBES * (box[3] - box[1])
    return x, y


@compiled
def _bend_record(edges: Doubles, inside: bool, zone: int, rest: int, box: Doubles, record: Doubles) -> bool:
    """Write what tells a zone from the rest in a cell with two edges from one corner to beyond, if it is one."""
    for i in range(2):
        for j in range(2):
            vx, vy = edges[0, 2 * i], edges[0, 2 * i + 1]
            if vx != edges[1, 2 * j] or vy != edges[1, 2 * j + 1]:
                continue
            ax, ay = edges[0, 2 - 2 * i], edges[0, 3 - 2 * i]
            bx, by = edges[1, 2 - 2 * j], edges[1, 3 - 2 * j]
            turn = side(ax, ay, vx, vy, bx, by)
            if turn == 0.0 or not (_is_beyond(ax, ay, box) and _is_beyond(bx, by, box)):
                return False
            if turn < 0.0:
                ax, ay, bx, by = bx, by, ax, ay
            for k in range(PROBES * PROBES):
                x, y = _probe(k, box)
                turn = min(side(ax, ay, vx, vy, x, y), side(vx, vy, bx, by, x, y))
                if turn != 0.0:
                    is_within = _covers(x, y, box[2], inside, edges, 0, 2) == (turn > 0.0)
                    record[0], record[1], record[2], record[3], record[4], record[5] = ax, ay, vx, vy, bx, by
                    record[6] = zone if is_within else rest
                    record[7] = 2 * rest + 1 if is_within else 2 * zone
                    return True
            return False
    return False


@compiled
def _kept(records: Doubles, count: int, slots: Integers, slot: int) -> int:
    """Give the number of the record just written at `count`, or of an equal one that its slot knows."""
    known = slots[slot]
    if 0 <= known < count:
        is_equal = True
        for k in range(records.shape[1]):
            is_equal = is_equal and records[known, k] == records[count, k]
        if is_equal:
            return int(known)
    slots[slot] = count
    return count


@compiled
def simplify(
    entries: Entries, edges: Doubles, boxes: Doubles, records: Records, line: int, bend: int, labels: Integers
) -> tuple[int, int]:
    """Chain line and bend records for the border cells that need nothing else, and give those cells their labels.

    `boxes` (cells, 4) holds west, south, east, north of each cell, where east is the line its parity bits refer to;
    `line` and `bend` count the records made before. Other cells get the label `OUTSIDE`. Returns the new counts.
    """
    near = np.empty((2, 4))
    lines, bends = records.lines, records.bends
    for cell in range(boxes.shape[0]):
        begin_line, begin_bend = line, bend
        rest = OUTSIDE
        is_simple = entries.cell_first[cell + 1] - entries.cell_first[cell] <= LONGEST_CHAIN
        for e in range(entries.cell_first[cell + 1] - 1, entries.cell_first[cell] - 1, -1):
            zone, inside = entries.zone[e], entries.inside[e] == 1
            first = entries.first[e]
            count = entries.first[e + 1] - first
            if count == 0:
                rest = zone if inside else rest
                continue
            is_simple = is_simple and count <= 2
            if is_simple:
                for k in range(count):
                    near[k] = edges[entries.ids[first + k]]
                if count == 1:
                    is_simple = _line_record(near, inside, zone, rest, boxes[cell], lines[line])
                    number = _kept(lines, line, records.line_of, entries.ids[first])
                    rest = OUTSIDE - 1 - ((number << KIND_BITS) + LINE)
                    line += number == line
                else:
                    is_simple = _bend_record(near, inside, zone, rest, boxes[cell], bends[bend])
                    end = int(near[0, 0] == bends[bend, 2] and near[0, 1] == bends[bend, 3])
                    number = _kept(bends, bend, records.bend_of, 2 * entries.ids[first] + end)
                    rest = OUTSIDE - 1 - ((number << KIND_BITS) + BEND)
                    bend += number == bend
            if not is_simple:
                line, bend, rest = begin_line, begin_bend, OUTSIDE
                break
        labels[cell] = rest
    return line, bend
