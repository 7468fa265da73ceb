"""A year of a large city's reports, from files to silver on two cores: seconds and rows per second of each stretch."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from benchmarks.pipeline import measured
from benchmarks.result import BenchmarkError, Result, versions
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.registry import load
from connectors.sdk.runner import run_once
from connectors.sdk.sink import BrokerSettings, KafkaSink, ensure_topics
from schemas.city import load_city
from vigie.errors import VigieError
from vigie.local.process import all_stopped_at_end
from vigie.settings import Settings

CITY, CONNECTOR = "chicago", "chicago_crimes"
FILES = 12


def run(options: Sequence[str]) -> Result:
    """Write a year of files, then read them through connector, broker, bronze and silver."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks year_of_reports --")
    parser.add_argument("--reports", type=int, default=500_000)
    parser.add_argument("--seed", type=int, default=20_260_101)
    told = parser.parse_args(list(options))
    try:
        with tempfile.TemporaryDirectory() as folder, all_stopped_at_end():
            files = _written(Path(folder), told.reports, told.seed)
            rows = measured(CITY, Path(folder), lambda own, bootstrap: _published(own, bootstrap, files))
    except VigieError as error:
        raise BenchmarkError(str(error)) from error
    seconds = sum(float(row["seconds"] or 0) for row in rows)
    return Result(
        name="year_of_reports",
        title="A year of a large city's reports, from files to silver",
        promise="A year's reports of a city of millions are taken in while a coffee is drunk, on two cores.",
        verdict=f"{told.reports:,} reports from {FILES} files to silver in {seconds:.0f} s.",
        columns=("stretch", "rows", "seconds", "rows/s"),
        rows=tuple(rows),
        notes=(
            f"{told.reports:,} lines in the form of Chicago's file: its events of ten years folded into one year, "
            f"each told again with its minute moved by seed {told.seed} until there are enough; one file a month.",
            "One broker and one Spark session (`local[2]`) on the same cores; its start is not in the figures, "
            " its warm-up is. Silver includes all checks, versions, the geo-join, the category map and the accounting.",
        ),
        versions=versions("pyspark", "delta-spark", "kafka-python"),
    )


def _written(folder: Path, reports: int, seed: int) -> tuple[Path, ...]:
    """The year's files, by month; every line is another event."""
    (recording,) = load_city(CITY).source(CONNECTOR).recordings
    lines = list(csv.reader(io.StringIO(gzip.decompress(recording.read_bytes()).decode("utf-8-sig"), newline="")))
    header, events = lines[0], lines[1:]
    at = header.index("date")
    random = Random(seed)
    months: list[list[list[str]]] = [[] for _ in range(FILES)]
    for number in range(reports):
        event = list(events[number % len(events)])
        day, clock = event[at][5:10], event[at][11:13]
        day = "02-28" if day == "02-29" else day
        event[at] = f"2019-{day} {clock}:{random.randrange(60):02d}"
        months[int(day[:2]) - 1].append(event)
    return tuple(_file(folder / f"chicago_2019_{month + 1:02d}.csv", header, months[month]) for month in range(FILES))


def _file(path: Path, header: list[str], events: list[list[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *events])
    return path


def _published(settings: Settings, bootstrap: str, files: tuple[Path, ...]) -> int:
    city = load_city(CITY)
    connector = load(CONNECTOR)(replace(city.source(CONNECTOR), recordings=files), city)
    broker = BrokerSettings(bootstrap)
    ensure_topics(broker, [CONNECTOR])
    with KafkaSink(broker, settings.home / "spool") as sink:
        return run_once(connector, sink, OffsetStore(settings.home / "offsets")).read
