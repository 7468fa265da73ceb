"""Compiled core of the nearest search: places on the ellipsoid in space, straight distances, a packed tree, cells.

A place is a point of the WGS 84 ellipsoid in space, metres from the earth's centre, turned so that the middle of the
features lies on the third axis: a city is a flat sheet in the first two. A feature is one or more straight *pieces*
(a point is a piece of length zero). The distance searched by is the straight one through space, in whole *ticks* of
2**-20 m, so that neighbours in one distance are told apart by their number and not by rounding; it grows with the
distance on the ground, so that the order is the same. Space has neither poles nor an antimeridian.

Two structures hold the pieces. The *tree* (boxes of eight neighbours, boxes of eight boxes ...) answers every
question. The *cells* of a grid over the sheet each list the pieces nearest their middle: when those prove, by the
triangle inequality, that no piece beyond the list can be nearer, the tree is not asked.

All functions of this module are in one file because numba caches machine code per file.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from analytics.spatial.compiled import compiled

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Longs = npt.NDArray[np.int64]
Integers = npt.NDArray[np.int32]

EQUATOR_M = 6378137.0  # semi-major axis of WGS 84, NIMA TR8350.2
FLATTENING = 1 / 298.257223563
FANOUT = 8
TICKS = 2.0**20  # per metre
NONE = -1
_SQUASHED = FLATTENING * (2.0 - FLATTENING)  # first eccentricity squared
_RADIANS = np.pi / 180.0
_HALF_DIAGONAL = 0.71  # of a cell's side; a little more, for the bend of the sheet
_MOST_GATHERED = 1 << 22  # pieces for the cells of one call, 32 MB
_SLACK_M = 1e-5  # above a tick and the rounding of a distance from a cell's middle, below anything measured


class Search(NamedTuple):
    """Flat arrays that answer where is nearest.

    Attributes:
        frame: float64 (3, 3): rows are the directions of the sheet's two axes and of its middle, in earth-centred axes.
        pieces: float64 (p, 8), neighbours together: start x, y, z; step to the end x, y, z; one over the step's squared
            length (zero for a point); feature number.
        boxes: float64 (b, 6): lower and upper corner of each node of the tree, leaves first, root last.
        levels: int64 (l + 1): first box of each level; node i of a level holds nodes (pieces) 8 i to 8 i + 7 of the
            level below.
        grid: float64 (3): lower corner of the grid on the sheet, cells per metre.
        sides: int64 (2): columns, rows; row by row.
        middles: float64 (c, 4): x, y, z of a point in or near each cell; how far from it pieces are sure to be listed.
        listed: int32 (c, m): pieces nearest to the middle, nearest first; -1 past the last.
        listed_m: float32 (c, m): their distance from the middle or a little less.
    """

    frame: Doubles
    pieces: Doubles
    boxes: Doubles
    levels: Longs
    grid: Doubles
    sides: Longs
    middles: Doubles
    listed: Integers
    listed_m: Floats


class Spot(NamedTuple):
    """One point asked about.

    Attributes:
        x: metres along the sheet's first axis.
        y: metres along its second.
        z: metres towards the middle of the features.
        curvature: mean radius of curvature of the ellipsoid there, metres.
        centre: distance from the earth's centre, metres.
    """

    x: float
    y: float
    z: float
    curvature: float
    centre: float


class Best(NamedTuple):
    """The nearest so far of one point, nearest first.

    Attributes:
        ticks: int64 (k).
        features: int64 (k).
    """

    ticks: Longs
    features: Longs


class Stack(NamedTuple):
    """The nodes still to be looked at.

    Attributes:
        nodes: int64 (depth, 2): number in its level, level.
        m2: float64 (depth): squared distance of the node's box.
    """

    nodes: Longs
    m2: Doubles


@compiled
def _sine_cosine(degrees: float) -> tuple[float, float]:
    """Sine and cosine of degrees, within a unit in the last place (fdlibm, k_sin.c, k_cos.c); exact at right angles."""
    turns = np.floor(degrees / 90.0 + 0.5)
    x = (degrees - 90.0 * turns) * _RADIANS
    z = x * x
    sine = 2.75573137070700676789e-06 + z * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
    sine = 8.33333333332248946124e-03 + z * (-1.98412698298579493134e-04 + z * sine)
    sine = x + x * z * (-1.66666666666666324348e-01 + z * sine)
    tail = -2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)
    tail = -1.38888888888741095749e-03 + z * (2.48015872894767294178e-05 + z * tail)
    tail = z * z * (4.16666666666666019037e-02 + z * tail)
    half = 0.5 * z
    rest = 1.0 - half
    cosine = rest + (((1.0 - rest) - half) + tail)
    quarter = int(turns) & 3
    swapped_sine = cosine if quarter & 1 else sine
    swapped_cosine = sine if quarter & 1 else cosine
    return (
        -swapped_sine if quarter & 2 else swapped_sine,
        -swapped_cosine if (quarter + 1) & 2 else swapped_cosine,
    )


@compiled
def is_place(longitude: float, latitude: float) -> bool:
    """Tell whether two numbers are degrees of a place: latitude within 90, longitude within a full turn, finite."""
    return abs(latitude) <= 90.0 and abs(longitude) <= 360.0


@compiled
def spot_of(frame: Doubles, longitude: float, latitude: float) -> Spot:
    """Give the place in space of degrees."""
    sine, cosine = _sine_cosine(latitude)
    second, first = _sine_cosine(longitude)
    bend = 1.0 - _SQUASHED * sine * sine
    radius = EQUATOR_M / np.sqrt(bend)
    x, y, z = radius * cosine * first, radius * cosine * second, radius * (1.0 - _SQUASHED) * sine
    return Spot(
        frame[0, 0] * x + frame[0, 1] * y + frame[0, 2] * z,
        frame[1, 0] * x + frame[1, 1] * y + frame[1, 2] * z,
        frame[2, 0] * x + frame[2, 1] * y + frame[2, 2] * z,
        EQUATOR_M * np.sqrt(1.0 - _SQUASHED) / bend,
        np.sqrt(x * x + y * y + z * z),
    )


@compiled
def places(frame: Doubles, longitude: Doubles, latitude: Doubles) -> Doubles:
    """Give the places in space (n, 3) of degrees."""
    found = np.empty((longitude.shape[0], 3))
    for p in range(longitude.shape[0]):
        spot = spot_of(frame, longitude[p], latitude[p])
        found[p, 0], found[p, 1], found[p, 2] = spot.x, spot.y, spot.z
    return found


@compiled
def on_the_ground(ticks: int, spot: Spot) -> float:
    """Give the distance on the ground, metres, of a straight distance through space, rising with it.

    The arc over the chord on a sphere whose radius goes from the mean radius of curvature (right for near places) to
    the distance from the earth's centre (right for the antipode).
    """
    chord = ticks / TICKS
    far = chord / (2.0 * spot.centre)
    radius = spot.curvature + (spot.centre - spot.curvature) * min(far * far, 1.0)
    share = chord / (2.0 * radius)
    if share < 0.01:  # the series of the arc sine, to a unit in the last place
        s = share * share
        return chord * (1.0 + s * (1.0 / 6.0 + s * (3.0 / 40.0 + s * (15.0 / 336.0))))
    return float(2.0 * radius * np.arcsin(min(share, 1.0)))


@compiled
def _squared(pieces: Doubles, p: int, x: float, y: float, z: float) -> float:
    """Squared distance of a piece from a place."""
    dx, dy, dz = x - pieces[p, 0], y - pieces[p, 1], z - pieces[p, 2]
    share = (dx * pieces[p, 3] + dy * pieces[p, 4] + dz * pieces[p, 5]) * pieces[p, 6]
    share = min(max(share, 0.0), 1.0)
    dx, dy, dz = dx - share * pieces[p, 3], dy - share * pieces[p, 4], dz - share * pieces[p, 5]
    return float(dx * dx + dy * dy + dz * dz)


@compiled
def _box_squared(boxes: Doubles, b: int, x: float, y: float, z: float) -> float:
    """Squared distance of a box from a place."""
    dx = max(boxes[b, 0] - x, x - boxes[b, 3], 0.0)
    dy = max(boxes[b, 1] - y, y - boxes[b, 4], 0.0)
    dz = max(boxes[b, 2] - z, z - boxes[b, 5], 0.0)
    return float(dx * dx + dy * dy + dz * dz)


@compiled
def _new_best(k: int) -> Best:
    return Best(np.empty(k, np.int64), np.empty(k, np.int64))


@compiled
def _new_stack(levels: Longs) -> Stack:
    depth = FANOUT * (levels.shape[0] + 1)
    return Stack(np.empty((depth, 2), np.int64), np.empty(depth))


@compiled
def _offer(best: Best, count: int, ticks: int, feature: int) -> int:
    """Put a feature where it belongs among the nearest so far, once; returns how many there are."""
    k = best.ticks.shape[0]
    j = count
    for known in range(count):
        if best.features[known] == feature:
            if best.ticks[known] <= ticks:
                return count
            j = known
            break
    if j == k:
        j = k - 1
        if best.ticks[j] < ticks or (best.ticks[j] == ticks and best.features[j] < feature):
            return count
    elif j == count:
        count += 1
    while j > 0 and (best.ticks[j - 1] > ticks or (best.ticks[j - 1] == ticks and best.features[j - 1] > feature)):
        best.ticks[j], best.features[j] = best.ticks[j - 1], best.features[j - 1]
        j -= 1
    best.ticks[j], best.features[j] = ticks, feature
    return count


@compiled
def _reach(best: Best, count: int, limit_m2: float) -> float:
    """Squared distance beyond which no piece matters any more."""
    k = best.ticks.shape[0]
    if count < k:
        return limit_m2
    farthest = (best.ticks[k - 1] + 1) / TICKS
    return float(min(limit_m2, farthest * farthest))


@compiled
def _push(
    boxes: Doubles, levels: Longs, stack: Stack, top: int, level: int, x: float, y: float, z: float, reach: float
) -> int:
    """Replace the node above the top of the stack by its children within reach, the nearest on top."""
    node = stack.nodes[top, 0]
    first = levels[level - 1]
    bottom = top
    for child in range(FANOUT * node, min(FANOUT * (node + 1), levels[level] - first)):
        m2 = _box_squared(boxes, first + child, x, y, z)
        if m2 > reach:
            continue
        j = top
        while j > bottom and stack.m2[j - 1] < m2:
            stack.m2[j], stack.nodes[j, 0] = stack.m2[j - 1], stack.nodes[j - 1, 0]
            j -= 1
        stack.m2[j], stack.nodes[j, 0] = m2, child
        stack.nodes[top, 1] = level - 1
        top += 1
    return top


@compiled
def _start(levels: Longs, stack: Stack) -> int:
    """Put the root on the stack; returns the height of the stack, 0 without a piece."""
    stack.nodes[0, 0], stack.nodes[0, 1], stack.m2[0] = 0, levels.shape[0] - 2, 0.0
    return 1 if levels.shape[0] > 1 else 0


@compiled
def _by_tree(search: Search, stack: Stack, best: Best, count: int, limit_m2: float, by_piece: bool, spot: Spot) -> int:
    """Search the tree for the nearest features (or pieces); returns how many were found."""
    pieces, boxes, levels = search.pieces, search.boxes, search.levels
    x, y, z = spot.x, spot.y, spot.z
    top = _start(levels, stack)
    reach = _reach(best, count, limit_m2)
    while top:
        top -= 1
        if stack.m2[top] > reach:
            continue
        node, level = stack.nodes[top, 0], stack.nodes[top, 1]
        if level:
            top = _push(boxes, levels, stack, top, level, x, y, z, reach)
            continue
        for p in range(FANOUT * node, min(FANOUT * (node + 1), pieces.shape[0])):
            m2 = _squared(pieces, p, x, y, z)
            if m2 <= reach:
                feature = p if by_piece else int(pieces[p, 7])
                count = _offer(best, count, int(np.sqrt(m2) * TICKS + 0.5), feature)
                reach = _reach(best, count, limit_m2)
    return count


@compiled
def _cell_of(grid: Doubles, sides: Longs, x: float, y: float) -> int:
    """Give the cell of a place, the nearest one for a place beside the grid."""
    column = min(max(int((x - grid[0]) * grid[2]), 0), sides[0] - 1)
    row = min(max(int((y - grid[1]) * grid[2]), 0), sides[1] - 1)
    return int(row * sides[0] + column)


@compiled
def _off_middle(middles: Doubles, cell: int, spot: Spot) -> float:
    """Give the distance of a place from the middle of a cell."""
    dx, dy, dz = spot.x - middles[cell, 0], spot.y - middles[cell, 1], spot.z - middles[cell, 2]
    return float(np.sqrt(dx * dx + dy * dy + dz * dz))


@compiled
def _by_cell(
    pieces: Doubles, middles: Doubles, listed: Integers, listed_m: Floats, cell: int, best: Best, limit_m2: float,
    spot: Spot,
) -> tuple[int, bool]:  # fmt: skip
    """Search the list of a place's cell; returns how many features were found, and whether no other can be nearer."""
    x, y, z = spot.x, spot.y, spot.z
    off = _off_middle(middles, cell, spot)
    count = 0
    reach = limit_m2
    for j in range(listed.shape[1]):
        p = listed[cell, j]
        if p < 0:
            break
        least = listed_m[cell, j] - off
        if least > 0.0 and least * least > reach:
            return count, True
        m2 = _squared(pieces, p, x, y, z)
        if m2 <= reach:
            count = _offer(best, count, int(np.sqrt(m2) * TICKS + 0.5), int(pieces[p, 7]))
            reach = _reach(best, count, limit_m2)
    sure = middles[cell, 3] - off
    return count, sure > 0.0 and sure * sure > reach


