"""Point in zone inside Spark: our index in Arrow batches against the bare crossing into Python and against peers."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.functions import pandas_udf

from analytics.spatial import ZoneIndex
from benchmarks.command import main
from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, millions, ratio, versions
from benchmarks.zone_sets import CITIES, ZoneSet, read_zones

_ROOT = Path(__file__).parents[1]
_LOCATED = "x double, y double, zone int"
_SAME_SHAPE = "identity and a column of zeros"
_SLOW_SHARE = 20  # slow peers get a twentieth of the rows

Batches = Iterable[pa.RecordBatch]


def run(options: Sequence[str]) -> Result:
    """Measure rows per second of each way, warm, into a sink that keeps nothing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks point_in_zone_spark --")
    parser.add_argument("--zones", type=Path, default=next(CITIES.glob("marseille/zones/*.geojson*"), None))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=4_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    told = parser.parse_args(list(options))
    if told.zones is None:
        raise BenchmarkError("no zones of Marseille under cities/: expected GeoJSON; give it with --zones FILE")
    zones = read_zones(told.zones)
    session = _session()
    try:
        rates = _rates(session, zones, told)
    finally:
        session.stop()
    ours, boundary, panda = rates["ours"], rates["identity (the boundary)"], rates["geopandas in a pandas UDF"]
    rows: list[dict[str, Cell]] = [
        {
            "engine": name,
            "million rows/s": millions(1, 1 / rate),
            "of the boundary": ratio(rate, boundary),
            "ours is faster": None if name == "ours" else ratio(ours, rate),
        }
        for name, rate in rates.items()
    ]
    return Result(
        name="point_in_zone_spark",
        title="Point in zone, inside Spark",
        promise="At least 0.9 times the bare crossing into Python and back, and 20 times geopandas in a pandas UDF.",
        verdict=(
            f"{ratio(ours, boundary):g} times the boundary, {ratio(ours, rates[_SAME_SHAPE]):g} times the boundary "
            f"that returns as many columns, {ratio(ours, panda):g} times geopandas."
        ),
        columns=("engine", "million rows/s", "of the boundary", "ours is faster"),
        rows=tuple(rows),
        notes=(
            f"{told.rows:,} rows of two doubles ({told.rows // _SLOW_SHARE:,} for the slow peers), "
            f"{zones.label} ({len(zones.zone_ids)} zones), two task threads, `noop` sink, warm, "
            f"best of {told.rounds} rounds in turn.",
            "The boundary is `mapInArrow` that yields its batches as they came; ours adds a zone column.",
        ),
        versions=versions("pyspark", "pyarrow", "geopandas", "pycanopy", "numba"),
    )


def _session() -> SparkSession:
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    builder: SparkSession.Builder = SparkSession.builder
    session = (
        builder.master("local[2]")
        .appName("point_in_zone_spark")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def _rates(session: SparkSession, zones: ZoneSet, told: argparse.Namespace) -> dict[str, float]:
    count = int(told.rows)
    west, south, east, north = geopandas.GeoSeries(list(zones.geometries)).total_bounds.tolist()

    def points(rows: int) -> DataFrame:
        x = f.lit(west) + f.rand(told.seed) * f.lit(east - west)
        y = f.lit(south) + f.rand(told.seed + 1) * f.lit(north - south)
        return session.range(0, rows, 1, 2).select(x.alias("x"), y.alias("y"))

    few = count // _SLOW_SHARE
    works: dict[str, tuple[int, DataFrame]] = {
        "identity (the boundary)": (count, points(count).mapInArrow(_identity, "x double, y double")),
        _SAME_SHAPE: (count, points(count).mapInArrow(_zeros, _LOCATED)),
        "ours": (count, points(count).mapInArrow(_ours(session, zones), _LOCATED)),
        "geopandas in a pandas UDF": (few, points(few).withColumn("zone", _geopandas(session, zones)("x", "y"))),
    }
    if importlib.util.find_spec("pycanopy"):
        works["pycanopy in mapInArrow"] = (few, points(few).mapInArrow(_pycanopy(session, zones), _LOCATED))
    best = dict.fromkeys(works, float("inf"))
    for _ in range(told.rounds + 1):  # in turn, so that other load falls on all alike; the first round warms up
        for name, (_, frame) in works.items():
            writer = frame.write.format("noop").mode("overwrite")
            best[name] = min(best[name], best_seconds(writer.save, 1))
    return {name: rows / best[name] for name, (rows, _) in works.items()}


def _identity(batches: Batches) -> Batches:
    yield from batches


def _zeros(batches: Batches) -> Batches:
    for batch in batches:
        zone = pa.array(np.zeros(batch.num_rows, np.int32))
        yield pa.RecordBatch.from_arrays([batch.column(0), batch.column(1), zone], ["x", "y", "zone"])


def _ours(session: SparkSession, zones: ZoneSet) -> Callable[[Batches], Batches]:
    index = session.sparkContext.broadcast(ZoneIndex.build(zones.zone_ids, list(zones.geometries)))

    def locate(batches: Batches) -> Batches:
        for batch in batches:
            x, y = batch.column(0), batch.column(1)
            zone = index.value.locate(x.to_numpy(), y.to_numpy())
            yield pa.RecordBatch.from_arrays([x, y, pa.array(zone)], ["x", "y", "zone"])

    return locate


def _geopandas(session: SparkSession, zones: ZoneSet) -> Callable[..., Any]:
    areas = session.sparkContext.broadcast(geopandas.GeoDataFrame(geometry=list(zones.geometries), crs=4326))

    def locate(x: pd.Series, y: pd.Series) -> pd.Series:
        places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y), crs=4326)
        joined = geopandas.sjoin(places, areas.value, how="left", predicate="intersects")
        smallest: pd.Series = joined["index_right"].fillna(-1).astype("int32").groupby(level=0).min()
        return smallest

    made: Callable[..., Any] = pandas_udf(locate, "int")  # type: ignore[call-overload]
    return made


def _pycanopy(session: SparkSession, zones: ZoneSet) -> Callable[[Batches], Batches]:
    outlines = session.sparkContext.broadcast(zones.geometries)

    def locate(batches: Batches) -> Batches:
        pycanopy = importlib.import_module("pycanopy")
        engine = pycanopy.Engine.from_polygons(outlines.value)
        for batch in batches:
            x, y = batch.column(0), batch.column(1)
            pairs = engine.batch_contains(x.to_numpy(), y.to_numpy()).reshape(-1, 2)
            zone = np.full(batch.num_rows, -1, np.int32)
            zone[pairs[:, 0]] = pairs[:, 1]
            yield pa.RecordBatch.from_arrays([x, y, pa.array(zone)], ["x", "y", "zone"])

    return locate


if __name__ == "__main__":
    sys.exit(main(run))
