"""Point in zone, in memory: our index held against GEOS point by point, and timed beside its peers."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import duckdb
import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from analytics.spatial import ZoneIndex
from analytics.spatial.compiled import compiled
from benchmarks.command import main
from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, millions, ratio, versions
from benchmarks.zone_sets import Doubles, ZoneSet, all_zone_sets, read_zones

Found = npt.NDArray[np.int64]
Found32 = npt.NDArray[np.int32]
Engine = Callable[[], object]
GOAL = 15
_NONE = -1
_ONE, _ALL = "ours", "ours, all cores"
_LIMITS = ("memory limit", "memory limit, all cores")
_SLOW_SHARE = 10  # geopandas, shapely and DuckDB get a tenth of the points
_AT_ONCE = 1_000_000  # points that GEOS judges at a time
_COLUMNS = (
    "zones", "vertices", "engine", "million points/s", "ours, one thread", "ours, all cores", "differences to GEOS",
    "points compared", "build s", "index MB",
)  # fmt: skip


def run(options: Sequence[str]) -> Result:
    """Measure each set of zones; stop when one verdict of ours differs from GEOS."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks point_in_zone --")
    parser.add_argument("--seed", type=int, default=2024)
    parser.add_argument("--zones", type=Path, action="append", help="GeoJSON polygons to measure instead of the sets")
    parser.add_argument("--points", type=int, default=2_000_000, help="points to time")
    parser.add_argument("--compared", type=int, default=10_000_000, help="random points to hold against GEOS")
    parser.add_argument("--rounds", type=int, default=7)
    told = parser.parse_args(list(options))
    sets = [read_zones(path) for path in told.zones] if told.zones else all_zone_sets(told.seed)
    rows: list[dict[str, Cell]] = []
    for zones in sets:
        rows += _measure(zones, told)
    compared = sum(int(row["points compared"] or 0) for row in rows)
    return Result(
        name="point_in_zone",
        title="Point in zone, in memory",
        promise=f"Every verdict equals GEOS, border points included, at {GOAL} times the rate of PyCanopy or more.",
        verdict=f"Zero differences to GEOS in {compared:,} points. {_against(rows)}",
        columns=_COLUMNS,
        rows=tuple(rows),
        notes=(
            f"Compared with GEOS (closed zones, the smallest that covers): {told.compared:,} points drawn in the boxes "
            "of the zones, every vertex and edge middle, and the eight doubles around each of these.",
            f"Timed: {told.points:,} of the random points (a tenth for geopandas, shapely and DuckDB), best of "
            f"{told.rounds} rounds taken in turn. Peers get what they need built beforehand (points, trees, tables); "
            "ours its index. Differences of peers count the timed points.",
            "PyCanopy and DuckDB use all cores, geopandas and shapely one. `ours, one thread` and `ours, all cores` "
            "say how many times as fast ours is as the engine of the line.",
            "Memory limit: reading x and y and writing an answer, nothing else, in compiled code on the same arrays.",
            f"Seed {told.seed} draws the points and the made-up zones. The communes are simplified outlines with five "
            "decimals (benchmarks/zones/LICENCE.md); `--zones FILE` measures other polygons.",
        ),
        versions=versions("shapely", "geopandas", "pycanopy", "duckdb", "numba", "numpy"),
    )


def _against(rows: Sequence[dict[str, Cell]]) -> str:
    ratios = {str(row["zones"]): float(row["ours, all cores"] or 0) for row in rows if row["engine"] == "pycanopy"}
    if not ratios:
        return "PyCanopy is not installed (extra `bench`): no ratio."
    least = min(ratios, key=lambda name: ratios[name])
    return f"At least {ratios[least]:g} times PyCanopy, both on all cores ({least}; goal: {GOAL})."