@compiled
def nearest(
    search: Search, longitude: Doubles, latitude: Doubles, limit_m: float, features: Integers, metres: Doubles
) -> None:
    """Write the k nearest features of each point and their distances (n, k), -1 and infinity where there are fewer."""
    frame, grid, sides = search.frame, search.grid, search.sides
    pieces, middles, listed, listed_m = search.pieces, search.middles, search.listed, search.listed_m
    k = features.shape[1]
    best, stack = _new_best(k), _new_stack(search.levels)
    limit_m2 = (limit_m + _SLACK_M) * (limit_m + _SLACK_M)
    has_cells = k <= listed.shape[1] and middles.shape[0] > 0
    for q in range(longitude.shape[0]):
        for j in range(k):
            features[q, j], metres[q, j] = NONE, np.inf
        if not is_place(longitude[q], latitude[q]):
            continue
        spot = spot_of(frame, longitude[q], latitude[q])
        count, is_proven = 0, False
        if has_cells:
            cell = _cell_of(grid, sides, spot.x, spot.y)
            count, is_proven = _by_cell(pieces, middles, listed, listed_m, cell, best, limit_m2, spot)
        if not is_proven:
            count = _by_tree(search, stack, best, count, limit_m2, False, spot)
        for j in range(count):
            ground = on_the_ground(best.ticks[j], spot)
            if ground <= limit_m:
                features[q, j], metres[q, j] = best.features[j], ground


