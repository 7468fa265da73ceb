"""The simulated city against real figures: volumes, rhythms, response segments and mixes, side by side."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from benchmarks.result import Cell, Result, versions
from schemas.city import load_city
from schemas.simulation import load_simulation
from simulator.chance import Columns, joined
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts, simulate_day
from simulator.wire import cisu_rc_ri

CITIES = Path(__file__).resolve().parent.parent / "cities"
CITY = "marseille"
FIRST = date(2025, 1, 1)
STEP_DAYS, DAYS, TIMED_DAYS, TOLD_STEP = 3, 122, 60, 10
COLUMNS = ("figure", "simulated", "real", "simulated / real", "real source")
SEGMENTS = {
    "call to dispatch": ("received", "dispatch", "received_s", "dispatched_s"),
    "dispatch to departure": ("dispatch", "response", "dispatched_s", "en_route_s"),
    "departure to arrival": ("response", "on_scene", "en_route_s", "arrived_s"),
    "arrival to end": ("on_scene", "available", "arrived_s", "closed_s"),
    "call to arrival": ("received", "on_scene", "received_s", "arrived_s"),
}
UNTOLD = {"departure": ("response", "DEPART"), "arrival": ("on_scene", "ARRIVEE")}
VIOLENCE = ("physical_violence", "family_violence", "sexual_violence", "armed_or_violent_theft", "weapon_or_gunshot")
SF_FIRE = "San Francisco fire calls before 2009, our recording"
SF_311 = "San Francisco 311 before 2014, our recording"
CHICAGO = "Chicago aggravated assaults 2010-2019, our recording"
SIS = "SIS statistics 2023, BMPM"
YEARLY = {
    "reports of the fire service, a year": ("cisu_emsi", 120_317.0, SIS),
    "case files of the medical service, a year": ("cisu_rc_eda", 758_000 * 0.44, "SAE 2024, by share of residents"),
    "logbook entries, a year": ("municipal_logbook", 110_000.0, "2.4 M facts 1998-2019, press"),
    "presses of emergency buttons, a year": ("emergency_buttons", 370.0 * 365, "estimate: Cannes, Mexico City"),
    "requests of residents, a year": ("open311_requests", 182_500.0, "an estimate, no real figure"),
}
FIRE_SHARES = {
    "fire service: help to persons": ("medical_or_assistance", 93_346 / 120_317),
    "fire service: fires": ("fire", 5_386 / 120_317),
    "fire service: traffic accidents": ("collision", 7_601 / 120_317),
}


def run(options: Sequence[str]) -> Result:
    """Simulate every third day of a year and compare its moments with the recorded ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks simulator --")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args(list(options))
    city = City.of(load_simulation(CITY), told.seed)
    days = [simulate_day(city, FIRST + timedelta(days=STEP_DAYS * step)) for step in range(DAYS)]
    started = time.process_time()
    for ahead in range(TIMED_DAYS):
        simulate_day(city, days[-1].day.date + timedelta(days=1 + ahead))
    seconds = (time.process_time() - started) / TIMED_DAYS
    rows = [*_volumes(days), *_segments(city, days), *_rhythms(days), *_requests(days)]
    ratios = [float(row["simulated / real"] or 1) for row in rows]
    near = sum(0.8 <= ratio <= 1.25 for ratio in ratios)
    return Result(
        name="simulator",
        title="The simulated city against real figures",
        promise="Volumes, rhythms and delays of the simulated city have the size of real ones.",
        verdict=f"{near} of {len(rows)} figures lie within a quarter of the real ones.",
        columns=COLUMNS,
        rows=tuple(rows),
        notes=(
            f"{CITY}, seed {told.seed}, every third day of {FIRST.year}. Nothing simulated is real data.",
            "Rhythm of violence and response segments were fitted to the same recordings, so their agreement shows "
            "that the simulator keeps what it was told, not that Marseille is Chicago or San Francisco.",
            "Of residents' requests only these are compared: the recording is a slice of departments (sewers, housing, "
            "transit), in which waste, noise and parking hardly occur, so the mix of categories is an estimate. Late "
            "closings are left out: many of the recording are mass closings years after.",
            f"A day of truth and reports takes {seconds * 1000:.0f} ms of processor time, ten years about "
            f"{seconds * 3652 / 60:.1f} minutes; each day is made alone, so memory does not grow with the range.",
        ),
        versions=versions("numpy", "shapely", "numba"),
    )


def _line(figure: str, simulated: float, real: float, source: str, digits: int = 3) -> dict[str, Cell]:
    return {
        "figure": figure, "simulated": _rounded(simulated, digits), "real": _rounded(real, digits),
        "simulated / real": round(simulated / real, 2), "real source": source,
    }  # fmt: skip


def _rounded(value: float, digits: int) -> Cell:
    return round(value) if abs(value) >= 100 else float(f"{value:.{digits}g}")


def _volumes(days: Sequence[DayFacts]) -> Iterator[dict[str, Cell]]:
    for figure, (source, real, origin) in YEARLY.items():
        count = sum(len(set(day.reports["report_id"][day.reports["source"] == source])) for day in days)
        yield _line(figure, count / len(days) * 365, real, origin)
    arrivals = sum(len(day.arrivals["site"]) for day in days)
    visits = "arrivals at emergency departments, a year"
    yield _line(visits, arrivals / len(days) * 365, 385_310, "SAE 2024, seven departments")
    told = joined([day.reports for day in days])
    first = (told["source"] == "cisu_emsi") & (told["version"] == 1)
    shares = np.bincount(told["category"][first], minlength=len(CATEGORIES)) / first.sum()
    for figure, (category, real) in FIRE_SHARES.items():
        yield _line(f"{figure}, share", float(shares[CATEGORIES.index(category)]), real, SIS)