def _measure(zones: ZoneSet, told: argparse.Namespace) -> list[dict[str, Cell]]:
    x, y = zones.points(max(told.compared, told.points), told.seed)
    started = time.perf_counter()
    index = ZoneIndex.build(zones.zone_ids, list(zones.geometries))
    build_seconds = time.perf_counter() - started
    compared = _refuse_difference(zones, index, x, y) + _refuse_difference(zones, index, *zones.hard_points())
    x, y = x[: told.points].copy(), y[: told.points].copy()
    engines = _engines(zones, index, x, y)
    expected = index.locate(x, y)  # proven above
    differences: dict[str, Cell] = {
        name: int((np.asarray(engine()) != expected[:count]).sum())
        for name, (count, engine) in engines.items()
        if name not in _LIMITS
    }
    rates = dict.fromkeys(engines, 0.0)
    for _ in range(told.rounds):  # in turn, so that other load falls on all alike
        for name, (count, engine) in engines.items():
            rates[name] = max(rates[name], count / best_seconds(engine, 1))
    ours = (_ONE, _ALL)
    return [
        {
            "zones": f"{zones.label} ({len(zones.zone_ids):,})",
            "vertices": zones.vertex_count,
            "engine": name,
            "million points/s": millions(1, 1 / rate),
            "ours, one thread": None if name in ours else ratio(rates[_ONE], rate),
            "ours, all cores": None if name in ours else ratio(rates[_ALL], rate),
            "differences to GEOS": differences.get(name),
            "points compared": compared if name == _ONE else None,
            "build s": float(f"{build_seconds:.2g}") if name == _ONE else None,
            "index MB": float(f"{index.nbytes / 1e6:.3g}") if name == _ONE else None,
        }
        for name, rate in rates.items()
    ]


def _engines(zones: ZoneSet, index: ZoneIndex, x: Doubles, y: Doubles) -> dict[str, tuple[int, Engine]]:
    """Give each engine with the number of points it gets."""
    cores = len(os.sched_getaffinity(0))
    count, few = len(x), len(x) // _SLOW_SHARE
    engines: dict[str, tuple[int, Engine]] = {
        _LIMITS[0]: (count, lambda: _copy(x, y, 1)),
        _LIMITS[1]: (count, lambda: _copy(x, y, cores)),
        _ONE: (count, lambda: index.locate(x, y)),
        _ALL: (count, lambda: index.locate(x, y, threads=cores)),
        "geopandas sjoin": (few, _geopandas(zones, x[:few], y[:few])),
        "shapely STRtree": (few, _shapely(zones, x[:few], y[:few])),
    }
    for engine in _pycanopy(zones, x, y):
        engines["pycanopy"] = (count, engine)
    for engine in _duckdb(zones, x[:few], y[:few]):
        engines["duckdb spatial"] = (few, engine)
    return engines


@compiled
def _read_and_write(x: Doubles, y: Doubles, found: Found32) -> None:
    for p in range(x.shape[0]):
        found[p] = np.int32(x[p] + y[p])


def _copy(x: Doubles, y: Doubles, threads: int) -> Found32:
    """Read x and y and write one answer each: what any search must do at least."""
    found = np.empty(len(x), np.int32)
    if threads == 1:
        _read_and_write(x, y, found)
        return found
    cuts = np.linspace(0, len(x), threads + 1).astype(int).tolist()
    parts = [slice(begin, end) for begin, end in pairwise(cuts)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda part: _read_and_write(x[part], y[part], found[part]), parts))
    return found


def _by_geos(zones: ZoneSet, x: Doubles, y: Doubles) -> Found:
    """Give the smallest zone that covers each point: prepared polygons asked for the points of a tree."""
    tree = shapely.STRtree(shapely.points(x, y))
    found, points = tree.query(zones.geometries, predicate="intersects")
    return _smallest(points, found, len(x))


def _smallest(points: npt.NDArray[np.integer], zones: npt.NDArray[np.integer], count: int) -> Found:
    best = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(best, points, zones)
    best[best == np.iinfo(np.int64).max] = _NONE
    return best