@compiled
def _a_little_less(ticks: int) -> float:
    """Give metres that stay below a distance when kept as float32."""
    return (ticks / TICKS - _SLACK_M) * (1.0 - 1e-7)


@compiled
def list_pieces(search: Search, middles: Doubles, listed: Integers, listed_m: Floats) -> None:
    """Fill the lists of some cells from the tree, and the fourth column of their middles."""
    length = listed.shape[1]
    best, stack = _new_best(length + 1), _new_stack(search.levels)
    for c in range(middles.shape[0]):
        middle = Spot(middles[c, 0], middles[c, 1], middles[c, 2], 1.0, 1.0)
        count = _by_tree(search, stack, best, 0, np.inf, True, middle)
        for j in range(length):
            listed[c, j], listed_m[c, j] = NONE, 0.0
            if j < count:
                listed[c, j] = best.features[j]
                listed_m[c, j] = _a_little_less(best.ticks[j])
        middles[c, 3] = np.inf
        if count > length:
            middles[c, 3] = best.ticks[length] / TICKS - _SLACK_M


@compiled
def _larger(kept: Integers, kept_m: Doubles, least: int) -> tuple[Integers, Doubles]:
    size = max(least, 2 * kept.shape[0])
    more, more_m = np.empty(size, np.int32), np.empty(size)
    more[: kept.shape[0]], more_m[: kept.shape[0]] = kept, kept_m
    return more, more_m


