"""Sets what Superset shows beside what the witness computed, chart by chart and figure by figure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from vigie.demo.independent.expected import CHARTS, Figures, expected
from vigie.demo.independent.figures import WitnessFigures, figures
from vigie.demo.independent.incidents import FUSED_CHARTS, FUSED_KEYS, fused, within_limit

Row = Mapping[str, Any]
RELATIVE_TOLERANCE = 1e-9
"""Both sides compute in double precision, in different orders."""

FIGURED = ("silver.incident_report", "silver.unit_dispatch", "silver.dispatch_stage")
"""Tables from which figures are made: whatever fills them is read here."""

KEYS = {
    "zones_map": ("zone_label",),
    "zones": ("zone_id",),
    "zones_trend": ("zone_label",),
    "themes_by_month": ("indicator_date", "theme_label"),
    "themes_by_day": ("indicator_date", "theme_label"),
    "response_times": ("segment_label",),
    "response_bars": ("segment_label",),
    "sources": ("source_label", "contract_name"),
    **FUSED_KEYS,
}


@dataclass(frozen=True)
class Compared:
    """One figure of one chart, on both sides."""

    chart: str
    key: tuple[str, ...]
    column: str
    shown: object
    computed: object

    @property
    def is_equal(self) -> bool:
        """Whether both say the same."""
        if isinstance(self.shown, int | float) and isinstance(self.computed, int | float):
            return math.isclose(self.shown, self.computed, rel_tol=RELATIVE_TOLERANCE, abs_tol=RELATIVE_TOLERANCE)
        return self.shown == self.computed


def compare(
    city_id: str, answers: Mapping[str, Sequence[Row]], lake_root: Path, simulated: Path | None = None
) -> list[Compared]:
    """Every figure of every chart on both sides; a row that only one side has is a difference.

    Args:
        city_id: the city shown.
        answers: rows of each chart, as Superset gave them.
        lake_root: folder of its lake, for which reports fusion put together.
        simulated: folder of the simulated day, where one is shown.

    Raises:
        LookupError: the dashboard has a chart that no witness computes.
    """
    unwitnessed = sorted(set(answers) - set(CHARTS) - set(FUSED_CHARTS))
    if unwitnessed:
        raise LookupError(
            f"no independent computation for chart {', '.join(unwitnessed)}: add it to expected.py beside this module"
        )
    found = figures(city_id, simulated)
    unread = [row for row in answers["sources"] if row["source_label"] in found.unread] if "sources" in answers else []
    computed = expected(with_accounts(found, unread))
    together = fused(lake_root)
    computed |= {name: compute(together) for name, compute in FUSED_CHARTS.items()}
    zone_ids = {str(row["zone_label"]): str(row["zone_id"]) for row in answers["zones"]}
    lines: list[Compared] = []
    for name, chart_rows in answers.items():
        shown = keyed(name, chart_rows, computed[name], zone_ids)
        lines += chart_lines(name, shown, within_limit(name, computed[name], shown))
    return lines


def with_accounts(found: WitnessFigures, unread: Sequence[Row]) -> WitnessFigures:
    """The figures, with the accounts shown of sources that nobody reads here: only that they add up is then compared.

    Raises:
        LookupError: such a source tells of incidents or dispatches, whose figures must be witnessed.
    """
    for row in unread:
        if row["contract_name"] in FIGURED:
            raise LookupError(f"no independent reader for {row['source_label']}, which fills {row['contract_name']}: "
                              "add one to WIRE in wire.py beside this module")
    if not unread:
        return found
    parts = ("accepted_count", "rejected_count", "duplicate_count")
    columns = ("source_label", "contract_name", *parts)
    added = pd.DataFrame([{**{name: row[name] for name in columns}, "read_count": sum(row[name] for name in parts)}
                          for row in unread])  # fmt: skip
    return replace(found, by_source=pd.concat([found.by_source, added], ignore_index=True))


def keyed(name: str, chart_rows: Sequence[Row], computed: Figures, zone_ids: Mapping[str, str]) -> Figures:
    """Rows of a chart as the witness keys them; the parts of one zone on the map carry the same figure."""
    columns = sorted({column for figure in computed.values() for column in figure})
    found: Figures = {}
    for row in chart_rows:
        parts = tuple(str(row[key]) for key in KEYS.get(name, ())) or ("",)
        if KEYS.get(name) == ("zone_label",):
            parts = (zone_ids.get(parts[0], parts[0]),)
        figure = {column: row.get(column) for column in columns}
        if parts in found and found[parts] != figure:
            parts = (*parts, "told twice")
        found[parts] = figure
    return found


def chart_lines(name: str, shown: Figures, computed: Figures) -> Iterator[Compared]:
    """The figures of one chart on both sides, in the order of their keys."""
    for key in sorted(shown.keys() | computed.keys()):
        left, right = shown.get(key, {}), computed.get(key, {})
        for column in dict.fromkeys([*right, *left]):
            yield Compared(name, key, column, left.get(column, "no such row"), right.get(column, "no such row"))
