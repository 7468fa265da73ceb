"""H3 cells: the cell of each point, and the hexagons that serve as zones of a city without polygons."""

from __future__ import annotations

import math
from dataclasses import dataclass

import h3
import numpy as np
import numpy.typing as npt
from shapely import Polygon, box

from analytics.spatial.errors import ZoneError

_FINEST = 15
_MOST_CELLS = 200_000
_SAME_PLACE = 1e-9  # degrees, a tenth of a millimetre: far above H3's rounding, far below any cell
_DISTORTION = 1.1  # of a grid step's length near the corners of the icosahedron, with a margin


@dataclass(frozen=True)
class Hexagon:
    """One H3 cell as a zone.

    Attributes:
        cell_id: 15 hexadecimal digits.
        polygon: its outline, WGS 84; neighbours share the very same corner coordinates, so no gap lies
            between them.
    """

    cell_id: str
    polygon: Polygon


def h3_cells(longitude: npt.ArrayLike, latitude: npt.ArrayLike, resolution: int) -> npt.NDArray[np.object_]:
    """Give the H3 cell of each point.

    Args:
        longitude: float64 (n), degrees.
        latitude: float64 (n), degrees.
        resolution: 0 (continents) to 15 (under a square metre); 9 is about 0.1 km2.

    Returns:
        object (n): 15 hexadecimal digits, None where a coordinate is missing, not finite or outside
            -180..180, -90..90.

    Raises:
        ValueError: resolution out of range, or arrays of different lengths.
    """
    _check_resolution(resolution)
    x, y = np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1:
        raise ValueError(f"longitude {x.shape} and latitude {y.shape}: expected two arrays of one equal length")
    cells = np.full(len(x), None, dtype=object)
    known = np.flatnonzero((np.abs(x) <= 180) & (np.abs(y) <= 90))
    cell_of = h3.latlng_to_cell
    cells[known] = [cell_of(b, a, resolution) for a, b in zip(x[known].tolist(), y[known].tolist(), strict=True)]
    return cells


def hexagons_covering(bounds: tuple[float, float, float, float], resolution: int) -> tuple[Hexagon, ...]:
    """Give all H3 cells that meet a box, so that each point of the box has its zone.

    Args:
        bounds: west, south, east, north, degrees; the box may not reach a pole or the antimeridian.
        resolution: 0 to 15.

    Returns:
        Hexagons in ascending cell_id. Their edges are straight in longitude and latitude, as those of all
        zones, where H3's own are
        arcs: near an edge (2 cm at resolution 8) the zone that covers a point may be the neighbour of its H3
            cell.

    Raises:
        ValueError: resolution out of range.
        ZoneError: the box is empty, out of range, or holds more than 200,000 cells.
    """
    _check_resolution(resolution)
    west, south, east, north = bounds
    if not (-180 < west < east < 180 and -90 < south < north < 90):
        raise ZoneError(
            f"bounds {bounds}: expected west < east within -180..180 and south < north within -90..90, in that order "
            "(west, south, east, north); the antimeridian and the poles are not supported"
        )
    corners = [(south, west), (south, east), (north, east), (north, west)]
    expected = _box_km2(bounds) / h3.average_hexagon_area(resolution, unit="km^2")
    if expected > _MOST_CELLS:
        raise ZoneError(
            f"bounds {bounds} hold about {expected:,.0f} cells of resolution {resolution}: expected at most "
            f"{_MOST_CELLS:,}; choose a coarser resolution or a smaller box"
        )
    cells = set(h3.h3shape_to_cells(h3.LatLngPoly(corners), resolution))
    cells.update(h3.latlng_to_cell(latitude, longitude, resolution) for latitude, longitude in corners)
    cells.update(_cells_along(bounds, resolution))
    around = {neighbour for cell in cells for neighbour in h3.grid_disk(cell, 1)}
    frame = box(*bounds)
    corner_of = _Corners()
    hexagons = []
    for cell in sorted(around):
        polygon = Polygon([corner_of(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])
        if _crosses_antimeridian(polygon):
            continue
        if polygon.intersects(frame):
            hexagons.append(Hexagon(cell, polygon))
    return tuple(hexagons)


class _Corners:
    """Gives one coordinate pair to corners that two cells compute with different rounding."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], tuple[float, float]] = {}

    def __call__(self, longitude: float, latitude: float) -> tuple[float, float]:
        column, row = round(longitude / _SAME_PLACE), round(latitude / _SAME_PLACE)
        for key in ((column + i, row + j) for i in (0, -1, 1) for j in (0, -1, 1)):
            if key in self._known:
                return self._known[key]
        self._known[column, row] = (longitude, latitude)
        return longitude, latitude


def _cells_along(bounds: tuple[float, float, float, float], resolution: int) -> set[str]:
    """Give the cells met on a walk around the box, in steps well below a cell's width."""
    west, south, east, north = bounds
    step = h3.average_hexagon_edge_length(resolution, unit="km") / (2 * 111.2 * _DISTORTION)
    columns = np.linspace(west, east, max(2, math.ceil((east - west) / step) + 1)).tolist()
    rows = np.linspace(south, north, max(2, math.ceil((north - south) / step) + 1)).tolist()
    walk = [(y, x) for x in columns for y in (south, north)] + [(y, x) for y in rows for x in (west, east)]
    return {h3.latlng_to_cell(y, x, resolution) for y, x in walk}


def _box_km2(bounds: tuple[float, float, float, float]) -> float:
    west, south, east, north = bounds
    band = math.sin(math.radians(north)) - math.sin(math.radians(south))
    return 6371.0**2 * math.radians(east - west) * band


def _crosses_antimeridian(polygon: Polygon) -> bool:
    return bool(polygon.bounds[2] - polygon.bounds[0] > 180)


def _check_resolution(resolution: int) -> None:
    if not 0 <= resolution <= _FINEST:
        raise ValueError(f"H3 resolution {resolution}: expected 0 to {_FINEST}")