@compiled
def _sort(ticks: Longs, features: Longs, count: int) -> None:
    """Sort by ticks, then feature: Shell's sort with Knuth's gaps."""
    gap = 1
    while 24 * gap < count:  # what comes is nearly in order: the widest steps find little to do
        gap = 3 * gap + 1
    while gap:
        for start in range(gap, count):
            tick, feature = ticks[start], features[start]
            j = start
            while j >= gap and (ticks[j - gap] > tick or (ticks[j - gap] == tick and features[j - gap] > feature)):
                ticks[j], features[j] = ticks[j - gap], features[j - gap]
                j -= gap
            ticks[j], features[j] = tick, feature
        gap //= 3


class Gathered(NamedTuple):
    """Pieces around the middles of the cells met so far, and after them those around one point.

    The pieces of one feature follow each other, the last one told as -1 - its number; features are in the order of
    their distance from the middle.

    Attributes:
        first: int64 (c): where a cell's pieces begin; -1 when there was no room for them.
        last: int64 (c): where they end; -1 for a cell not met.
        used: int64 (1): where there is room.
        pieces: int32: the pieces.
        metres: float32: the distance of a piece's feature from the middle or a little less.
        sorting: three int64 (p): room to sort in.
    """

    first: Longs
    last: Longs
    used: Longs
    pieces: Integers
    metres: Floats
    sorting: tuple[Longs, Longs, Longs]


