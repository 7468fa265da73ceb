"""The 35,357 communes of France, packed: corners in steps of 1e-5 degrees, each shared border stored once.

A ring's next corner is guessed from the ring that walked the same border the other way; only wrong guesses are stored.
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

FILE = Path(__file__).parent / "zones" / "communes_france_2018.xz"
_STEPS = 1e5  # per degree
_WIDE = 1 << 15

Corner = tuple[int, int]


def pack(zone_ids: Sequence[str], geometries: Sequence[BaseGeometry]) -> bytes:
    """Pack polygons whose coordinates have at most five decimals."""
    before: dict[Corner, Corner] = {}
    guessed: list[bool] = []
    steps: list[Corner] = []
    lengths: list[int] = []
    shape: list[int] = []
    at = (0, 0)
    for part_rings in map(_rings, geometries):
        shape.append(len(part_rings))
        for rings in part_rings:
            shape.append(len(rings))
            for ring in rings:
                lengths.append(len(ring))
                for k, corner in enumerate(ring):
                    if k:
                        guessed.append(before.get(at) == corner)
                    if not k or not guessed[-1]:
                        steps.append((corner[0] - at[0], corner[1] - at[1]))
                    at = corner
                at = ring[0]
                _remember(before, ring)
    columns = [_bytes_of(np.array(steps, np.int64)[:, k]) for k in (0, 1)]
    numbers = [_bytes_of(np.array(part, np.int64)) for part in (lengths, shape)]
    parts = [json.dumps(list(zone_ids)).encode(), np.packbits(guessed).tobytes(), *columns, *numbers]
    head = np.array([len(part) for part in parts], "<i8").tobytes()
    return lzma.compress(head + b"".join(parts), preset=9 | lzma.PRESET_EXTREME)


def unpack(packed: bytes) -> tuple[list[str], list[BaseGeometry]]:
    """Give the zones that `pack` packed: equal corners, in the same order."""
    content = lzma.decompress(packed)
    cuts = np.cumsum([48, *np.frombuffer(content[:48], "<i8").tolist()])
    ids, bits, *numbers = (content[a:b] for a, b in pairwise(cuts.tolist()))
    guessed = iter(np.unpackbits(np.frombuffer(bits, np.uint8)).tolist())
    step_x, step_y, lengths, shape = (iter(_numbers_of(part).tolist()) for part in numbers)
    before: dict[Corner, Corner] = {}
    at = (0, 0)
    geometries: list[BaseGeometry] = []
    zone_ids: list[str] = json.loads(ids)
    for _ in zone_ids:
        parts = []
        for _ in range(next(shape)):
            rings = []
            for _ in range(next(shape)):
                ring: list[Corner] = []
                for k in range(next(lengths)):
                    at = before[at] if k and next(guessed) else (at[0] + next(step_x), at[1] + next(step_y))
                    ring.append(at)
                at = ring[0]
                _remember(before, ring)
                rings.append(np.array(ring, np.float64) / _STEPS)
            parts.append(Polygon(rings[0], rings[1:]))
        geometries.append(parts[0] if len(parts) == 1 else MultiPolygon(parts))
    return zone_ids, geometries


def _remember(before: dict[Corner, Corner], ring: list[Corner]) -> None:
    """Note, for each corner, the one before it: what comes after it for a ring that walks the other way."""
    before.update(zip([*ring[1:], ring[0]], ring, strict=True))


def _rings(geometry: BaseGeometry) -> list[list[list[Corner]]]:
    return [[_corners(ring) for ring in shapely.get_rings(part)] for part in shapely.get_parts(geometry)]


def _corners(ring: BaseGeometry) -> list[Corner]:
    corners = np.rint(shapely.get_coordinates(ring)[:-1] * _STEPS).astype(np.int64)
    return [(x, y) for x, y in corners.tolist()]


def _bytes_of(numbers: npt.NDArray[np.int64]) -> bytes:
    """Give two bytes per number, low ones first, and the wide numbers whole after them."""
    is_wide = np.abs(numbers) >= _WIDE
    short = np.where(is_wide, -_WIDE, numbers).astype("<i2").view(np.uint8).reshape(-1, 2)
    head = np.array([len(numbers)], "<i8").tobytes()
    return head + short.T.tobytes() + numbers[is_wide].astype("<i8").tobytes()


def _numbers_of(content: bytes) -> npt.NDArray[np.int64]:
    count = int(np.frombuffer(content[:8], "<i8")[0])
    planes = np.frombuffer(content[8 : 8 + 2 * count], np.uint8).reshape(2, count)
    numbers = np.ascontiguousarray(planes.T).view("<i2").ravel().astype(np.int64)
    numbers[numbers == -_WIDE] = np.frombuffer(content[8 + 2 * count :], "<i8")
    return numbers
