"""One call per layer, all in one Spark application: ingest, silver, gate, gold."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from importlib import import_module
from typing import Literal

from pyspark.sql import SparkSession

from analytics.spatial.repair import Repair
from jobs.conform import conform, written_tables
from jobs.ingest import TABLE as BRONZE
from jobs.ingest import ingest
from jobs.rebuild import rebuild
from jobs.reference.zone import ZONE, ZONE_PART, write_zones
from jobs.sdk.errors import ConfigurationError
from jobs.sdk.settings import LakeSettings
from jobs.sdk.stream import Progress
from jobs.sdk.table import Lake

Layer = Literal["ingest", "silver", "gate", "gold"]
LAYERS: tuple[Layer, ...] = ("ingest", "silver", "gate", "gold")


@dataclass(frozen=True)
class TableReport:
    """What a run left in one table.

    Attributes:
        table: its name.
        rows: rows it has now.
        seconds: time spent on it; of a layer whose tables are filled together, the time of all.
    """

    table: str
    rows: int
    seconds: float


@dataclass(frozen=True)
class LayerReport:
    """What one layer did, and what it had to repair in the city's zones."""

    layer: str
    tables: tuple[TableReport, ...]
    seconds: float
    repairs: tuple[Repair, ...] = ()


def run_layer(
    session: SparkSession,
    settings: LakeSettings,
    layer: Layer,
    *,
    continuous: bool = False,
    progress: Progress | None = None,
    stop: threading.Event | None = None,
) -> LayerReport:
    """Run one layer in a running Spark session.

    Args:
        session: from `open_session`; one serves all layers of a run.
        settings: of the city's lake.
        layer: `ingest` (topics to bronze), `silver` (zones, then bronze to silver), `gate` (judge silver) or `gold`.
        continuous: keep running on what arrives (ingest and silver only) until `stop` is set or SIGTERM arrives.
        progress: called with the table or stream at hand and its rows so far.
        stop: ends a continuous run; the batch at hand is finished first.

    Raises:
        JobError: see `jobs.sdk.errors`; the message says what to do.
    """
    if continuous and layer not in ("ingest", "silver"):
        raise ConfigurationError(f"layer {layer} cannot run continuously: expected ingest or silver. Leave it out.")
    lake = Lake(session, settings)
    started = time.monotonic()
    repairs: tuple[Repair, ...] = ()
    if layer == "ingest":
        ingest(lake, settings, continuous=continuous, progress=progress, stop=stop)
        tables = _counted(lake, (BRONZE,), started)
    elif layer == "silver":
        repairs = write_zones(lake, settings.city)
        conform(lake, settings, continuous=continuous, progress=progress, stop=stop)
        tables = _counted(lake, (ZONE, ZONE_PART, *written_tables()), started)
    elif layer == "gate":
        from jobs.gate import run_gate

        run_gate(session, settings)
        tables = _counted(lake, ("quality.check_result",), started)
    elif layer == "gold":
        from jobs.gold import publish

        published = publish(session, settings, progress=progress)
        tables = tuple(TableReport(one.table, one.rows, one.seconds) for one in published)
    else:
        raise ConfigurationError(f"no layer {layer}: expected one of {', '.join(LAYERS)}.")
    return LayerReport(layer, tables, time.monotonic() - started, repairs)


def import_ahead() -> None:
    """Start importing what the gate judges with, which takes seconds, while Spark is busy with an earlier layer."""
    threading.Thread(target=import_module, args=("jobs.gate.runner",), name="vigie-import", daemon=True).start()


def rebuild_silver(session: SparkSession, settings: LakeSettings, *, progress: Progress | None = None) -> LayerReport:
    """Make silver again from bronze, with the same result; see `jobs.rebuild`."""
    lake = Lake(session, settings)
    started = time.monotonic()
    repairs = write_zones(lake, settings.city)
    rebuild(lake, settings, progress)
    tables = _counted(lake, (ZONE, ZONE_PART, *written_tables()), started)
    return LayerReport("silver", tables, time.monotonic() - started, repairs)


def _counted(lake: Lake, names: tuple[str, ...], started: float) -> tuple[TableReport, ...]:
    seconds = time.monotonic() - started
    return tuple(TableReport(name, lake.row_count(name), seconds) for name in names if lake.exists(name))