@compiled
def new_room(search: Search, points: int) -> Gathered:
    """Make room for questions about a number of points within one distance; few points do not share by cells."""
    cells, size = search.middles.shape[0], search.pieces.shape[0]
    if points <= cells // 4:
        cells = 0
    most = size + (_MOST_GATHERED if cells else 0)
    sorting = (np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64))
    return Gathered(
        np.full(cells, NONE), np.full(cells, NONE), np.zeros(1, np.int64), np.empty(most, np.int32),
        np.empty(most, np.float32), sorting,
    )  # fmt: skip


@compiled
def _collect(search: Search, stack: Stack, reach: float, spot: Spot, features: Longs, numbers: Longs) -> int:
    """Write features and numbers of the pieces within reach of a place, in no order; returns how many there are."""
    pieces, boxes, levels = search.pieces, search.boxes, search.levels
    x, y, z = spot.x, spot.y, spot.z
    top = _start(levels, stack)
    count = 0
    while top:
        top -= 1
        node, level = stack.nodes[top, 0], stack.nodes[top, 1]
        if level:
            top = _push(boxes, levels, stack, top, level, x, y, z, reach)
            continue
        for p in range(FANOUT * node, min(FANOUT * (node + 1), pieces.shape[0])):
            if _squared(pieces, p, x, y, z) <= reach:
                features[count], numbers[count] = int(pieces[p, 7]), p
                count += 1
    return count


@compiled
def _gather(search: Search, stack: Stack, room: Gathered, reach: float, spot: Spot) -> int:
    """Write the pieces within reach of a place where there is room, by feature; returns where they end."""
    ticks, numbers, places = room.sorting
    pieces, at = search.pieces, int(room.used[0])
    count = _collect(search, stack, reach, spot, ticks, numbers)
    _sort(ticks, numbers, count)
    start = 0
    while start < count:  # each feature's number gives way to its distance
        feature, m2, end = ticks[start], np.inf, start
        while end < count and ticks[end] == feature:
            m2 = min(m2, _squared(pieces, numbers[end], spot.x, spot.y, spot.z))
            end += 1
        for j in range(start, end):
            ticks[j], places[j] = int(np.sqrt(m2) * TICKS), j
        numbers[end - 1] = -1 - numbers[end - 1]
        start = end
    _sort(ticks, places, count)
    for j in range(count):
        room.pieces[at + j], room.metres[at + j] = numbers[places[j]], _a_little_less(ticks[j])
    return at + count


