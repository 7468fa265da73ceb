"""Finds the zone of each point, exactly, at memory speed.

Border rule: zones are closed sets, with the borders of their holes. A point on a border shared by several
zones, or where zones overlap, belongs to the zone with the smallest `zone_id` (lexicographic); a point on an
outer border belongs to its zone. The verdict equals GEOS `covers` on the same coordinates: edges are straight
in longitude and latitude.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from analytics.spatial import kernel
from analytics.spatial.errors import ZoneError
from analytics.spatial.kernel import Subdivision
from analytics.spatial.stored import from_block, to_block
from analytics.spatial.subdivision import FEWEST_CELLS, SMALLEST_CELL, subdivide
from analytics.spatial.zones import check_zones

_MAGIC = b"vigie-zone-index-2\n"
_CHUNK = 1 << 16
FIRST_GRIDS = (512, 1024)
"""Cells per side of the first grid, by default the first that has a cell for every edge: labels of 1 or 4 MB."""


@dataclass(frozen=True, eq=False)
class ZoneIndex:
    """An exact point-in-zone index over plain arrays: picklable, memory-mappable, cheap to broadcast.

    Attributes:
        zone_ids: the zones in ascending order; `locate` answers with positions in it.
        arrays: the subdivision; see `analytics.spatial.kernel.Subdivision`.
    """

    zone_ids: tuple[str, ...]
    arrays: Subdivision

    def __post_init__(self) -> None:
        for array in self.arrays:  # one machine code for arrays built here and arrays mapped from a file
            array.flags.writeable = False

    @classmethod
    def build(
        cls, zone_ids: Sequence[str], geometries: Sequence[BaseGeometry], *, cells_per_side: int | None = None
    ) -> ZoneIndex:
        """Index zones given in WGS 84 longitude, latitude.

        Args:
            zone_ids: one distinct identifier per zone, in any order.
            geometries: a valid shapely polygon or multipolygon per zone, holes and overlaps allowed.
            cells_per_side: side of the first grid, by default chosen by the number of edges; changes speed and memory,
                never a verdict.

        Returns:
            The index. O(edges + cells).

        Raises:
            ZoneError: no zone, repeated identifier, empty, invalid or non-areal geometry, coordinates out of
                range, or a zone across the antimeridian.
        """
        if cells_per_side is not None and cells_per_side < 1:
            raise ZoneError(f"cells_per_side is {cells_per_side}: expected 1 or more")
        check_zones(zone_ids, geometries)
        order = sorted(range(len(zone_ids)), key=lambda k: zone_ids[k])
        sorted_geometries = np.array([shapely.force_2d(geometries[k]) for k in order], dtype=object)
        edges, zone_edges, zone_first = _edges_of(sorted_geometries)
        extent = _extent(edges)
        wanted = cells_per_side or next((side for side in FIRST_GRIDS if side * side >= len(edges)), FIRST_GRIDS[-1])
        most = int(min(extent[2] - extent[0], extent[3] - extent[1]) / SMALLEST_CELL)
        side = max(FEWEST_CELLS, min(wanted, most))
        return cls(tuple(zone_ids[k] for k in order), subdivide(edges, zone_edges, zone_first, extent, side))

    def locate(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike, *, threads: int = 1) -> npt.NDArray[np.int32]:
        """Find the smallest zone that covers each point.

        Args:
            longitude: float64 (n), degrees east; NaN and infinities have no zone.
            latitude: float64 (n), degrees north.
            threads: threads that share the work; the lock of the interpreter is released.

        Returns:
            int32 (n), positions in `zone_ids`, -1 where no zone covers the point. O(1) per point in practice.

        Raises:
            ValueError: the two arrays differ in shape or are not one-dimensional.
        """
        x = np.ascontiguousarray(longitude, dtype=np.float64)
        y = np.ascontiguousarray(latitude, dtype=np.float64)
        if x.shape != y.shape or x.ndim != 1:
            raise ValueError(f"longitude {x.shape} and latitude {y.shape}: expected two arrays of one equal length")
        found = np.empty(len(x), np.int32)
        if threads <= 1 or len(x) <= _CHUNK:
            kernel.locate(self.arrays, x, y, found)
            return found
        cuts = range(0, len(x), max(_CHUNK, -(-len(x) // (4 * threads))))
        step = cuts.step

        def work(start: int) -> None:
            part = slice(start, start + step)
            kernel.locate(self.arrays, x[part], y[part], found[part])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, cuts))
        return found

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays."""
        return sum(array.nbytes for array in self.arrays)

    def to_bytes(self) -> bytes:
        """Give the index as one block: a header of JSON, then aligned arrays, readable in place by `from_bytes`."""
        return to_block(_MAGIC, {"zone_ids": self.zone_ids}, self.arrays)

    @classmethod
    def from_bytes(cls, block: bytes | memoryview) -> ZoneIndex:
        """Read a block written by `to_bytes` without copying its arrays.

        Raises:
            ZoneError: the block is not an index of this version, or is cut short.
        """
        header, arrays = from_block(block, _MAGIC, "zone index", ZoneError)
        return cls(tuple(header["zone_ids"]), Subdivision(*arrays))

    def save(self, path: Path) -> None:
        """Write the index to a file that `load` maps into memory."""
        path.write_bytes(self.to_bytes())

    @classmethod
    def load(cls, path: Path) -> ZoneIndex:
        """Map a saved index into memory; processes that load one file share its pages."""
        return cls.from_bytes(np.memmap(path, np.uint8, "r").data)

    def __reduce__(self) -> tuple[object, tuple[bytes]]:
        """Pickle as one block."""
        return (ZoneIndex.from_bytes, (self.to_bytes(),))


def _edges_of(
    geometries: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the distinct edges, lower end first, and the edge numbers of each geometry."""
    rings, part_of_ring = shapely.get_rings(shapely.get_parts(geometries), return_index=True)
    part_counts = shapely.get_num_geometries(geometries)
    zone_of_part = np.repeat(np.arange(len(geometries)), part_counts)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    same_ring = ring_of_point[1:] == ring_of_point[:-1]
    start, end = points[:-1][same_ring], points[1:][same_ring]
    zone = zone_of_part[part_of_ring[ring_of_point[:-1][same_ring]]]
    real = np.any(start != end, axis=1)
    start, end, zone = start[real] + 0.0, end[real] + 0.0, zone[real]  # -0.0 + 0.0 is 0.0: one name per place
    is_up = (start[:, 1] < end[:, 1]) | ((start[:, 1] == end[:, 1]) & (start[:, 0] < end[:, 0]))
    directed = np.where(is_up[:, None], np.hstack([start, end]), np.hstack([end, start]))
    edges, numbers = np.unique(directed, axis=0, return_inverse=True)
    zone_first = np.searchsorted(zone, np.arange(len(geometries) + 1))
    return edges, numbers.ravel().astype(np.int64), zone_first.astype(np.int64)


def _extent(edges: npt.NDArray[np.float64]) -> tuple[float, float, float, float]:
    west, south = edges[:, [0, 2]].min(), edges[:, 1].min()
    east, north = edges[:, [0, 2]].max(), edges[:, 3].max()
    return float(west), float(south), float(east), float(north)
