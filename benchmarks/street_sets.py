"""Streets to be near to, and points near streets, drawn from a seed around the real street positions of Marseille."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

Doubles = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]

STREETS = Path(__file__).resolve().parents[1] / "cities" / "marseille" / "gazetteer" / "streets.csv.gz"
SPREAD_M = 300.0
_ANYWHERE_SHARE = 0.05
_MOST_SEGMENTS = 16


@dataclass(frozen=True)
class Streets:
    """Lines, one street each, in degrees and in metres of a flat map of the city.

    Attributes:
        label: for a table.
        longitude: float64 (v), vertices of all streets, one street after the other.
        latitude: float64 (v).
        x_m: float64 (v), the same on the map.
        y_m: float64 (v).
        first: int64 (streets + 1): first vertex of each street. One vertex each: points.
    """

    label: str
    longitude: Doubles
    latitude: Doubles
    x_m: Doubles
    y_m: Doubles
    first: Longs

    @property
    def are_points(self) -> bool:
        """Whether each street is one vertex."""
        return len(self.first) == len(self.x_m) + 1

    @property
    def segments(self) -> int:
        """How many straight parts there are, or points."""
        return len(self.x_m) if self.are_points else len(self.x_m) - len(self.first) + 1


@dataclass(frozen=True)
class Asked:
    """Points in degrees and on the map."""

    longitude: Doubles
    latitude: Doubles
    x_m: Doubles
    y_m: Doubles


def street_positions() -> tuple[Doubles, Doubles]:
    """Give longitude and latitude of the 5,190 streets of Marseille."""
    with gzip.open(STREETS) as file:
        lines = list(csv.DictReader(io.TextIOWrapper(file, "utf-8")))
    return np.array([float(line["longitude"]) for line in lines]), np.array([float(line["latitude"]) for line in lines])


def city_map(longitude: Doubles, latitude: Doubles) -> Transformer:
    """Give the flat map of a city whose scale is true to some millionths: transverse Mercator about its middle."""
    middle = f"+lon_0={np.median(longitude)} +lat_0={np.median(latitude)}"
    return Transformer.from_crs("EPSG:4326", f"+proj=tmerc {middle} +k=1 +ellps=WGS84 +units=m", always_xy=True)


def point_streets() -> Streets:
    """Give the streets as their positions."""
    x, y = street_positions()
    x_m, y_m = city_map(x, y).transform(x, y)
    return Streets("street positions", x, y, np.asarray(x_m), np.asarray(y_m), np.arange(len(x) + 1))


def line_streets(seed: int) -> Streets:
    """Give each street as a winding line through its position: up to 16 segments of 15 to 90 m."""
    random = np.random.default_rng(seed)
    x, y = street_positions()
    on_map = city_map(x, y)
    x_m, y_m = on_map.transform(x, y)
    counts = np.minimum(1 + random.geometric(0.15, len(x)), _MOST_SEGMENTS + 1)
    first = np.concatenate([[0], np.cumsum(counts)])
    of = np.repeat(np.arange(len(x)), counts)
    length, turn = random.uniform(15, 90, len(of)), random.normal(0, 0.15, len(of))
    turn[first[:-1]] = random.uniform(0, 2 * np.pi, len(x))
    heading = np.cumsum(turn)  # a street's first turn is any direction, so streets do not follow each other
    steps = np.column_stack([length * np.cos(heading), length * np.sin(heading)])
    path = np.cumsum(steps, axis=0)
    middle = np.add.reduceat(path, first[:-1]) / counts[:, None]
    path += (np.column_stack([x_m, y_m]) - middle)[of]
    lon, lat = on_map.transform(path[:, 0], path[:, 1], direction="INVERSE")
    return Streets("street lines", np.asarray(lon), np.asarray(lat), path[:, 0].copy(), path[:, 1].copy(), first)


def asked_near(seed: int, count: int) -> Asked:
    """Draw points about the streets' positions, one in twenty anywhere in the city's box."""
    random = np.random.default_rng(seed + 1)
    x, y = street_positions()
    on_map = city_map(x, y)
    x_m, y_m = (np.asarray(side) for side in on_map.transform(x, y))
    street = random.integers(0, len(x), count)
    spots = np.column_stack([x_m[street], y_m[street]]) + random.normal(0, SPREAD_M, (count, 2))
    anywhere = random.random(count) < _ANYWHERE_SHARE
    low, high = (x_m.min(), y_m.min()), (x_m.max(), y_m.max())
    spots[anywhere] = random.uniform(low, high, (int(anywhere.sum()), 2))
    lon, lat = on_map.transform(spots[:, 0], spots[:, 1], direction="INVERSE")
    return Asked(np.asarray(lon), np.asarray(lat), spots[:, 0].copy(), spots[:, 1].copy())
