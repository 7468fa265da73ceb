"""A small town whose events are known: a share of them is told twice, the second time elsewhere, later and vaguer."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from analytics.fusion import Reports


class Town(NamedTuple):
    """Reports, and the event each of them tells of."""

    reports: Reports
    event: np.ndarray

    def shuffled(self, seed: int) -> tuple[Town, np.ndarray]:
        """The same reports in another order, and that order."""
        order = np.random.default_rng(seed).permutation(len(self.event))
        arrays = (getattr(self.reports, name)[order] for name in ("x_m", "y_m", "t_seconds", "precision_m", "source"))
        other = Reports(*arrays, self.reports.category[order], self.reports.sources, self.reports.categories)
        return Town(other, self.event[order]), order


def town(seed: int, *, events: int = 6_000, told_twice: float = 0.4, sources: int = 3) -> Town:
    """Half a year of a town of 6 km, 8 categories; 100 m and 200 s between two reports of one event."""
    random = np.random.default_rng(seed)
    x, y = random.uniform(0, 6_000, (2, events))
    t = random.uniform(0, 180 * 86_400.0, events)
    category = random.integers(0, 8, events)
    source = random.integers(0, sources, events)
    again = random.choice(events, int(told_twice * events), replace=False)
    shift = random.normal(0, 100 / np.sqrt(2), (2, len(again)))
    other = (source[again] + random.integers(1, sources, len(again))) % sources
    wrong = random.random(len(again)) < 0.15
    second = np.where(wrong, random.integers(0, 8, len(again)), category[again])
    reports = Reports(
        np.concatenate((x, x[again] + shift[0])),
        np.concatenate((y, y[again] + shift[1])),
        np.concatenate((t, t[again] + random.exponential(200, len(again)))),
        np.full(events + len(again), 100 / np.sqrt(2)),
        np.concatenate((source, other)).astype(np.int64),
        np.concatenate((category, second)).astype(np.int64),
        sources,
        8,
    )
    return Town(reports, np.concatenate((np.arange(events), again)))


def told_table(seed: int, *, events: int = 2_500, days: int = 40) -> pa.Table:
    """The town as a file of reports around 5.3° E, 43.3° N, received up to ten minutes after the event."""
    made = town(seed, events=events).reports
    t = np.round(made.t_seconds * days / 180)
    return pa.table(
        {
            "report_id": [f"s{s}:{n:05d}" for n, s in enumerate(made.source.tolist())],
            "occurred_at": pa.array((t * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC")),
            "received_at": pa.array(((t + made.x_m % 600) * 1e6).astype(np.int64), pa.timestamp("us", tz="UTC")),
            "longitude": 5.3 + made.x_m / 80_000,
            "latitude": 43.3 + made.y_m / 111_000,
            "location_precision_m": made.precision_m,
            "source_id": [f"s{s}" for s in made.source.tolist()],
            "category_code": [f"c{c}" for c in made.category.tolist()],
        }
    )