@compiled
def _gather_for_cell(search: Search, stack: Stack, room: Gathered, cell: int, reach: float) -> None:
    """Gather what is within reach of a cell's middle, and keep it if there is room."""
    middles = search.middles
    middle = Spot(middles[cell, 0], middles[cell, 1], middles[cell, 2], 1.0, 1.0)
    room.last[cell] = _gather(search, stack, room, reach, middle)
    room.first[cell] = NONE
    if room.last[cell] <= _MOST_GATHERED:
        room.first[cell], room.used[0] = room.used[0], room.last[cell]


@compiled
def _keep(
    pieces: Doubles, numbers: Integers, metres: Floats, first: int, last: int, limit_m: float, off_m: float,
    spot: Spot, ticks: Longs, features: Longs,
) -> int:  # fmt: skip
    """Write the gathered features within the limit and their distances; returns how many there are."""
    x, y, z = spot.x, spot.y, spot.z
    reach, farthest = limit_m * limit_m, limit_m + off_m
    count = 0
    least = np.inf
    for j in range(first, last):
        if metres[j] > farthest:
            break
        number = numbers[j]
        p = number if number >= 0 else -1 - number
        least = min(least, _squared(pieces, p, x, y, z))
        if number < 0:
            ticks[count], features[count] = int(np.sqrt(least) * TICKS + 0.5), int(pieces[p, 7])
            count += 1 if least <= reach else 0
            least = np.inf
    return count


@compiled
def within(
    search: Search, longitude: Doubles, latitude: Doubles, limit_m: float, room: Gathered, counts: Longs
) -> tuple[Integers, Doubles]:
    """Give the features near each point and their distances, nearest first, and write how many each point has.

    Points of one cell share one search of the tree.
    """
    frame, grid, sides, pieces, middles = search.frame, search.grid, search.sides, search.pieces, search.middles
    cell_first, cell_last, used, gathered, gathered_m = room.first, room.last, room.used, room.pieces, room.metres
    stack = _new_stack(search.levels)
    ticks, features = np.empty(pieces.shape[0] + 1, np.int64), np.empty(pieces.shape[0] + 1, np.int64)
    half_m = _HALF_DIAGONAL / grid[2] if cell_first.shape[0] else -1.0
    limit = limit_m + _SLACK_M
    kept = np.empty(4 * longitude.shape[0] + 1, np.int32)
    kept_m = np.empty(kept.shape[0])
    size = 0
    for q in range(longitude.shape[0]):
        counts[q] = 0
        if not is_place(longitude[q], latitude[q]):
            continue
        spot = spot_of(frame, longitude[q], latitude[q])
        first, last, off = NONE, NONE, 0.0
        if half_m >= 0.0:
            cell = _cell_of(grid, sides, spot.x, spot.y)
            off = _off_middle(middles, cell, spot)
            if off <= half_m:
                if cell_last[cell] < 0:
                    _gather_for_cell(search, stack, room, cell, (limit + half_m) * (limit + half_m))
                first, last = cell_first[cell], cell_last[cell]
        if first < 0:
            first, off = used[0], 0.0
            last = _gather(search, stack, room, limit * limit, spot)
        count = _keep(pieces, gathered, gathered_m, first, last, limit, off, spot, ticks, features)
        _sort(ticks, features, count)
        if size + count > kept.shape[0]:
            kept, kept_m = _larger(kept, kept_m, size + count)
        for j in range(count):
            ground = on_the_ground(ticks[j], spot)
            if ground <= limit_m:
                kept[size], kept_m[size] = features[j], ground
                size += 1
                counts[q] += 1
    return kept[:size], kept_m[:size]
