"""What other libraries need to answer who is near, on a flat map in metres, built beforehand."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from benchmarks.street_sets import Asked, Streets

Longs = npt.NDArray[np.int64]
Answer = Callable[[], Any]


@dataclass(frozen=True)
class Peer:
    """One way of another library to answer one question.

    Attributes:
        name: for the table.
        points: how many of the points it is asked; slow ones get fewer.
        ask: gives its own kind of answer; timed.
        features: turns that into features (points, k), -1 for none, or into counts per point; not timed.
        index_bytes: memory of its index, if it tells.
    """

    name: str
    points: int
    ask: Answer
    features: Callable[[Any], Longs]
    index_bytes: int | None = None


def shapes_of(streets: Streets) -> npt.NDArray[np.object_]:
    """Give the streets as points or lines on the map."""
    places = np.column_stack([streets.x_m, streets.y_m])
    if streets.are_points:
        return np.asarray(shapely.points(places), dtype=object)
    lines = np.repeat(np.arange(len(streets.first) - 1), np.diff(streets.first))
    return np.asarray(shapely.linestrings(places, indices=lines), dtype=object)


def nearest_peers(streets: Streets, asked: Asked, k: int, few: int) -> list[Peer]:
    """Give the peers that find the k nearest streets."""
    count = len(asked.x_m)
    peers = _pycanopy_nearest(streets, asked, k, count if streets.are_points else few)
    if streets.are_points:
        peers += _scipy_nearest(streets, asked, k)
    if k == 1:
        shapes = shapes_of(streets)
        spots = np.asarray(shapely.points(asked.x_m[:few], asked.y_m[:few]))
        tree = shapely.STRtree(shapes)
        peers.append(
            Peer("shapely STRtree", few, lambda: tree.nearest(spots), lambda found: np.asarray(found)[:, None])
        )
        streets_frame = geopandas.GeoDataFrame(geometry=list(shapes))
        spots_frame = geopandas.GeoDataFrame(geometry=list(spots))
        peers.append(
            Peer(
                "geopandas sjoin_nearest",
                few,
                lambda: geopandas.sjoin_nearest(spots_frame, streets_frame, distance_col="distance_m"),
                lambda joined: _first_of_each(np.asarray(joined.index), np.asarray(joined["index_right"]), few),
            )
        )
    return peers


def within_peers(streets: Streets, asked: Asked, radius_m: float, few: int) -> list[Peer]:
    """Give the peers that find all streets within a radius; they tell how many each point has."""
    count = len(asked.x_m)
    peers = _pycanopy_within(streets, asked, radius_m, count if streets.are_points else few)
    if streets.are_points:
        trees = importlib.import_module("scipy.spatial")
        tree = trees.cKDTree(np.column_stack([streets.x_m, streets.y_m]))
        spots = np.column_stack([asked.x_m, asked.y_m])[:few]
        peers.append(
            Peer(
                "scipy cKDTree, all cores",
                few,
                lambda: tree.query_ball_point(spots, radius_m, workers=-1),
                lambda found: np.array([len(one) for one in found]),
            )
        )
    shapes = shapes_of(streets)
    index = shapely.STRtree(shapes)
    places = np.asarray(shapely.points(asked.x_m[:few], asked.y_m[:few]))
    peers.append(
        Peer(
            "shapely STRtree",
            few,
            lambda: index.query(places, predicate="dwithin", distance=radius_m),
            lambda pairs: np.bincount(pairs[0], minlength=few),
        )
    )
    return peers


def _pycanopy_of(streets: Streets) -> Any | None:
    """Give pycanopy's engine; it knows no lines, so a line is a polygon that runs there and back."""
    try:
        pycanopy = importlib.import_module("pycanopy")
    except ImportError:
        return None
    if streets.are_points:
        engine = pycanopy.Engine.from_coords(streets.x_m, streets.y_m)
    else:
        lines = (shapely.get_coordinates(line) for line in shapes_of(streets))
        engine = pycanopy.Engine.from_polygons([shapely.Polygon([*line, *line[-2::-1]]) for line in lines])
    engine.build_index()
    return engine


def _pycanopy_nearest(streets: Streets, asked: Asked, k: int, count: int) -> list[Peer]:
    engine = _pycanopy_of(streets)
    if engine is None:
        return []
    x, y = asked.x_m[:count], asked.y_m[:count]

    def features(found: Any) -> Longs:
        told = found if streets.are_points else found[0]
        return np.asarray(told, dtype=np.int64).reshape(-1, k)

    answer = engine.batch_knn_join if streets.are_points else engine.batch_knn_to_polygons
    return [Peer("pycanopy", count, partial(answer, x, y, k), features, engine.index_bytes)]


def _pycanopy_within(streets: Streets, asked: Asked, radius_m: float, count: int) -> list[Peer]:
    engine = _pycanopy_of(streets)
    if engine is None:
        return []
    x, y = asked.x_m[:count], asked.y_m[:count]

    def counts(pairs: Any) -> Longs:
        return np.bincount(pairs.reshape(-1, 2)[:, 0], minlength=count)

    answer = engine.batch_within_distance if streets.are_points else engine.batch_within_distance_to_polygons
    return [Peer("pycanopy", count, partial(answer, x, y, radius_m), counts, engine.index_bytes)]


def _scipy_nearest(streets: Streets, asked: Asked, k: int) -> list[Peer]:
    trees = importlib.import_module("scipy.spatial")
    tree = trees.cKDTree(np.column_stack([streets.x_m, streets.y_m]))
    spots = np.column_stack([asked.x_m, asked.y_m])

    def ask(workers: int) -> Answer:
        return lambda: tree.query(spots, k, workers=workers)

    def features(found: Any) -> Longs:
        return np.asarray(found[1], dtype=np.int64).reshape(-1, k)

    names = {"scipy cKDTree, one thread": 1, "scipy cKDTree, all cores": -1}
    return [Peer(name, len(spots), ask(workers), features) for name, workers in names.items()]


def _first_of_each(points: Longs, features: Longs, count: int) -> Longs:
    found = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(found, points, features)
    return found[:, None]
