"""A city's recordings through the whole path: connector, broker, bronze, silver; rows per second of each stretch."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.result import BenchmarkError, Cell, Result, versions
from jobs.pipeline import run_layer
from jobs.sdk.session import running_session
from jobs.sdk.settings import LakeSettings
from schemas.city import load_city
from vigie import settings as application
from vigie import sources
from vigie.errors import VigieError
from vigie.local.kafka import start_broker
from vigie.local.process import all_stopped_at_end
from vigie.settings import Settings


def run(options: Sequence[str]) -> Result:
    """Start a broker and a Spark session of its own, play one city, and stop both."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks pipeline --")
    parser.add_argument("--city", default="lancashire")
    told = parser.parse_args(list(options))
    try:
        with tempfile.TemporaryDirectory() as folder, all_stopped_at_end():
            rows = measured(told.city, Path(folder), lambda own, at: recorded(own, told.city, at))
    except VigieError as error:
        raise BenchmarkError(str(error)) from error
    slowest = min(rows, key=lambda row: float(row["rows/s"] or 0))
    return Result(
        name="pipeline",
        title="Records through the pipeline",
        promise="Each stretch from connector to silver carries thousands of rows per second on two cores.",
        verdict=f"The slowest stretch, {slowest['stretch']}, carries {slowest['rows/s']:,} rows/s in its first run.",
        columns=("stretch", "rows", "seconds", "rows/s"),
        rows=tuple(rows),
        notes=(
            f"All sources of {told.city} once, from their recordings; polled ones over real HTTP on loopback.",
            "One broker and one Spark session (`local[2]`) on the same cores. The first queries of a session carry its "
            "warm-up, which is in these figures; the session's start is not.",
            "Silver includes all checks, versions, the geo-join, the category map and the accounting.",
        ),
        versions=versions("pyspark", "delta-spark", "kafka-python"),
    )


def recorded(settings: Settings, city: str, bootstrap: str) -> int:
    """Play a city's recordings to the broker and return the rows read."""
    return sum(report.read for report in sources.run(settings, city, bootstrap))


def measured(city: str, folder: Path, play: Callable[[Settings, str], int]) -> list[dict[str, Cell]]:
    """Seconds and rows per second of each stretch, with a broker and a Spark session of its own.

    Args:
        city: whose profile and lake.
        folder: for all that is written.
        play: publishes the rows, given the settings and the broker's address, and returns how many were read.
    """
    installed = application.load(city)
    own = installed.model_copy(update={"home": folder})
    broker = start_broker(folder / "kafka", jars_dir=installed.jars("kafka"))
    try:
        started = time.perf_counter()
        published = play(own, broker.bootstrap_servers)
        stretches = [_row("files to broker, all checks", published, time.perf_counter() - started)]
        lake = LakeSettings(
            lake_root=str(folder / "lake"),
            checkpoint_root=str(folder / "checkpoints"),
            jars_dir=installed.jars("spark"),
            city=load_city(city),
            lock_root=folder / "locks",
            kafka_bootstrap=broker.bootstrap_servers,
        )
        with running_session(lake) as session:
            ingest = run_layer(session, lake, "ingest").seconds
            stretches.append(_row("broker to bronze", published, ingest))
            silver = run_layer(session, lake, "silver").seconds
            stretches.append(_row("bronze to silver", published, silver))
    finally:
        broker.stop()
    return stretches


def _row(stretch: str, rows: int, seconds: float) -> dict[str, Cell]:
    return {"stretch": stretch, "rows": rows, "seconds": round(seconds, 1), "rows/s": round(rows / seconds)}