def _segments(city: City, days: Sequence[DayFacts]) -> Iterator[dict[str, Cell]]:
    calls = list(_recording("san_francisco", "datasf_fire_calls"))
    sent: Columns = joined([day.dispatches for day in days])
    fire = sent["unit_kind"] == "fire"
    for figure, (first, last, first_s, last_s) in SEGMENTS.items():
        pairs = [(call[f"{first}_timestamp"], call[f"{last}_timestamp"]) for call in calls]
        known = [_at(end) - _at(begin) for begin, end in pairs if begin and end]
        real = np.array([seconds for each in known if (seconds := each.total_seconds()) > 0])
        simulated = (sent[last_s] - sent[first_s])[fire]
        for name, percent in (("median", 50), ("90th percentile", 90)):
            yield _line(
                f"{figure}, {name}, s", float(np.percentile(simulated, percent)), float(np.percentile(real, percent)),
                SF_FIRE,
            )  # fmt: skip
    ended = [words for day in days[::TOLD_STEP] for words in _told(city, day) if "REN-BASE" in words]
    for figure, (stage, word) in UNTOLD.items():
        share = sum(not call[f"{stage}_timestamp"] for call in calls) / len(calls)
        yield _line(
            f"{figure} that nobody tells, share", sum(word not in told for told in ended) / len(ended), share, SF_FIRE
        )


def _told(city: City, day: DayFacts) -> Iterable[set[str]]:
    """The states that the hub was told of each unit sent to a case."""
    found: dict[tuple[str, str], set[str]] = {}
    for message in cisu_rc_ri.messages(city, day):
        (content,) = orjson.loads(message.content)["content"]
        case = content["jsonContent"]["embeddedJsonContent"]["message"]["resourcesInfoCisu"]
        for unit in case["resource"]:
            found.setdefault((case["caseId"], unit["resourceId"]), set()).add(unit["state"]["status"])
    return found.values()


def _rhythms(days: Sequence[DayFacts]) -> Iterator[dict[str, Cell]]:
    fire = [_at(call["received_timestamp"]) for call in _recording("san_francisco", "datasf_fire_calls")]
    assaults = [_at(row["date"]) for row in _recording("chicago", "chicago_crimes")]
    is_violent = [CATEGORIES.index(name) for name in VIOLENCE]
    told: list[tuple[int, int]] = []
    violent: list[tuple[int, int]] = []
    for day in days:
        sent = day.dispatches["received_s"][day.dispatches["unit_kind"] == "fire"]
        told += [(hour, day.day.date.weekday()) for hour in _hours(day, sent)]
        found = day.incidents["occurred_s"][np.isin(day.incidents["category"], is_violent)]
        violent += [(hour, day.day.date.weekday()) for hour in _hours(day, found)]
    for name, simulated, real, origin in (
        ("fire calls", told, fire, SF_FIRE), ("violence", violent, assaults, CHICAGO),
    ):  # fmt: skip
        hours = np.array([hour for hour, _ in simulated]), np.array([moment.hour for moment in real])
        weekdays = np.array([weekday for _, weekday in simulated]), np.array([moment.weekday() for moment in real])
        for figure, inside in (("0 to 6 h", range(6)), ("8 to 20 h", range(8, 20)), ("20 to 24 h", range(20, 24))):
            ours, theirs = (float(np.isin(part, list(inside)).mean()) for part in hours)
            yield _line(f"{name}: share from {figure}", ours, theirs, origin)
        ours, theirs = (float((part >= 5).mean()) for part in weekdays)
        yield _line(f"{name}: share at weekends", ours, theirs, origin)


def _requests(days: Sequence[DayFacts]) -> Iterator[dict[str, Cell]]:
    source = load_city("san_francisco").source("datasf_311_requests")
    real: Counter[str | None] = Counter()
    hours: list[float] = []
    for row in _recording("san_francisco", "datasf_311_requests"):
        real[source.category(row["category"], row["complaint_type"], date(2013, 1, 1))] += 1
        if row["closed_date"]:
            hours.append((_at(row["closed_date"]) - _at(row["created_date"])).total_seconds() / 3600)
    told = joined([day.reports for day in days])
    of = told["source"] == "open311_requests"
    counts = np.bincount(told["category"][of & (told["version"] == 1)], minlength=len(CATEGORIES))
    damage, hazard = (float(counts[CATEGORIES.index(name)]) for name in ("damage", "road_hazard"))
    yield _line("requests: damage for each road hazard", damage / hazard, real["damage"] / real["road_hazard"], SF_311)
    closed = of & (told["status"] == "closed")
    waited = (told["told_s"] - told["first_told_s"])[closed] / 3600
    yield _line("requests: closed after, median, h", float(np.median(waited)), float(np.median(hours)), SF_311)


def _hours(day: DayFacts, seconds: npt.NDArray[np.int64]) -> list[int]:
    """Hours of the local clock; what comes after midnight is counted in the hour after."""
    elapsed = (seconds - day.day.starts_s) // 3600
    hours: list[int] = day.day.hours[elapsed % len(day.day.hours)].tolist()
    return hours


def _recording(city: str, connector: str) -> Iterator[dict[str, str]]:
    for path in sorted((CITIES / city / "recordings" / connector).glob("*.gz")):
        with gzip.open(path) as file:
            yield from csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline=""))


def _at(written: str) -> datetime:
    """The wall clock: offsets behind San Francisco's times were added by the export."""
    return datetime.fromisoformat(written).replace(tzinfo=None)
