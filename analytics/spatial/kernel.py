"""Compiled core of the point-in-zone search: exact predicates, subdivision into cells, lookup.

Every edge is stored with its lower end first (the left end first when level), so two zones that share a
border hold the same edge. A cell keeps, per zone whose border comes near, those edges and one bit; the bit
and the edges give the zone's parity at any point of the cell, counted along a path from the point right to
the line `x = right` of the cell and down that line. The path is displaced by an infinitesimal up and a larger
infinitesimal right, so no vertex lies on it and each tie of an exact predicate has one answer: no tolerance
enters a verdict.

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
BLOCK = 1024  # points whose cells are read together, so that the waits for memory overlap
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
    """The (zone, cell) pairs that hold edges, as `subdivide` meets them.

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


class Subdivision(NamedTuple):
    """Flat arrays of a subdivided set of zones.

    A label is a zone number, -1 (no zone), or `-2 - code`, where an even code is twice the number of a border
    cell and an odd one twice the number of a finer grid plus one.

    Attributes:
        labels: int32, cells of all grids, row by row from the south-west.
        grids: float64 (g, 6): west, south, east, north, columns per degree, rows per degree.
        grid_sides: int64 (g, 2): cells per side, position of the first label.
        rights: float64 (c): the line x = right of each border cell.
        cell_first: int32 (c + 1): first entry of each border cell.
        entry_zone: int32 (e): ascending zone numbers within a cell.
        entry_inside: uint8 (e): parity bit of the zone in the cell.
        entry_first: int32 (e + 1): first edge of each entry.
        edges: float64 (k, 4): x, y of the lower end, x, y of the upper end.
    """

    labels: Integers
    grids: Doubles
    grid_sides: Longs
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
def _finer(index: Subdivision, label: int, x: float, y: float) -> int:
    """Follow finer grids down to a zone, to `OUTSIDE` or to a border cell."""
    grids = index.grids
    while label < OUTSIDE and (label & 1):
        g = (-2 - label) >> 1
        size = index.grid_sides[g, 0]
        column = max(0, min(int((x - grids[g, 0]) * grids[g, 4]), size - 1))
        row = max(0, min(int((y - grids[g, 1]) * grids[g, 5]), size - 1))
        label = index.labels[index.grid_sides[g, 1] + row * size + column]
    return label


@compiled
def locate(index: Subdivision, x: Doubles, y: Doubles, found: Integers) -> None:
    """Write the smallest zone that covers each point, or `OUTSIDE`, to `found`."""
    grids, edges = index.grids, index.edges
    west, south, east, north = grids[0, 0], grids[0, 1], grids[0, 2], grids[0, 3]
    scale_x, scale_y = grids[0, 4], grids[0, 5]
    size = index.grid_sides[0, 0]
    waiting = np.empty(BLOCK, np.int64)
    entry = np.empty(BLOCK, np.int32)
    near = np.empty(BLOCK, np.float64)
    for start in range(0, x.shape[0], BLOCK):
        count = 0
        for p in range(start, min(start + BLOCK, x.shape[0])):
            px, py = x[p], y[p]
            label = OUTSIDE
            if west <= px <= east and south <= py <= north:
                column = min(int((px - west) * scale_x), size - 1)
                row = min(int((py - south) * scale_y), size - 1)
                label = index.labels[row * size + column]
            found[p] = label
            waiting[count] = p
            count += label < OUTSIDE
        for k in range(count):
            p = waiting[k]
            label = _finer(index, found[p], x[p], y[p])
            found[p] = label
            entry[k] = index.cell_first[(-2 - label) >> 1] if label < OUTSIDE else -1
        for k in range(count):
            if entry[k] >= 0:
                near[k] = edges[index.entry_first[entry[k]], 0]
        for k in range(count):
            if entry[k] >= 0:
                p = waiting[k]
                found[p] = _first_covering(index, (-2 - found[p]) >> 1, x[p], y[p])


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
def right_of(column: int, box: Doubles) -> float:
    """Give the line x = right that the parity bits of a column's cells refer to."""
    right: float = min(box[0] + (column + 1 + PAD) * (1.0 / box[4]), box[2])
    return right


