"""Writes a range of days: one folder per source with its files, and the ground truth in Parquet beside them.

A day's messages lie in the file of the local day they are told on. A run holds all that is ever told of what happens
in its range, so files reach beyond its last day; what earlier days would still have told is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.simulated import SimulatedRun, mark
from simulator.chance import Columns, Ints, taken
from simulator.city import CATEGORIES, City
from simulator.day import Day, day_of
from simulator.facts import DayFacts, simulate_day
from simulator.reports import EXERCISE
from simulator.truth.hospital import MODES
from simulator.truth.occupations import rows
from simulator.truth.registers import rows as told_occupations
from simulator.wire import Message, Writer
from simulator.wire._told import local

SEVERITIES = ("low", "moderate", "high", "critical")
READ = "reports"
"""Table of what a perfect reading of every source gives; it lies beside the truth, not in it."""
_INSTANT = pa.timestamp("s", tz="UTC")


@dataclass
class Written:
    """What a run wrote."""

    days: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)


def write(
    city: City, first: date, last: date, folder: Path, writers: Mapping[str, Writer],
    progress: Callable[[date], None] = lambda day: None,
) -> Written:  # fmt: skip
    """Write every day from the first to the last, both included.

    Args:
        city: the city and its seed.
        first: first local day.
        last: last local day.
        folder: made when absent; must hold no other run.
        writers: by the name of the connector that reads them; none for the truth alone.
        progress: called before each day.
    """
    mark(folder, SimulatedRun(city.simulation.city.city_id, city.seed, first, last))
    done = Written()
    waiting: dict[str, dict[date, list[Message]]] = {name: {} for name in writers}
    tables = _Tables(folder / "truth", done)
    on = first
    while on <= last:
        progress(on)
        facts = simulate_day(city, on)
        for name, found in truth(city, facts).items():
            tables.write(name, found)
        tables.write(READ, as_read(city, facts))
        for name, writer in writers.items():
            for message in writer.messages(city, facts):
                waiting[name].setdefault(local(city, message.at_s).date(), []).append(message)
                done.messages[name] = done.messages.get(name, 0) + 1
            _flush(city, folder / name, writer, waiting[name], on)
        done.days += 1
        on += timedelta(days=1)
    for name, writer in writers.items():
        _flush(city, folder / name, writer, waiting[name], date.max)
    tables.close()
    return done


def truth(city: City, facts: DayFacts) -> Mapping[str, pa.Table]:
    """Give the ground truth of one day by the name of its table."""
    incident, report = facts.incidents, facts.reports
    zones = city.zone_names
    return {
        "incident": _table(incident, {
            "category_code": np.array(CATEGORIES)[incident["category"]],
            "severity_code": np.array(SEVERITIES)[incident["severity"]], "zone_id": zones[incident["zone"]],
            "place_name": _names(city, incident["place"]),
        }, drop=("category", "severity", "zone", "place")),
        "report": _table(report, {
            "category_code": np.array(CATEGORIES)[report["category"]],
            "severity_code": np.array(SEVERITIES)[report["severity"]], "place_name": _names(city, report["place"]),
        }, drop=("category", "severity", "place")),
        "dispatch": _table(facts.dispatches, {}, drop=("unit",)),
        "hospital_arrival": _table(facts.arrivals, {
            "site": np.array([site["name"] for site in city.simulation["hospitals"]["sites"]])[facts.arrivals["site"]],
            "mode": np.array(MODES)[facts.arrivals["mode"]],
        }),
        "disturbance": _table(facts.disturbances, {}),
        "announcement": _table(facts.announcements, {
            "category_code": np.array(CATEGORIES)[facts.announcements["category"]],
        }, drop=("category",)),
        "crowd": _table(facts.crowds, {}),
        "post_signal": _table(facts.signals, {}),
        "video_alert": _table(facts.video_alerts, {}),
        "sound_alert": _table(facts.sound_alerts, {}),
        "weather": _table(_weather(facts.day), {}),
        "occupation": _rows(rows(facts.occupations), _OCCUPATION),
        "conflict": _rows(facts.conflicts, _CONFLICT),
        "occupation_telling": _rows(told_occupations(facts.tellings), _TELLING),
        "special": _rows(_specials(city, facts.day.date), _SPECIAL),
    }  # fmt: skip


def as_read(city: City, facts: DayFacts, before_s: int | None = None) -> pa.Table:
    """Give the newest state of every report as a perfect reading would put it: columns of silver.incident_report.

    Without what was taken back or spoilt, without exercises, and without a word of the truth behind it. With
    ``before_s`` nothing is known of what is told at that instant or later.
    """
    told = facts.reports["told_s"] < (np.inf if before_s is None else before_s)
    known = taken(facts.reports, told & ~facts.reports["is_spoilt"] & (facts.reports["nature"] != EXERCISE))
    ids = known["report_id"]
    is_newest = np.r_[ids[1:] != ids[:-1], True] if len(ids) else np.zeros(0, np.bool_)
    found = taken(known, is_newest & (known["status"] != "cancelled"))
    sources = city.simulation.city
    urns = {name: sources.source(name).source_id for name in city.simulation["sources"]}
    columns: Columns = {
        "report_id": found["report_id"], "source_id": np.array([urns[name] for name in found["source"]], "U80"),
        "occurred_s": found["occurred_s"], "received_s": found["first_told_s"], "source_updated_s": found["told_s"],
        "source_category": found["word"], "source_subcategory": found["second_word"],
        "category_code": np.array(CATEGORIES)[found["category"]],
        "severity_code": np.array(SEVERITIES)[found["severity"]], "status_code": found["status"],
        "longitude": found["longitude"], "latitude": found["latitude"], "location_precision_m": found["precision_m"],
    }  # fmt: skip
    return _table(columns, {})


_OCCUPATION = pa.schema([
    ("occupation_id", pa.string()), ("kind", pa.string()), ("longitude", pa.float64()), ("latitude", pa.float64()),
    ("radius_m", pa.float64()), ("setup_at", _INSTANT), ("starts_at", _INSTANT), ("ends_at", _INSTANT),
    ("removed_at", _INSTANT), ("attendance", pa.int64()), ("announced_at", _INSTANT), ("beside_id", pa.string()),
    ("planted", pa.string()), ("closes_street", pa.bool_()), ("route_geojson", pa.string()), ("camp", pa.string()),
])  # fmt: skip
_CONFLICT = pa.schema([
    ("rule", pa.string()), ("occupation_id", pa.string()), ("other_occupation_id", pa.string()),
    ("distance_m", pa.float64()), ("overlap_minutes", pa.float64()), ("gap_minutes", pa.float64()),
    ("place_name", pa.string()), ("is_planted", pa.bool_()),
])  # fmt: skip
_TELLING = pa.schema([
    ("occupation_id", pa.string()), ("source", pa.string()), ("told_as", pa.string()), ("measures", pa.string()),
    ("is_spoilt", pa.bool_()),
])  # fmt: skip
_SPECIAL = pa.schema([("name", pa.string()), ("first_date", pa.date32()), ("last_date", pa.date32())])


def _specials(city: City, on: date) -> Iterator[dict[str, object]]:
    for one in day_of(city, on).specials:
        if one.first == on:
            yield {"name": one.name, "first_date": one.first, "last_date": one.last}


def _weather(day: Day) -> Columns:
    hours = np.arange(len(day.hours))
    holds = {f"is_{name}": day.holds[name] for name in ("rain", "storm", "heat_wave", "crisis")}
    measured = {"temperature_c": np.round(day.temperature_c, 1), "rain_mm": np.round(day.rain_mm, 2)}
    return {"at_s": day.starts_s + 3600 * hours, **measured, **holds}


def _names(city: City, place: Ints) -> list[str]:
    return [city.places.names[one] for one in place.tolist()]


def _table(columns: Columns, more: Mapping[str, Any], drop: Sequence[str] = ()) -> pa.Table:
    """A table of columns; ``_s`` become instants, empty texts and NaN nothing, codes what they stand for."""
    made: dict[str, pa.Array] = {}
    for name, values in {**columns, **more}.items():
        if name in drop:
            continue
        if name.endswith("_s") and name != "delay_s":
            made[f"{name[:-2]}_at"] = pa.array(values, pa.int64()).cast(_INSTANT)
        elif isinstance(values, list) or values.dtype.kind == "U":
            texts = values if isinstance(values, list) else values.tolist()
            made[name] = pa.array([text or None for text in texts], pa.string())
        else:
            made[name] = pa.array(values, from_pandas=True)
    return pa.table(made)


def _rows(found: Iterable[Mapping[str, object]], schema: pa.Schema) -> pa.Table:
    made = []
    for row in found:
        told = {f"{key[:-2]}_at" if key.endswith("_s") else key: value for key, value in row.items()}
        made.append({name: told[name] if told[name] != "" else None for name in schema.names})
    return pa.Table.from_pylist(made, schema)


class _Tables:
    """Parquet files that grow day by day, a row group each."""

    def __init__(self, folder: Path, done: Written) -> None:
        self.folder, self.done = folder, done
        self.open: dict[str, pq.ParquetWriter] = {}
        folder.mkdir(exist_ok=True)

    def write(self, name: str, table: pa.Table) -> None:
        if name not in self.open:
            folder = self.folder.parent if name == READ else self.folder
            self.open[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
        if table.num_rows:
            self.open[name].write_table(table)
        self.done.rows[name] = self.done.rows.get(name, 0) + table.num_rows

    def close(self) -> None:
        for writer in self.open.values():
            writer.close()


def _flush(city: City, folder: Path, writer: Writer, waiting: dict[date, list[Message]], until: date) -> None:
    """Write the files of the days that nothing more will be told on."""
    for day in sorted(one for one in waiting if one <= until):
        messages = [message.content for message in sorted(waiting.pop(day), key=lambda message: message.at_s)]
        folder.mkdir(exist_ok=True)
        parts = list(cut(messages, writer))
        for number, part in enumerate(parts):
            ordinal = f"_{number + 1:03d}" if len(parts) > 1 else ""
            (folder / f"{day}{ordinal}{writer.SUFFIX}").write_bytes(writer.packed(city, part))


def cut(messages: Sequence[bytes], writer: Writer) -> Iterator[list[bytes]]:
    """Cut messages into the files that the source's limits allow."""
    most_bytes, most = getattr(writer, "MOST_BYTES", None), getattr(writer, "MOST_MESSAGES", None)
    part: list[bytes] = []
    size = 0
    for message in messages:
        if part and (len(part) == most or (most_bytes is not None and size + len(message) > most_bytes)):
            yield part
            part, size = [], 0
        part.append(message)
        size += len(message)
    if part:
        yield part
