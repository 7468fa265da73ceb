"""Point in zone, in memory: our index against geopandas, PyCanopy and DuckDB spatial on the same points."""

from __future__ import annotations

import argparse
import importlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import geopandas
import numpy as np
import numpy.typing as npt
import shapely

from analytics.spatial import ZoneIndex
from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, millions, ratio, versions
from benchmarks.zone_sets import ZoneSet, city_zone_sets, read_zones

Doubles = npt.NDArray[np.float64]
Found = npt.NDArray[np.int64]
Found32 = npt.NDArray[np.int32]
Engine = Callable[[], Found | Found32]
_NONE = -1
_ALL_CORES = "ours, all cores"
_SLOW_SHARE = 10  # geopandas and DuckDB get a tenth of the points
_COLUMNS = (
    "zones", "vertices", "engine", "million points/s", "ours, one thread", "ours, all cores", "differences to GEOS",
    "index MB",
)  # fmt: skip


def run(options: Sequence[str]) -> Result:
    """Measure each set of zones; stop when one verdict of ours differs from GEOS."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks point_in_zone --")
    parser.add_argument(
        "--zones", type=Path, action="append", help="GeoJSON polygons to measure instead of the cities' own"
    )
    parser.add_argument("--points", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args(list(options))
    sets = [read_zones(path) for path in told.zones] if told.zones else city_zone_sets()
    rows: list[dict[str, Cell]] = []
    for zones in sets:
        rows += _measure(zones, told.points, told.rounds)
    against = [float(row["ours, all cores"] or 0) for row in rows if row["engine"] == "pycanopy"]
    verdict = "PyCanopy is not installed (extra `bench`): no ratio."
    if against:
        verdict = f"Zero differences to GEOS; at least {min(against):g} times PyCanopy, both on all cores (goal: 15)."
    return Result(
        name="point_in_zone",
        title="Point in zone, in memory",
        promise="Every verdict equals GEOS, border points included, at 15 times the rate of PyCanopy or more.",
        verdict=verdict,
        columns=_COLUMNS,
        rows=tuple(rows),
        notes=(
            f"{told.points:,} points drawn in the boxes of the zones (a tenth for geopandas and DuckDB), best of "
            f"{told.rounds} rounds taken in turn; "
            "verdicts compared on every vertex and edge middle of the zones too.",
            "Peers get what they need built beforehand (points, trees, tables); ours its index.",
            "PyCanopy and DuckDB use all cores, geopandas one. `ours, one thread` and `ours, all cores` say "
            "how many times as fast ours is as the engine of the line.",
            "Differences count points whose smallest covering zone is another than GEOS' (closed zones).",
            "`--zones FILE` measures other polygons, such as the 35,357 communes of France, too large to ship.",
        ),
        versions=versions("shapely", "geopandas", "pycanopy", "duckdb", "numba", "numpy"),
    )


def _measure(zones: ZoneSet, count: int, rounds: int) -> list[dict[str, Cell]]:
    x, y = zones.points(count)
    vertices = shapely.get_coordinates(zones.geometries)
    middles = (vertices[1:] + vertices[:-1]) / 2
    index = ZoneIndex.build(zones.zone_ids, list(zones.geometries))
    hard_x, hard_y = (np.concatenate([vertices[:, k], middles[:, k]]) for k in (0, 1))
    truth = np.concatenate([_by_geos(zones, x, y), _by_geos(zones, hard_x, hard_y)])
    _refuse_difference(zones, index, np.concatenate([x, hard_x]), np.concatenate([y, hard_y]), truth)
    expected = truth[: len(x)]
    cores = len(os.sched_getaffinity(0))
    few = count // _SLOW_SHARE
    engines: dict[str, tuple[int, Engine]] = {
        "ours": (count, lambda: index.locate(x, y)),
        _ALL_CORES: (count, lambda: index.locate(x, y, threads=cores)),
        "geopandas sjoin": (few, _geopandas(zones, x[:few], y[:few])),
    }
    for engine in _pycanopy(zones, x, y):
        engines["pycanopy"] = (count, engine)
    for engine in _duckdb(zones, x[:few], y[:few]):
        engines["duckdb spatial"] = (few, engine)
    rates = dict.fromkeys(engines, 0.0)
    differences = {name: int((engine() != expected[:points]).sum()) for name, (points, engine) in engines.items()}
    for _ in range(rounds):  # in turn, so that other load falls on all alike
        for name, (points, engine) in engines.items():
            rates[name] = max(rates[name], points / best_seconds(engine, 1))
    return [
        {
            "zones": f"{zones.label} ({len(zones.zone_ids):,})",
            "vertices": zones.vertex_count,
            "engine": name,
            "million points/s": millions(1, 1 / rate),
            "ours, one thread": None if name.startswith("ours") else ratio(rates["ours"], rate),
            "ours, all cores": None if name.startswith("ours") else ratio(rates[_ALL_CORES], rate),
            "differences to GEOS": differences[name],
            "index MB": float(f"{index.nbytes / 1e6:.3g}") if name == "ours" else None,
        }
        for name, rate in rates.items()
    ]


def _by_geos(zones: ZoneSet, x: Doubles, y: Doubles) -> Found:
    tree = shapely.STRtree(zones.geometries)
    points, found = tree.query(shapely.points(x, y), predicate="intersects")
    return _smallest(points, found, len(x))


def _smallest(points: npt.NDArray[np.integer], zones: npt.NDArray[np.integer], count: int) -> Found:
    best = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(best, points, zones)
    best[best == np.iinfo(np.int64).max] = _NONE
    return best


def _refuse_difference(zones: ZoneSet, index: ZoneIndex, x: Doubles, y: Doubles, truth: Found) -> None:
    differing = np.flatnonzero(index.locate(x, y) != truth)
    if len(differing):
        first = differing[0]
        raise BenchmarkError(
            f"{zones.label}: {len(differing)} of {len(x)} points differ from GEOS, first ({x[first]!r}, {y[first]!r}): "
            "expected none; the index is wrong, do not publish"
        )


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
