"""Nearest streets and streets within a radius, in memory: our index against PyCanopy, SciPy and GEOS."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod

from analytics.spatial import NearestIndex
from benchmarks.command import main
from benchmarks.nearest_peers import Peer, nearest_peers, shapes_of, within_peers
from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, millions, ratio, versions
from benchmarks.street_sets import Asked, Streets, asked_near, line_streets, point_streets

Longs = npt.NDArray[np.int64]
NEAREST = (1, 5)
RADIUS_M = 200.0
_SLOW_SHARE = 20  # slow peers get a twentieth of the points
_ONE, _ALL = "ours, one thread", "ours, all cores"
_MEMORY = "memory alone"
_WORK = "CPU ns/point"
_FLAT_M = 0.02  # lines are straight on the map for peers, geodesics for us, and the map is not quite true
_COLUMNS = (
    "features", "question", "engine", "million points/s", _ONE, _ALL, _WORK, "other answers", "index MB",
)  # fmt: skip


def run(options: Sequence[str]) -> Result:
    """Measure points and lines, k = 1 and 5 and a radius; stop when an answer of ours is beaten."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks nearest --")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args(list(options))
    asked = asked_near(told.seed, told.points)
    rows: list[dict[str, Cell]] = []
    for streets in (point_streets(), line_streets(told.seed)):
        rows += _measure(streets, asked, told.rounds)
    return Result(
        name="nearest",
        title="Nearest street and streets within a radius, in memory",
        promise="The nearest features in metres on the ellipsoid, never a farther one than a peer finds, at twice the "
        "rate of PyCanopy or more.",
        verdict=_verdict(rows),
        columns=_COLUMNS,
        rows=tuple(rows),
        notes=(
            f"The 5,190 street positions of Marseille, and a line drawn through each from seed {told.seed} (the city's "
            f"street file has no lines): up to 16 segments of 15 to 90 m. {told.points:,} points asked, normal about "
            "the positions with 300 m, one in twenty anywhere in the city's box; a twentieth of them where a peer is "
            f"slow. Best of {told.rounds} rounds taken in turn.",
            "Ours takes longitude and latitude and tells metres on the ellipsoid. Peers get points and features on a "
            "flat map in metres, made beforehand and not in their time, and the index built; PyCanopy tells no "
            "distances for points, and within a radius pairs in no order. "
            "PyCanopy knows no lines: each is given as a polygon that runs there and back.",
            "PyCanopy uses all cores, shapely and geopandas one. The two columns “ours” say how many times as fast as "
            "the engine of the line. Processor time counts all cores; other load of the machine does not add to it.",
            "Other answers: points whose features (or number of features within the radius) differ from ours. Where a "
            "nearest feature differs, GeographicLib measures both: ours is never the farther one. Differing counts "
            "have a street at the radius, to two centimetres.",
            f"“{_MEMORY}” copies the points asked and writes answers of the same size, on one core: what reading and "
            "writing alone would allow.",
        ),
        versions=versions("pycanopy", "scipy", "shapely", "geopandas", "numba", "numpy"),
    )


def _verdict(rows: Sequence[dict[str, Cell]]) -> str:
    peer = [row for row in rows if row["engine"] == "pycanopy"]
    if not peer:
        return "PyCanopy is not installed (extra `bench`): no ratio."
    least = {name: min(float(row[name] or 0) for row in peer) for name in (_ONE, _ALL)}
    mine = {(row["features"], row["question"]): float(row[_WORK] or 0) for row in rows if row["engine"] == _ALL}
    works = (ratio(float(row[_WORK] or 0), mine[row["features"], row["question"]]) for row in peer)
    return (
        f"At least {least[_ALL]:g} times PyCanopy with all cores on both sides (goal: 2), {least[_ONE]:g} times with "
        f"one thread against all its cores, and {min(works):g} times less processor time; no nearest feature of a peer "
        "is nearer than ours."
    )


