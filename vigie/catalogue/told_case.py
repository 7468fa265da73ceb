"""One incident of a simulated city with its reports, links and rivals, for ``how-reports-become-an-incident.md``.

The case is found by a rule and not by hand, so that the page keeps telling what today's fusion does: of the incidents
that were put together rightly and have near reports of other incidents, one that most reports tell of.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from analytics.fusion import Scored
    from analytics.fusion.fuse import Fused

CITY, SEED, FIRST, LAST = "marseille", 7, date(2026, 5, 6), date(2026, 5, 8)
NEAR_M, NEAR_S = 250.0, 900.0
FEWEST_REPORTS = 4
Row = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """What the page tells.

    Attributes:
        incident: the row of ``gold.incident`` that comes of it, as far as it does not depend on zones.
        reports: by instant, with columns of ``silver.incident_report`` and `number` from 1, `link_ratio`, `event`.
        links: pairs of these by their numbers `first` and `second`, with columns of ``gold.incident_link``.
        rivals: near reports of other incidents, each with `number` of the report of ours whose link to it is strongest,
            `distance_m`, `lag_seconds`, `link_ratio`, `home_ratio` (its strongest link within its own incident, empty
            when it is alone), `is_known_source` (whether our incident has a report of its source) and `event`.
        report_count: reports in all.
        incident_count: incidents in all.
        fused_count: incidents of several reports.
        mixed_count: those of them whose reports are about several events, or also about none.
        mean_confidence: of the incidents of several reports.
        reach: distances are looked at up to this many joint precisions.
        window_hours: lags are looked at up to this.
    """

    incident: Row
    reports: tuple[Row, ...]
    links: tuple[Row, ...]
    rivals: tuple[Row, ...]
    report_count: int
    incident_count: int
    fused_count: int
    mixed_count: int
    mean_confidence: float
    reach: float
    window_hours: float


def case() -> Case:
    """Simulate some days, fuse them, and take the case.

    Raises:
        LookupError: no incident of these days is told often enough and has a rival.
    """
    import numpy as np

    from analytics.fusion import score
    from analytics.fusion.fuse import Fusion

    table, events = _simulated()
    fusion = Fusion.learned(table)
    fused = fusion.fuse(table)
    scored = score(fusion.model, fusion.reports(fused.table))
    sizes = np.bincount(fused.incident, minlength=len(fused.incident))
    near = _near(fused, scored)
    ends = fused.incident[np.concatenate((scored.pairs.first[near], scored.pairs.second[near]))]
    rivals = np.bincount(ends, minlength=len(sizes))
    is_mixed = _mixed(fused, events)
    chosen = int(np.lexsort((-rivals, -sizes * ((rivals > 0) & ~is_mixed)))[0])
    if sizes[chosen] < FEWEST_REPORTS or not rivals[chosen] or is_mixed[chosen]:
        raise LookupError(f"no incident of {FIRST} to {LAST} has {FEWEST_REPORTS} reports and a rival; take other days")
    reports = _reports(fused, chosen, events)
    return Case(
        incident=_incident(fused, reports),
        reports=reports,
        links=_links(fused, {row["report_id"]: row["number"] for row in reports}),
        rivals=_rivals(fused, scored, near, reports, events),
        report_count=len(sizes),
        incident_count=int((sizes > 0).sum()),
        fused_count=int((sizes > 1).sum()),
        mixed_count=int((is_mixed & (sizes > 1)).sum()),
        mean_confidence=float(np.mean(_confidences(fused))),
        reach=fusion.model.reach,
        window_hours=fusion.model.window_seconds / 3600,
    )


def _simulated() -> tuple[pa.Table, Mapping[str, str]]:
    """Reports, and the event that each is about, empty for a false alarm."""
    import pyarrow.parquet as pq

    from schemas.simulation import load_simulation
    from simulator.city import City
    from simulator.output import write

    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "run"
        write(City.of(load_simulation(CITY), SEED), FIRST, LAST, target, {}, lambda day: None)
        truth = pq.read_table(target / "truth" / "report.parquet", columns=["report_id", "incident_id"]).to_pylist()
        return pq.read_table(target / "reports.parquet"), {row["report_id"]: row["incident_id"] for row in truth}


def _near(fused: Fused, scored: Scored) -> NDArray[np.int64]:
    """Candidate pairs of reports of two incidents that lie close in place and time."""
    import numpy as np

    first, second = (fused.incident[end] for end in scored.pairs[:2])
    is_close = (scored.pairs.distance_m <= NEAR_M) & (np.abs(scored.pairs.lag_seconds) <= NEAR_S)
    return np.flatnonzero((first != second) & is_close)


def _mixed(fused: Fused, events: Mapping[str, str]) -> NDArray[np.bool_]:
    """By the founder of an incident, whether its reports are about several events; a false alarm is about none."""
    import numpy as np

    about = np.array([events.get(name) or f"none {name}" for name in fused.report_ids])
    found = np.zeros(len(about), dtype=bool)
    found[fused.incident[about != about[fused.incident]]] = True
    return found


def _strongest(fused: Fused) -> Mapping[str, float]:
    found: dict[str, float] = {}
    for end in fused.pairs[:2]:
        for report, ratio in zip(end.tolist(), fused.probability.tolist(), strict=True):
            name = fused.report_ids[report]
            found[name] = max(found.get(name, 0.0), ratio)
    return found


def _confidences(fused: Fused) -> Sequence[float]:
    """Of each incident of several reports: the least of the strongest links of its reports."""
    least: dict[int, float] = {}
    strongest = _strongest(fused)
    for report, founder in zip(fused.report_ids, fused.incident.tolist(), strict=True):
        if report in strongest:
            least[founder] = min(least.get(founder, 1.0), strongest[report])
    return list(least.values())


def _reports(fused: Fused, chosen: int, events: Mapping[str, str]) -> tuple[Row, ...]:
    import numpy as np

    strongest = _strongest(fused)
    members = fused.table.take(np.flatnonzero(fused.incident == chosen)).to_pylist()
    ordered = sorted(members, key=lambda row: (row["occurred_at"], row["report_id"]))
    return tuple(
        row | {"number": place, "link_ratio": strongest[row["report_id"]], "event": events.get(row["report_id"])}
        for place, row in enumerate(ordered, 1)
    )


def _incident(fused: Fused, reports: Sequence[Row]) -> Row:
    import pyarrow as pa

    from analytics.fusion.reasons import incident_id
    from analytics.fusion.summary import STAGES, Orders, summarised
    from schemas.codes import load_codes

    founder = fused.report_ids[int(fused.incident[fused.report_ids.index(reports[0]["report_id"])])]
    columns = {name: [row[name] for row in reports] for name in fused.table.column_names}
    table = pa.table(columns, schema=fused.table.schema)
    added = {
        "incident_id": pa.array([incident_id(founder)] * len(reports)),
        "link_ratio": pa.array([row["link_ratio"] for row in reports], pa.float64()),
        "is_restricted": pa.array([False] * len(reports)),
        "source_name": pa.array([str(row["source_id"]) for row in reports]),
        # Simulated reports tell their instant to the second, and no stage but their reception.
        "time_precision_code": pa.array(["second"] * len(reports)),
        **{name: pa.nulls(len(reports), pa.timestamp("us", "UTC")) for name in STAGES if name not in columns},
    }
    for name, values in added.items():
        table = table.append_column(name, values)
    severity, status, precision = (load_codes(name).values for name in ("severity", "status", "time_precision"))
    (row,) = summarised(table, Orders(severity, status, precision)).to_pylist()
    return dict(row)


def _links(fused: Fused, numbers: Mapping[str, int]) -> tuple[Row, ...]:
    from analytics.fusion.reasons import links
    from schemas.city import load_city
    from schemas.codes import load_codes

    sources = {source.source_id: source.label for source in load_city(CITY).sources}
    categories = load_codes("incident_category")
    told = links(fused, lambda name, language: sources[name].in_language(language), categories.label)
    ours = [link for link in told if link.first_report_id in numbers]
    rows = [
        link._asdict() | {"first": numbers[link.first_report_id], "second": numbers[link.second_report_id]}
        for link in ours
    ]
    return tuple(sorted(rows, key=lambda row: -row["link_ratio"]))


def _rivals(
    fused: Fused, scored: Scored, near: NDArray[np.int64], reports: Sequence[Row], events: Mapping[str, str]
) -> tuple[Row, ...]:
    numbers = {row["report_id"]: row["number"] for row in reports}
    sources = {row["source_id"] for row in reports}
    strongest = _strongest(fused)
    found: dict[str, Row] = {}
    for pair in near.tolist():
        ends = [int(end[pair]) for end in scored.pairs[:2]]
        ours = [end for end in ends if fused.report_ids[end] in numbers]
        if not ours:
            continue
        other = ends[1 - ends.index(ours[0])]
        name, ratio = fused.report_ids[other], float(scored.probability[pair])
        if name in found and found[name]["link_ratio"] >= ratio:
            continue
        (row,) = fused.table.slice(other, 1).to_pylist()
        found[name] = row | {
            "number": numbers[fused.report_ids[ours[0]]], "link_ratio": ratio, "home_ratio": strongest.get(name),
            "distance_m": float(scored.pairs.distance_m[pair]), "lag_seconds": float(scored.pairs.lag_seconds[pair]),
            "is_known_source": row["source_id"] in sources, "event": events.get(name),
        }  # fmt: skip
    return tuple(sorted(found.values(), key=lambda row: (-row["link_ratio"], row["report_id"])))
