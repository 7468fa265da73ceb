"""Fusion at size: a million reports in one run, and a day's reports after a year."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from analytics.fusion.fuse import Fusion, in_order, seconds
from analytics.fusion.reports import METRES_PER_DEGREE
from analytics.fusion.update import Span, update
from benchmarks.command import main
from benchmarks.result import Cell, Result, peak_mib, versions
from benchmarks.told_twice import told_twice

COLUMNS = ("step", "reports", "seconds", "peak MiB")
DAY_SECONDS = 86_400.0
REPORTS_PER_INCIDENT = 1.4


def run(options: Sequence[str]) -> Result:
    """Learn from and fuse a year, then update it with the reports of its last day, late ones among them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks fusion_scale --")
    parser.add_argument("--seed", type=int, default=1)
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
    random = np.random.default_rng(told.seed)
    late = random.choice(len(instants), 50, replace=False)
    changed = np.concatenate((instants[instants > instants.max() - DAY_SECONDS], instants[late]))

    def load(spans: Sequence[Span]) -> pa.Table:
        wanted = np.zeros(len(instants), np.bool_)
        for low, high in spans:
            wanted |= (instants >= low) & (instants <= high)
        return whole.table.filter(pa.array(wanted))

    started = time.perf_counter()
    done = update(fusion, load, changed)
    timed("update: the last day and 50 late ones of the year", len(changed), started)
    place = {name: number for number, name in enumerate(whole.report_ids)}
    for number in np.flatnonzero(done.is_renewed).tolist():
        other = whole.incident[place[done.fused.report_ids[number]]]
        if whole.report_ids[other] != done.fused.report_ids[int(done.fused.incident[number])]:
            raise AssertionError("an update differs from the fusion of the whole")
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
            "in the times. One process; numba uses one core here.",
            "The update's incidents are compared with those of the whole, report by report.",
        ),
        versions=versions("numba", "pyarrow"),
    )


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
