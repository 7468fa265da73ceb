"""What the charts of fused incidents must answer, recomputed from the reports and from who belongs with whom.

Which reports tell of one event is fusion's own finding, and its links are evidence: both are read from the lake. All
that follows from them (counts, shares, categories, confidence) is worked out again from ``silver.incident_report``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from deltalake import DeltaTable

from vigie.demo.independent.expected import ONE, Figures, label, rows, shown
from vigie.demo.independent.profile import code_entries

LIMIT = 500
"""Rows that a limited table asks for; of equals, any may be among them."""
MEMBER = ["report_id", "incident_id"]
LINK = ["first_report_id", "second_report_id", "incident_id", "link_ratio"]


@dataclass(frozen=True)
class Fused:
    """Incidents by id, their reports and their links; all empty where nothing is fused."""

    incidents: pd.DataFrame
    reports: pd.DataFrame
    links: pd.DataFrame


def table(lake_root: Path, name: str) -> pd.DataFrame:
    """A table of the lake; an absent one has no rows."""
    folder = lake_root / name.replace(".", "/")
    if not (folder / "_delta_log").is_dir():
        return pd.DataFrame()
    found: pd.DataFrame = DeltaTable(str(folder)).to_pandas()
    return found


def fused(lake_root: Path) -> Fused:
    """Incidents put together again from their reports."""
    members, links = table(lake_root, "gold.incident_report"), table(lake_root, "gold.incident_link")
    told = table(lake_root, "silver.incident_report")
    if members.empty or told.empty:
        return Fused(pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    links = links[LINK] if len(links) else pd.DataFrame(columns=LINK)
    reports = told[~told["is_exercise"].eq(True)].merge(members[MEMBER], on="report_id", how="outer", indicator=True)
    # A report without an incident, and a member that is no report, stand alone: every count then tells of them.
    reports["incident_id"] = reports["incident_id"].fillna("no incident: " + reports["report_id"])
    reports.loc[reports["_merge"] == "right_only", "incident_id"] += " (no report)"
    ends = pd.concat([links.rename(columns={end: "report_id"}) for end in ("first_report_id", "second_report_id")])
    reports["strongest"] = reports["report_id"].map(ends.groupby("report_id")["link_ratio"].max().astype(float))
    return Fused(incidents(reports, table(lake_root, "gold.incident")), reports, links)


def incidents(reports: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One line per incident; the names of its sources together are taken as published."""
    found = pd.DataFrame(
        {
            "report_count": reports.groupby("incident_id").size(),
            "is_cancelled": reports["status_code"].eq("cancelled").groupby(reports["incident_id"]).all(),
            "is_placed": reports["longitude"].notna().groupby(reports["incident_id"]).any(),
            "confidence_ratio": reports.groupby("incident_id")["strongest"].min(),
            "category_code": majority(reports),
        }
    )
    known = [code if isinstance(code, str) else None for code in found["category_code"]]
    parents = [code_entries("incident_category")[code]["parent"] if code else None for code in known]
    found["category_label"] = [label("incident_category", code) if code else None for code in known]
    found["theme_label"] = [label("theme", code) if code else None for code in parents]
    found["told_by"] = published.set_index("incident_id")["told_by"].reindex(found.index)
    return found.reset_index()


def majority(reports: pd.DataFrame) -> pd.Series:
    """The category most reports tell; of equals, that of the report received first."""
    received = reports["received_at"].fillna(reports["occurred_at"])
    ordered = reports.assign(received=received).sort_values(["received", "report_id"])
    grain = ["incident_id", "category_code"]
    votes = ordered.groupby(grain, sort=False).agg(votes=("report_id", "size"), first=("received", "min")).reset_index()
    best = votes.sort_values(["votes", "first"], ascending=[False, True], kind="stable").drop_duplicates("incident_id")
    found: pd.Series = best.set_index("incident_id")["category_code"]
    return found


def summed(lines: pd.DataFrame) -> dict[str, object]:
    """The figures of a set of incidents."""
    real = lines[~lines["is_cancelled"]]
    return {
        "incident_count": len(real),
        "reports_per_incident": shown(float(real["report_count"].mean())),
        "fused_ratio": shown(float((real["report_count"] > 1).mean())),
        "confidence_ratio": shown(float(lines["confidence_ratio"].mean())),
    }


def one(column: str) -> Callable[[Fused], Figures]:
    """A chart of one figure."""
    nothing = {"incident_count": 0}

    def compute(found: Fused) -> Figures:
        whole = summed(found.incidents) if len(found.incidents) else nothing
        return {ONE: {column: whole.get(column)}}

    return compute


def by(column: str, *figures: str) -> Callable[[Fused], Figures]:
    """A chart with one line per value of a column."""

    def compute(found: Fused) -> Figures:
        if found.incidents.empty:
            return {}
        groups = found.incidents.groupby(column, dropna=False)
        return {(str(key),): {name: summed(lines)[name] for name in figures} for key, lines in groups}

    return compute


def points(found: Fused) -> Figures:
    """Every incident that has a place."""
    placed = found.incidents[found.incidents["is_placed"]] if len(found.incidents) else found.incidents
    return rows(placed, "incident_id", ["report_count", "category_label", "theme_label"])


def most_told(found: Fused) -> Figures:
    """Incidents with their number of reports."""
    return rows(found.incidents, "incident_id", ["report_count", "category_label", "confidence_ratio"])


def reports(found: Fused) -> Figures:
    """Reports with their strongest link."""
    named = found.reports.rename(columns={"strongest": "link_ratio", "location_precision_m": "precision_m"})
    return rows(named, "report_id", ["incident_id", "link_ratio", "precision_m"])


def links(found: Fused) -> Figures:
    """Pairs of reports; both are of the incident that their first belongs to."""
    if found.links.empty:
        return {}
    home = found.reports.set_index("report_id")["incident_id"]
    both = found.links.assign(
        first=found.links["first_report_id"].map(home), second=found.links["second_report_id"].map(home)
    )
    return {
        (line["first_report_id"], line["second_report_id"]): {
            "incident_id": line["first"] if line["first"] == line["second"] else "reports of two incidents",
            "link_ratio": line["link_ratio"],
        }
        for line in both.to_dict("records")
    }


FUSED_CHARTS: Mapping[str, Callable[[Fused], Figures]] = {
    "fused_incidents": one("incident_count"),
    "fused_mean": one("reports_per_incident"),
    "fused_ratio": one("fused_ratio"),
    "fused_confidence": one("confidence_ratio"),
    "fused_map": points,
    "fused_sizes": by("report_count", "incident_count"),
    "fused_sources": by("told_by", "incident_count", "reports_per_incident", "confidence_ratio"),
    "fused_most_told": most_told,
    "fused_reports": reports,
    "fused_links": links,
}
FUSED_KEYS = {
    "fused_map": ("incident_id",),
    "fused_sizes": ("report_count",),
    "fused_sources": ("told_by",),
    "fused_most_told": ("incident_id",),
    "fused_reports": ("report_id",),
    "fused_links": ("first_report_id", "second_report_id"),
}
LIMITED = ("fused_most_told", "fused_reports", "fused_links")


def within_limit(name: str, computed: Figures, shown_rows: Figures) -> Figures:
    """Of a limited table, the rows that are shown; all of them when fewer are shown than could be."""
    if name not in LIMITED or len(shown_rows) < min(LIMIT, len(computed)):
        return computed
    return {key: figure for key, figure in computed.items() if key in shown_rows}
