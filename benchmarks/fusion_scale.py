"""Fusion at size: a million reports in one run, and a day's reports after a year."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from analytics.fusion.fuse import Fused, Fusion, in_order, seconds
from analytics.fusion.reports import METRES_PER_DEGREE
from analytics.fusion.update import Span, Update, update
from benchmarks.command import main
from benchmarks.result import BenchmarkError, Cell, Result, peak_mib, versions
from benchmarks.told_twice import told_twice

COLUMNS = ("step", "reports", "seconds", "peak MiB")
DAY_SECONDS = 86_400.0
REPORTS_PER_INCIDENT = 1.4
LATE = 50


def run(options: Sequence[str]) -> Result:
    """Learn from and fuse a year, then update it with the reports of its last day, late ones among them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fusion_scale --")
    parser.add_argument("--seed", type=int, default=23)
    parser.add_argument("--reports", type=int, default=1_000_000)
    told = parser.parse_args(list(options))
    Fusion.learned(_table(told.seed, 2_000))  # the compiler's warm-up
    table = _table(told.seed, round(told.reports / REPORTS_PER_INCIDENT))
    rows: list[dict[str, Cell]] = []

    def timed(step: str, reports: int, started: float) -> None:
        spent = round(time.perf_counter() - started, 1)
        rows.append({"step": step, "reports": reports, "seconds": spent, "peak MiB": peak_mib()})

    started = time.perf_counter()
    fusion = Fusion.learned(table)
    timed("learn from all", table.num_rows, started)
    started = time.perf_counter()
    whole = fusion.fuse(table)
    timed("fuse all", table.num_rows, started)
    instants = seconds(whole.table, "occurred_at")
    day = instants[instants > instants.max() - DAY_SECONDS]
    late = np.random.default_rng(told.seed).choice(instants, LATE, replace=False)

    def load(spans: Sequence[Span]) -> pa.Table:
        wanted = np.zeros(len(instants), np.bool_)
        for low, high in spans:
            wanted |= (instants >= low) & (instants <= high)
        return whole.table.filter(pa.array(wanted))

    steps = {"update: the last day": day, f"update: and {LATE} late ones of the year": np.concatenate((day, late))}
    for step, changed in steps.items():
        started = time.perf_counter()
        done = update(fusion, load, changed)
        timed(step, len(changed), started)
        _require_equal(done, whole)
    return Result(
        name="fusion_scale",
        title="Fusion at size",
        promise="A million reports in one run on two cores within 8 GiB; a day's reports after a year in 5 s.",
        verdict=f"{table.num_rows:,} reports in {sum(float(row['seconds'] or 0) for row in rows[:2]):.0f} s "
        f"with {peak_mib():,} MiB at the most; an update in {rows[2]['seconds']} s.",
        columns=COLUMNS,
        rows=tuple(rows),
        notes=(
            "The hard set of the quiet regime, as a table of `silver.incident_report`; reading and writing it is not "
            "in the times. One process on two cores.",
            "The update's incidents are compared with those of the whole, report by report.",
        ),
        versions=versions("numba", "pyarrow"),
    )


def _require_equal(done: Update, whole: Fused) -> None:
    place = {name: number for number, name in enumerate(whole.report_ids)}
    for number in np.flatnonzero(done.is_renewed).tolist():
        founder = whole.incident[place[done.fused.report_ids[number]]]
        if whole.report_ids[founder] != done.fused.report_ids[int(done.fused.incident[number])]:
            raise BenchmarkError("an update differs from the fusion of the whole")


def _table(seed: int, incidents: int) -> pa.Table:
    made = told_twice(seed, "hard", "quiet", incidents).reports
    micros = pa.array((made.t_seconds * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC"))
    scale = METRES_PER_DEGREE * np.cos(np.radians(43.3))
    return in_order(
        pa.table({
            "report_id": [f"s{s}:{n}" for n, s in enumerate(made.source.tolist())],
            "occurred_at": micros,
            "longitude": 5.3 + made.x_m / scale,
            "latitude": 43.3 + made.y_m / METRES_PER_DEGREE,
            "location_precision_m": made.precision_m,
            "source_id": [f"s{s}" for s in made.source.tolist()],
            "category_code": [f"c{c}" for c in made.category.tolist()],
        })
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main(run))
