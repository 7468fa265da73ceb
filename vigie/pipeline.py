"""Run the Spark jobs of a city: the settings in, one Spark application, the reports out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Literal

from vigie.errors import WrongUse
from vigie.local.waiting import stopped_by_signals, terminable
from vigie.mark import carry_over
from vigie.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from jobs.pipeline import LayerReport
    from jobs.sdk.settings import LakeSettings

Layer = Literal["ingest", "silver", "gate", "gold"]
LAYERS: tuple[Layer, ...] = ("ingest", "silver", "gate", "gold")
ISOLATED = "isolated"
_LAYER_OF_FOLDER = {"bronze": "ingest", "reference": "silver", "quality": "silver"}


@dataclass(frozen=True)
class Window:
    """Local days, both included; None is open."""

    start: date | None = None
    end: date | None = None

    def __bool__(self) -> bool:
        """Whether anything is cut off."""
        return self.start is not None or self.end is not None


def run(settings: Settings, city: str, what: str, window: Window) -> list[LayerReport]:
    """Run a layer, `all` layers, or one table, in one Spark application.

    A gold table is made alone, whole or for a window of its days; any other table is made with its layer, because the
    tables of a layer are filled by the same pass.

    Raises:
        WrongUse: there is no such layer or table, or a window was given for something that takes none.
    """
    if what.partition(".")[0] == ISOLATED:
        return [_run_isolated(settings, city, window)]
    layers = _layers_of(what)
    if window.start and window.end and window.start > window.end:
        raise WrongUse(f"--from {window.start} is after --to {window.end}; exchange them")
    condition = _condition(what, window) if window else None
    with _application(settings, city, needs_broker="ingest" in layers) as (session, lake):
        from jobs import pipeline

        if "gate" in layers[1:]:
            pipeline.import_ahead()
        if what.startswith("gold."):
            return [_run_gold_table(session, lake, what, condition)]
        return [pipeline.run_layer(session, lake, layer) for layer in layers]


def _run_isolated(settings: Settings, city: str, window: Window) -> LayerReport:
    """The isolated class, in its own store and in a Spark application that has seen no other table."""
    if window:
        raise WrongUse("--from and --to cut a gold table by its days, which the isolated class has not; leave them out")
    root = settings.isolated_store(city)
    with _application(settings, city, needs_broker=True) as (session, lake):
        from jobs.isolated import run_isolated, store_settings
        from jobs.sdk.table import Lake

        store = store_settings(lake, root)
        return run_isolated(Lake(session, store), store)


def _layers_of(what: str) -> tuple[Layer, ...]:
    from schemas.contract import names

    if what == "all":
        return LAYERS
    if what not in LAYERS and what not in names():
        raise WrongUse(
            f"no layer or table {what}; layers: {', '.join(LAYERS)}, all, {ISOLATED}; tables: {', '.join(names())}"
        )
    if what == "quality.check_result":
        return ("gate",)
    layer = what.partition(".")[0]
    return tuple(each for each in LAYERS if each == _LAYER_OF_FOLDER.get(layer, layer))


def _condition(what: str, window: Window) -> str:
    """The rows of a gold table that a window covers, as SQL."""
    from schemas.contract import ColumnType, load

    dates: list[str] = []
    if what.startswith("gold."):
        contract = load(what)
        dates = [name for name in contract.key if contract.column(name).type is ColumnType.DATE]
    if not dates:
        raise WrongUse(f"--from and --to cut a gold table by its days, which {what} has not; leave them out")
    bounds = ((">=", window.start), ("<=", window.end))
    return " AND ".join(f"{dates[0]} {sign} DATE '{day.isoformat()}'" for sign, day in bounds if day is not None)


def _run_gold_table(session: SparkSession, settings: LakeSettings, name: str, condition: str | None) -> LayerReport:
    """Make one gold table, or the days of it that meet the condition, once the gate has passed silver as it stands."""
    from jobs.gold import publish
    from jobs.pipeline import LayerReport, TableReport
    from jobs.sdk.job import discover

    jobs = discover()
    if name not in jobs:
        raise WrongUse(f"no job makes {name}; jobs make {', '.join(sorted(jobs))}")
    started = time.monotonic()
    published = publish(session, settings, tables=(name,), where=condition)
    tables = tuple(TableReport(one.table, one.rows, one.seconds) for one in published)
    return LayerReport("gold", tables, time.monotonic() - started)


def rebuild_silver(settings: Settings, city: str) -> LayerReport:
    """Make the silver tables of a city again from bronze."""
    with _application(settings, city, needs_broker=False) as (session, lake):
        from jobs import pipeline

        return pipeline.rebuild_silver(session, lake)


def stream(settings: Settings, city: str) -> None:
    """Take in and clean without end; SIGTERM or Ctrl-C lets the batches at hand finish.

    With the setting `sources` at `live` the city's sources are read as well, as by `vigie connectors listen --all`;
    otherwise only those that our own commands write.

    Raises:
        JobError: a part failed; the others are stopped first.
    """
    from vigie import screen, sources

    out = screen.console()
    stop = threading.Event()
    with _application(settings, city, needs_broker=True) as (session, lake), stopped_by_signals(stop):
        from jobs.pipeline import run_layer

        out.print(f"{city}: streaming from {lake.kafka_bootstrap} to {lake.lake_root}. Ctrl-C stops.", soft_wrap=True)

        def tell(name: str, rows: int) -> None:
            out.print(f"{name}: {rows} rows", soft_wrap=True)

        def forever(layer: Layer) -> None:
            try:
                run_layer(session, lake, layer, continuous=True, progress=tell, stop=stop)
            finally:
                stop.set()

        with ThreadPoolExecutor(max_workers=3, thread_name_prefix="vigie-stream") as pool:
            parts = [pool.submit(forever, "ingest"), pool.submit(forever, "silver")]
            is_live = settings.sources == "live"
            found = sources.playable(city, is_live=is_live)
            mine = [one.name for one in found if is_live or sources.is_written_here(one)]
            if mine:
                bootstrap, say = str(lake.kafka_bootstrap), partial(out.print, soft_wrap=True, markup=False)
                parts.append(pool.submit(sources.follow, settings, city, bootstrap, mine, stop, say))
            for part in parts:
                part.result()


def show(reports: Sequence[LayerReport], *, as_json: bool = False) -> None:
    """Print rows and seconds of each table, and what was repaired in the city's zones."""
    from vigie import screen

    if as_json:
        screen.print_json(
            [
                {
                    "layer": report.layer,
                    "seconds": round(report.seconds, 3),
                    "tables": [
                        {"table": each.table, "rows": each.rows, "seconds": round(each.seconds, 3)}
                        for each in report.tables
                    ],
                    "repairs": [asdict(repair) for repair in report.repairs],
                }
                for report in reports
            ]
        )
        return
    rows = [[report.layer, t.table, t.rows, round(t.seconds, 1)] for report in reports for t in report.tables]
    screen.print_table(("layer", "table", "rows", "seconds"), rows)
    repairs = [[str(repair)] for report in reports for repair in report.repairs]
    if repairs:
        screen.print_table(("zones repaired",), repairs)


@contextmanager
def _application(
    settings: Settings, city: str, *, needs_broker: bool
) -> Iterator[tuple[SparkSession, LakeSettings]]:
    """A broker where one is needed, and Spark; both end with the block."""
    from vigie import spark
    from vigie.local.broker_of_city import broker_for

    with terminable(), broker_for(settings, city) if needs_broker else nullcontext() as bootstrap:
        if needs_broker:
            carry_over(settings, city)
        lake = settings.lake_settings(city, kafka_bootstrap=bootstrap)
        with spark.session(lake, spark.log_path(settings.home, city)) as session:
            yield session, lake
