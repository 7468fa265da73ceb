"""From the known points of a street to the place of a number, of a block, of the street, of a crossing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

METRES_PER_DEGREE = 111_320.0
AMBIGUOUS_M = 1_500.0
"""Points of one name within this distance are one street; farther apart they leave the address unplaced."""
CROSSING_M = 160.0
"""Two streets whose known points come no nearer than this have no known point at their crossing."""
STRAIGHT_M = 60.0
"""A street whose known points leave their line by more than this is not taken as straight."""
BEYOND_M = 700.0
"""How far past its known points a straight street or a row of numbers is followed."""

Point = tuple[float, float, float]
"""Longitude and latitude in WGS 84 degrees, and precision in metres."""


@dataclass(frozen=True)
class Placed:
    """Answer for one address: WGS 84 degrees, radius in metres and the method; ``unplaced`` has no position."""

    longitude: float
    latitude: float
    precision_m: float
    method: str


UNPLACED = Placed(math.nan, math.nan, math.nan, "unplaced")


@dataclass
class Street:
    """Known points of one street: with a number, or of the whole street."""

    numbers: list[int] = field(default_factory=list)
    places: list[Point] = field(default_factory=list)
    whole: list[Point] = field(default_factory=list)

    def sort(self) -> None:
        """Bring the numbers into ascending order."""
        order = sorted(range(len(self.numbers)), key=lambda index: (self.numbers[index], self.places[index]))
        self.numbers = [self.numbers[index] for index in order]
        self.places = [self.places[index] for index in order]

    @property
    def points(self) -> list[Point]:
        """Everything known of where the street runs."""
        return [*self.places, *self.whole]


def at_number(street: Street, number: int, block_size: int) -> Placed | None:
    """Place of a house number, or of the block that begins with it; ``None`` when the known numbers do not tell.

    A known number is itself; a block is the middle of its known numbers; else the place between the two nearest numbers
    of the same side of the street, or past the last one at the pace of the known ones.
    """
    numbers = street.numbers
    if block_size:
        offsets = (known - number for known in numbers)
        inside = [place for offset, place in zip(offsets, street.places, strict=True) if 0 <= offset < block_size]
        if inside:
            return mean(inside, "block", at_least=60.0)
        number += block_size // 2
    exact = [place for known, place in zip(numbers, street.places, strict=True) if known == number]
    if exact:
        return mean(exact, "address", at_least=0.0)
    method = "block" if block_size else "interpolated"
    sides = [[i for i, known in enumerate(numbers) if known % 2 == number % 2], list(range(len(numbers)))]
    for side in sides[bool(block_size) :]:
        below = max((i for i in side if numbers[i] < number), default=None)
        above = min((i for i in side if numbers[i] > number), default=None)
        if below is not None and above is not None:
            return _between(street, below, above, number, method)
    return _beyond(street, number, method)


def whole(street: Street, *, is_numbered: bool) -> Placed:
    """The street as a whole: its own point, or the middle of its known numbers.

    A number that the street does not tell may be anywhere on it, so its radius is never under 600 m.
    """
    points = street.whole or street.places
    found = mean(points, "street", at_least=max(point[2] for point in points))
    spread = max(metres(found.longitude, found.latitude, x, y) for x, y, _ in street.points)
    if spread > AMBIGUOUS_M:
        return UNPLACED
    floor = 600.0 if is_numbered and street.numbers else 0.0
    return Placed(found.longitude, found.latitude, max(found.precision_m, 1.5 * spread, floor), "street")


def nearest(first: Sequence[Point], second: Sequence[Point]) -> Placed | None:
    """Middle of the two nearest known points of two streets; ``None`` when they come nowhere near each other."""
    a, b = np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)
    scale = math.cos(math.radians(float(a[0, 1])))
    apart = np.hypot((a[:, None, 0] - b[None, :, 0]) * scale, a[:, None, 1] - b[None, :, 1]) * METRES_PER_DEGREE
    i, j = np.unravel_index(int(apart.argmin()), apart.shape)
    distance = float(apart[i, j])
    if distance > CROSSING_M:
        return None
    middle = (a[i, :2] + b[j, :2]) / 2
    return Placed(float(middle[0]), float(middle[1]), max(distance, float(a[i, 2]), float(b[j, 2])), "crossing")


def where_lines_cross(first: Sequence[Point], second: Sequence[Point]) -> Placed | None:
    """Where two straight streets meet, by the line through the known points of each (total least squares).

    ``None`` for fewer than two points, a bent street, nearly parallel streets, or a meeting point farther than
    ``BEYOND_M`` from what is known of either.
    """
    a, b = np.array(first, dtype=np.float64)[:, :2], np.array(second, dtype=np.float64)[:, :2]
    origin = a.mean(axis=0)
    scale = np.array([math.cos(math.radians(float(origin[1]))), 1.0]) * METRES_PER_DEGREE
    lines = [_line((points - origin) * scale) for points in (a, b)]
    if lines[0] is None or lines[1] is None:
        return None
    (at_a, along_a, off_a), (at_b, along_b, off_b) = lines[0], lines[1]
    sine = float(along_a[0] * along_b[1] - along_a[1] * along_b[0])
    if abs(sine) < 0.35:  # under twenty degrees the point slides far for little error
        return None
    gap = at_b - at_a
    meeting = at_a + along_a * float(gap[0] * along_b[1] - gap[1] * along_b[0]) / sine
    gaps = [float(np.hypot(*((points - origin) * scale - meeting).T).min()) for points in (a, b)]
    if max(gaps) > BEYOND_M:
        return None
    x, y = meeting / scale + origin
    return Placed(float(x), float(y), max(60.0, 2 * (off_a + off_b), 0.2 * max(gaps)), "crossing")


def mean(points: Sequence[Point], method: str, *, at_least: float) -> Placed:
    """Middle of some points, with a radius that holds them all."""
    x = sum(point[0] for point in points) / len(points)
    y = sum(point[1] for point in points) / len(points)
    spread = max(metres(x, y, *point[:2]) for point in points)
    return Placed(x, y, max(at_least, spread, min(point[2] for point in points)), method)


def metres(x0: float, y0: float, x1: float, y1: float) -> float:
    """Distance of two near places in degrees, on the local plane."""
    return math.hypot((x1 - x0) * math.cos(math.radians(y0)), y1 - y0) * METRES_PER_DEGREE


def _between(street: Street, below: int, above: int, number: int, method: str) -> Placed:
    (x0, y0, p0), (x1, y1, p1) = street.places[below], street.places[above]
    low, high = street.numbers[below], street.numbers[above]
    share = (number - low) / (high - low)
    apart = metres(x0, y0, x1, y1)
    return Placed(x0 + share * (x1 - x0), y0 + share * (y1 - y0), max(p0, p1, 30.0, apart / 4), method)


def _beyond(street: Street, number: int, method: str) -> Placed | None:
    """Past the last known number, at the pace that the first and the last known one tell."""
    if not street.numbers:
        return None
    first, last = street.numbers[0], street.numbers[-1]
    end, other = (-1, 0) if number > last else (0, -1)
    (x, y, precision), (x0, y0, _) = street.places[end], street.places[other]
    steps = number - street.numbers[end]
    if last == first:
        return Placed(x, y, precision + 40.0 + 4.0 * abs(steps), method) if abs(steps) <= 60 else None
    pace = metres(x, y, x0, y0) / (last - first)
    if pace * abs(steps) > BEYOND_M or pace > 10.0:
        return None
    share = steps / (street.numbers[end] - street.numbers[other])
    moved = pace * abs(steps)
    return Placed(x + share * (x - x0), y + share * (y - y0), max(precision, 60.0) + 0.3 * moved, method)


def _line(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], float] | None:
    """A point of the line, its direction, and how far the points leave it (root mean square, metres)."""
    if len(np.unique(points, axis=0)) < 2:
        return None
    at = points.mean(axis=0)
    _, lengths, directions = np.linalg.svd(points - at, full_matrices=False)
    off = float(lengths[1]) / math.sqrt(len(points))
    return (at, directions[0], off) if off <= STRAIGHT_M else None