def _measure(streets: Streets, asked: Asked, rounds: int) -> list[dict[str, Cell]]:
    x, y = streets.longitude, streets.latitude
    index = NearestIndex.of_points(x, y) if streets.are_points else NearestIndex.of_lines(x, y, streets.first)
    few = max(len(asked.x_m) // _SLOW_SHARE, 1)
    cores = len(os.sched_getaffinity(0))
    x, y = asked.longitude, asked.latitude
    rows: list[dict[str, Cell]] = []
    for k in NEAREST:
        mine = index.nearest(x, y, k)
        peers = nearest_peers(streets, asked, k, few)
        differing = {peer.name: _other_nearest(streets, asked, mine.features, peer) for peer in peers}
        ours: dict[str, Callable[[], Any]] = {
            _ONE: partial(index.nearest, x, y, k),
            _ALL: partial(index.nearest, x, y, k, threads=cores),
            _MEMORY: _copies(asked, mine.features, mine.distances_m),
        }
        rows += _rows(streets, f"nearest {k}", ours, peers, differing, index, len(x), rounds)
    inside = index.within(x, y, RADIUS_M)
    peers = within_peers(streets, asked, RADIUS_M, few)
    differing = {peer.name: _other_counts(index, asked, np.diff(inside.first), peer) for peer in peers}
    ours = {
        _ONE: partial(index.within, x, y, RADIUS_M),
        _ALL: partial(index.within, x, y, RADIUS_M, threads=cores),
        _MEMORY: _copies(asked, inside.features, inside.distances_m),
    }
    each = f"within {RADIUS_M:g} m ({inside.first[-1] / len(x):.1f} each)"
    return rows + _rows(streets, each, ours, peers, differing, index, len(x), rounds)


def _rows(
    streets: Streets, question: str, ours: dict[str, Callable[[], Any]], peers: Sequence[Peer],
    differing: dict[str, int], index: NearestIndex, count: int, rounds: int,
) -> list[dict[str, Cell]]:  # fmt: skip
    engines = {name: (count, ask) for name, ask in ours.items()} | {
        peer.name: (peer.points, peer.ask) for peer in peers
    }
    rates, work = dict.fromkeys(engines, 0.0), dict.fromkeys(engines, float("inf"))
    for _ in range(rounds):  # in turn, so that other load falls on all alike
        for name, (points, ask) in engines.items():
            before = time.process_time()
            rates[name] = max(rates[name], points / best_seconds(ask, 1))
            work[name] = min(work[name], (time.process_time() - before) / points)
    sizes = {_ONE: index.nbytes, **{peer.name: peer.index_bytes for peer in peers if peer.index_bytes}}
    return [
        {
            "features": f"{streets.label} ({streets.segments:,})",
            "question": question,
            "engine": name,
            "million points/s": millions(1, 1 / rate),
            _ONE: None if name in (_ONE, _ALL) else ratio(rates[_ONE], rate),
            _ALL: None if name in (_ONE, _ALL) else ratio(rates[_ALL], rate),
            _WORK: float(f"{work[name] * 1e9:.3g}"),
            "other answers": differing.get(name),
            "index MB": float(f"{sizes[name] / 1e6:.3g}") if name in sizes else None,
        }
        for name, rate in rates.items()
    ]


def _copies(asked: Asked, features: npt.NDArray[np.int32], metres: npt.NDArray[np.float64]) -> Callable[[], object]:
    arrays: list[npt.NDArray[Any]] = [asked.longitude, asked.latitude, features, metres]
    rooms = [np.empty_like(array) for array in arrays]

    def copy() -> None:
        for room, array in zip(rooms, arrays, strict=True):
            np.copyto(room, array)

    return copy


def _other_nearest(streets: Streets, asked: Asked, mine: npt.NDArray[np.int32], peer: Peer) -> int:
    """Count the points for which a peer has other features; refuse when a feature of the peer's is the nearer."""
    its = peer.features(peer.ask())
    mine = mine[: len(its)]
    point, rank = np.nonzero(mine != its)
    if len(point):
        own, other = (_metres(streets, asked, point, found[point, rank]) for found in (mine, its))
        worst = int(np.argmax(own - other))
        if own[worst] - other[worst] > (1e-5 if streets.are_points else _FLAT_M):
            raise BenchmarkError(
                f"{streets.label}: point {point[worst]} is {own[worst]} m from our feature {mine[point, rank][worst]} "
                f"and {other[worst]} m from {its[point, rank][worst]} of {peer.name}: expected the nearest; the index "
                "is wrong, do not publish"
            )
    return len(np.unique(point))


def _metres(streets: Streets, asked: Asked, point: Longs, feature: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Distance of points from features: the geodesic for points, the map's for lines."""
    if streets.are_points:
        here = (asked.longitude[point], asked.latitude[point])
        there = (streets.longitude[feature], streets.latitude[feature])
        return np.asarray(Geod(ellps="WGS84").inv(*here, *there)[2], dtype=np.float64)
    spots = shapely.points(asked.x_m[point], asked.y_m[point])
    return np.asarray(shapely.distance(shapes_of(streets)[feature], spots), dtype=np.float64)


def _other_counts(index: NearestIndex, asked: Asked, mine: Longs, peer: Peer) -> int:
    """Count the points with another number of features; refuse when none of theirs lies at the radius."""
    its = peer.features(peer.ask())
    other = np.flatnonzero(mine[: len(its)] != its)
    x, y = asked.longitude[other], asked.latitude[other]
    wide, narrow = (np.diff(index.within(x, y, RADIUS_M + d).first) for d in (_FLAT_M, -_FLAT_M))
    wrong = np.flatnonzero((its[other] > wide) | (its[other] < narrow))
    if len(wrong):
        raise BenchmarkError(
            f"point {other[wrong[0]]} has {mine[other[wrong[0]]]} features within {RADIUS_M:g} m and "
            f"{its[other[wrong[0]]]} by {peer.name}: expected one number; the index is wrong, do not publish"
        )
    return len(other)


if __name__ == "__main__":
    sys.exit(main(run))