@compiled
def count_touches(box: Doubles, size: int, ids: Integers, edges: Doubles) -> int:
    """Count the (edge, cell) pairs a subdivision will meet, to size its arrays."""
    total = 0
    for k in range(ids.shape[0]):
        edge = edges[ids[k]]
        low, high = _rows_of(edge, box[1], box[5])
        for row in range(max(low, 0), min(high, size - 1) + 1):
            first, last = _columns_of(edge, row, box)
            total += max(0, min(last, size - 1) - max(first, 0) + 1)
    return total


@compiled
def subdivide(
    box: Doubles, size: int, is_root: bool, entries: Entries, edges: Doubles, cover: Integers, pairs: Pairs
) -> int:
    """Cut a box with its zones' edges into size x size cells; returns the number of (zone, cell) pairs made.

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
    for m in range(entries.zone.shape[0]):
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
                right = right_of(column, box)
                if end > used or not is_run:
                    inside = row_inside
                    for k in range(near.shape[0]):
                        if _passes_right(edges[near[k]], right, bottom, east):
                            inside = not inside
                is_run = end == used
                cell = row * size + column
                if is_run:
                    if inside and cover[cell] == OUTSIDE:
                        cover[cell] = zone
                    continue
                bit = inside
                for k in range(used, end):
                    edge = edges[pairs.ids[k]]
                    if (edge[0] > right) != (edge[2] > right) and _passes_below(edge, right, bottom):
                        bit = not bit
                pairs.cell[made], pairs.zone[made] = cell, zone
                pairs.inside[made], pairs.corner[made] = bit, inside
                made += 1
                pairs.first[made] = end
                used = end
    return made


@compiled
def settle(
    order: Longs, cover: Integers, pairs: Pairs, labels: Integers, cell_of: Integers, gathered: Entries
) -> tuple[int, int, int]:
    """Gather the pairs of each cell into entries, dropping what cannot change a verdict.

    `order` sorts the pairs by cell. A cell ends with the smallest zone that covers it whole. Where each edge occurs an
    even number of times and the parities add up to one, every point of the cell is covered, so the last zone needs no
    test. Returns the numbers of border cells, entries and edges; `labels` receives a zone, `OUTSIDE` or
    -2 - (number of the border cell).
    """
    cells, entries, used, i = 0, 0, 0, 0
    labels[:] = cover
    gathered.cell_first[0] = 0
    gathered.first[0] = 0
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
                gathered.ids[used] = pairs.ids[e]
                used += 1
            gathered.zone[entries], gathered.inside[entries] = pairs.zone[pair], pairs.inside[pair]
            parity ^= pairs.corner[pair]
            entries += 1
            gathered.first[entries] = used
        i = j
        if entries == begin:
            continue
        if cover[cell] != OUTSIDE:
            gathered.zone[entries], gathered.inside[entries] = cover[cell], 1
            entries += 1
            gathered.first[entries] = used
        elif parity == 1:
            sorted_ids = np.sort(gathered.ids[begin_used:used])
            is_even = sorted_ids.shape[0] % 2 == 0
            for k in range(0, sorted_ids.shape[0] - 1, 2):
                if sorted_ids[k] != sorted_ids[k + 1]:
                    is_even = False
                    break
            # a run of four or more equal edges passes pairwise as well: still even
            if is_even:
                used = gathered.first[entries - 1]
                gathered.first[entries] = used
                gathered.inside[entries - 1] = 1
        labels[cell] = -2 - cells
        cell_of[cells] = cell
        cells += 1
        gathered.cell_first[cells] = entries
    return cells, entries, used
