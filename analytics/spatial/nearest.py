"""Finds the nearest features of each point, and those within a radius, in metres, anywhere on the earth.

The distance is the length of the shortest line on the WGS 84 ellipsoid, to about a billionth up to 20 km and a
hundred-thousandth up to 1000 km: see docs/engineer/nearest.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from analytics.spatial import nearest_kernel as kernel
from analytics.spatial.errors import FeatureError
from analytics.spatial.nearest_kernel import Doubles, Integers, Longs, Search
from analytics.spatial.pieces import check_places, pieces_of_segments, search_of
from analytics.spatial.stored import from_block, to_block

_MAGIC = b"vigie-nearest-index-1\n"
_CHUNK = 1 << 14
_Answer = TypeVar("_Answer")


class Nearest(NamedTuple):
    """The k nearest features of n points.

    Attributes:
        features: int32 (n, k), feature numbers, nearest first; -1 where there are fewer.
        distances_m: float64 (n, k), metres; infinity where there are fewer.
    """

    features: Integers
    distances_m: Doubles


class Within(NamedTuple):
    """The features within a radius of n points: those of point i are `first[i]` to `first[i + 1]`, nearest first.

    Attributes:
        first: int64 (n + 1).
        features: int32, feature numbers.
        distances_m: float64, metres.
    """

    first: Longs
    features: Integers
    distances_m: Doubles


@dataclass(frozen=True, eq=False)
class NearestIndex:
    """Points or lines to be found from anywhere, as plain arrays: picklable, memory-mappable, cheap to broadcast.

    Attributes:
        feature_count: features are numbered from 0 to one less.
        search: see `analytics.spatial.nearest_kernel.Search`.
    """

    feature_count: int
    search: Search

    def __post_init__(self) -> None:
        for array in self.search:  # one machine code for arrays built here and arrays mapped from a file
            array.flags.writeable = False

    @classmethod
    def of_points(cls, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> NearestIndex:
        """Index one point per feature, WGS 84.

        Args:
            longitude: float64 (n), degrees east; -180..180 and 0..360 are both understood.
            latitude: float64 (n), degrees north.

        Returns:
            The index; feature i is point i. A point with a NaN or infinite coordinate is never found.

        Raises:
            FeatureError: a finite position that is not on the earth.
            ValueError: the two arrays differ in shape or are not one-dimensional.
        """
        x, y = _pair(longitude, latitude)
        feature = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        check_places(x[feature], y[feature], feature)
        spots = kernel.places(np.eye(3), x[feature], y[feature])
        return cls(len(x), search_of(spots, spots, feature))

    @classmethod
    def of_lines(
        cls,
        longitude: npt.ArrayLike,
        latitude: npt.ArrayLike,
        first: npt.ArrayLike,
        feature: npt.ArrayLike | None = None,
    ) -> NearestIndex:
        """Index lines, WGS 84; a feature may have several, or points among them.

        Args:
            longitude: float64 (v), degrees east of the vertices of all lines, one line after the other.
            latitude: float64 (v), degrees north.
            first: int64 (lines + 1), first vertex of each line, and v. One vertex is a point, none nothing.
            feature: int (lines), from 0, the feature each line belongs to; without it, its own.

        Returns:
            The index. Between two vertices a line runs along the shortest line on the ellipsoid, so also across the
            antimeridian or over a pole. O(v log v), and one piece for every 200 m of longer segments.

        Raises:
            FeatureError: a vertex that is not on the earth, NaN included, or a negative feature.
            ValueError: arrays that do not fit together.
        """
        x, y = _pair(longitude, latitude)
        starts = np.ascontiguousarray(first, dtype=np.int64)
        if starts.ndim != 1 or len(starts) < 1 or starts[0] != 0 or starts[-1] != len(x) or (np.diff(starts) < 0).any():
            raise ValueError(f"first: expected numbers rising from 0 to the {len(x)} vertices, one more than lines")
        lengths = np.diff(starts)
        of_line = np.arange(len(lengths)) if feature is None else np.ascontiguousarray(feature, dtype=np.int64)
        if of_line.shape != lengths.shape:
            raise ValueError(f"feature {of_line.shape}: expected one for each of the {len(lengths)} lines")
        if len(of_line) and not 0 <= of_line.min() <= of_line.max() < 2**31:
            raise FeatureError(f"features {of_line.min()} to {of_line.max()}: expected numbers from 0 to 2**31 - 1")
        line = np.repeat(np.arange(len(lengths)), lengths)
        check_places(x, y, of_line[line])
        at = np.flatnonzero(line[1:] == line[:-1])
        alone = starts[:-1][lengths == 1]
        a, b = np.concatenate([at, alone]), np.concatenate([at + 1, alone])
        pieces = pieces_of_segments((x[a], x[b]), (y[a], y[b]), of_line[line[a]])
        return cls(int(of_line.max(initial=-1)) + 1, search_of(*pieces))

    def nearest(
        self,
        longitude: npt.ArrayLike,
        latitude: npt.ArrayLike,
        k: int = 1,
        *,
        max_distance_m: float = math.inf,
        threads: int = 1,
    ) -> Nearest:
        """Find the nearest features of each point.

        Args:
            longitude: float64 (n), degrees east.
            latitude: float64 (n), degrees north. A coordinate that is NaN, infinite or off the earth finds nothing.
            k: how many features, at least 1; meant for tens, not thousands.
            max_distance_m: features farther away are not found.
            threads: threads that share the work; the lock of the interpreter is released.

        Returns:
            Features and distances (n, k), nearest first. Of features equally far (to a micrometre) the smaller number
            comes first; a feature of many pieces comes once. The answer for a point does not depend on the others.

        Raises:
            ValueError: arrays of different shapes, k below 1, or a distance that is negative or NaN.
        """
        x, y = _pair(longitude, latitude)
        if k < 1:
            raise ValueError(f"k is {k}: expected 1 or more")
        limit = _distance("max_distance_m", max_distance_m)
        features, metres = np.empty((len(x), k), np.int32), np.empty((len(x), k))

        def work(part: slice) -> None:
            kernel.nearest(self.search, x[part], y[part], limit, features[part], metres[part])

        _share(work, len(x), threads)
        return Nearest(features, metres)

    def within(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike, radius_m: float, *, threads: int = 1) -> Within:
        """Find all features within a radius of each point, those at the radius included.

        Args:
            longitude: float64 (n), degrees east.
            latitude: float64 (n), degrees north. A coordinate that is NaN, infinite or off the earth finds nothing.
            radius_m: metres.
            threads: threads that share the work; the lock of the interpreter is released.

        Returns:
            The features of each point, nearest first as in `nearest`. Memory grows with what is found.

        Raises:
            ValueError: arrays of different shapes, or a radius that is negative or NaN.
        """
        x, y = _pair(longitude, latitude)
        limit = _distance("radius_m", radius_m)
        counts = np.zeros(len(x) + 1, np.int64)
        rooms: SimpleQueue[kernel.Gathered] = SimpleQueue()
        for _ in range(max(threads, 1)):  # changes speed and memory, never an answer
            rooms.put(kernel.new_room(self.search, len(x)))

        def work(part: slice) -> tuple[Integers, Doubles]:
            room = rooms.get()
            found = kernel.within(self.search, x[part], y[part], limit, room, counts[1:][part])
            rooms.put(room)
            return found

        parts = _share(work, len(x), threads)
        features = np.concatenate([np.empty(0, np.int32), *(part[0] for part in parts)])
        return Within(np.cumsum(counts), features, np.concatenate([np.empty(0), *(part[1] for part in parts)]))

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self.search)

    def to_bytes(self) -> bytes:
        """Give the index as one block, readable in place by `from_bytes`."""
        return to_block(_MAGIC, {"feature_count": self.feature_count}, self.search)

    @classmethod
    def from_bytes(cls, block: bytes | memoryview) -> NearestIndex:
        """Read a block written by `to_bytes` without copying its arrays.

        Raises:
            FeatureError: the block is not an index of this version, or is cut short.
        """
        header, arrays = from_block(block, _MAGIC, "nearest index", FeatureError)
        return cls(int(header["feature_count"]), Search(*arrays))

    def save(self, path: Path) -> None:
        """Write the index to a file that `load` maps into memory."""
        path.write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: Path) -> NearestIndex:
        """Map a saved index into memory; processes that load one file share its pages."""
        return cls.from_bytes(np.memmap(path, np.uint8, "r").data)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        """Pickle as one block."""
        return (NearestIndex.from_bytes, (self.to_bytes(),))


def _pair(longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Doubles, Doubles]:
    x = np.ascontiguousarray(longitude, dtype=np.float64)
    y = np.ascontiguousarray(latitude, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"longitude {x.shape} and latitude {y.shape}: expected two arrays of one equal length")
    return x, y


def _distance(name: str, told: float) -> float:
    if not told >= 0.0:
        raise ValueError(f"{name} is {told}: expected metres, 0 or more")
    return float(told)


def _share(work: Callable[[slice], _Answer], count: int, threads: int) -> list[_Answer]:
    """Run work over parts of the points, in threads if told; the parts' answers come in order."""
    parts = [slice(start, start + _CHUNK) for start in range(0, count, _CHUNK)]
    if threads <= 1 or len(parts) <= 1:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, parts))