def _refuse_difference(zones: ZoneSet, index: ZoneIndex, x: Doubles, y: Doubles) -> int:
    """Hold every verdict against GEOS; gives the number of points compared.

    Raises:
        BenchmarkError: one differs.
    """
    for begin in range(0, len(x), _AT_ONCE):
        part_x, part_y = x[begin : begin + _AT_ONCE], y[begin : begin + _AT_ONCE]
        differing = np.flatnonzero(index.locate(part_x, part_y) != _by_geos(zones, part_x, part_y))
        if len(differing):
            first = differing[0]
            raise BenchmarkError(
                f"{zones.label}: {len(differing)} of {len(part_x)} points differ from GEOS, first "
                f"({part_x[first]!r}, {part_y[first]!r}): expected none; the index is wrong, do not publish"
            )
    return len(x)


def _shapely(zones: ZoneSet, x: Doubles, y: Doubles) -> Engine:
    points = shapely.points(x, y)
    tree = shapely.STRtree(zones.geometries)

    def join() -> Found:
        asked, found = tree.query(points, predicate="intersects")
        return _smallest(asked, found, len(x))

    return join


def _geopandas(zones: ZoneSet, x: Doubles, y: Doubles) -> Engine:
    places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y), crs=4326)
    areas = geopandas.GeoDataFrame(geometry=list(zones.geometries), crs=4326)

    def join() -> Found:
        joined = geopandas.sjoin(places, areas, how="inner", predicate="intersects")
        return _smallest(np.asarray(joined.index), np.asarray(joined["index_right"]), len(x))

    return join


def _pycanopy(zones: ZoneSet, x: Doubles, y: Doubles) -> list[Engine]:
    try:
        pycanopy = importlib.import_module("pycanopy")
    except ImportError:
        return []
    engine = pycanopy.Engine.from_polygons(zones.geometries)
    engine.build_index()

    def join() -> Found:
        pairs = engine.batch_contains(x, y).reshape(-1, 2)
        best = np.full(len(x), _NONE, np.int64)
        order = np.argsort(-pairs[:, 1].astype(np.int64), kind="stable") if _has_repeats(pairs) else slice(None)
        best[pairs[order, 0]] = pairs[order, 1]
        return best

    return [join]


def _has_repeats(pairs: npt.NDArray[np.uint32]) -> bool:
    points = pairs[:, 0]
    return bool((np.diff(points.astype(np.int64)) <= 0).any())


def _duckdb(zones: ZoneSet, x: Doubles, y: Doubles) -> list[Engine]:
    try:
        package = importlib.import_module("duckdb_extension_spatial")
    except ImportError:
        return []
    extensions = Path(str(package.__file__)).parent / "extensions"
    library = next(extensions.glob("*/spatial.duckdb_extension"))
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false", "threads": str(os.cpu_count())})
    connection.execute(f"LOAD '{library}'")
    outlines = {"zone": np.arange(len(zones.zone_ids)), "wkb": shapely.to_wkb(zones.geometries)}
    table = _arrow(outlines)
    places = _arrow({"place": np.arange(len(x)), "x": x, "y": y})
    connection.register("told_zones", table)
    connection.register("told_places", places)
    connection.execute("create table zones as select zone, ST_GeomFromWKB(wkb) as outline from told_zones")
    connection.execute("create table places as select place, ST_Point(x, y) as spot from told_places")

    def join() -> Found:
        joined = connection.execute(
            "select place, zone from places join zones on ST_Intersects(outline, spot)"
        ).fetchnumpy()
        return _smallest(np.asarray(joined["place"]), np.asarray(joined["zone"]), len(x))

    return [join]


def _arrow(columns: dict[str, object]) -> object:
    return importlib.import_module("pyarrow").table(columns)


if __name__ == "__main__":
    sys.exit(main(run))
