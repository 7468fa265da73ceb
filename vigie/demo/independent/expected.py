"""What each chart of the observatory must answer, from the witness's figures: chart -> {row key: {column: value}}."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from vigie.demo.independent.figures import WitnessFigures
from vigie.demo.independent.profile import OUTSIDE, UNLOCATED, code_entries

Figures = dict[tuple[str, ...], dict[str, object]]
SINCE_CALL = ("received_to_answered", "received_to_dispatched", "received_to_en_route", "received_to_arrived")
ONE = ("",)


def label(code_list: str, code: object) -> str:
    """French label of a code."""
    entry: Any = code_entries(code_list)[str(code)]["label"]
    return str(entry["fr"])


def expected(figures: WitnessFigures) -> dict[str, Figures]:
    """The witness's answer to every chart, keyed by what the reader sees; `zone_id` identifies a zone."""
    return {name: compute(figures) for name, compute in CHARTS.items()}


def shown(value: object) -> object:
    """A missing number as `None`, as Superset answers it."""
    return None if isinstance(value, float) and math.isnan(value) else value


def rows(frame: pd.DataFrame, key: str, columns: list[str]) -> Figures:
    """One entry per row of a frame."""
    return {(str(row[key]),): {name: shown(row[name]) for name in columns} for row in frame.to_dict("records")}


def total(figures: WitnessFigures) -> Figures:
    """All reports of the city."""
    return {ONE: {"incident_count": figures.total_count or None}}


def unlocated(figures: WitnessFigures) -> Figures:
    """Reports without a position."""
    return {ONE: {"incident_count": figures.unlocated_count or None}}


def zones_map(figures: WitnessFigures) -> Figures:
    """Reports of every zone that has an outline."""
    table = figures.by_zone
    drawn = table[~table["zone_id"].isin([UNLOCATED, OUTSIDE])] if len(table) else table
    return rows(drawn, "zone_id", ["incident_count"])


def zones(figures: WitnessFigures) -> Figures:
    """Reports, rate and criticality of every zone."""
    table = figures.by_zone
    if table.empty:
        return {}
    labelled = table.assign(criticality_level=[label_of_level(level) for level in table["criticality_level"]])
    return rows(labelled, "zone_id", ["incident_count", "rate_per_1000", "criticality_level"])


def label_of_level(level: float) -> Any:
    """French name of a criticality level, in the order of its code list."""
    return None if math.isnan(level) else label("criticality", list(code_entries("criticality"))[int(level) - 1])


def zones_trend(figures: WitnessFigures) -> Figures:
    """Every zone against its baseline, over the days that have one."""
    table = figures.by_zone
    if table.empty:
        return {}
    known = table[table["baseline_count"].notna()]
    named = known.assign(
        incident_count=known["comparable_count"].astype(int),
        trend=[label("trend", code) for code in known["trend_code"]],
        criticality_level=[label_of_level(level) for level in known["comparable_level"]],
    )
    return rows(named, "zone_id", ["incident_count", "baseline_count", "change_ratio", "trend", "criticality_level"])


def themes_by_day(figures: WitnessFigures) -> Figures:
    """Reports per theme and day."""
    return {
        (row["date"].date().isoformat(), label("theme", row["theme_code"])): {"incident_count": row["incident_count"]}
        for row in figures.by_theme_date.to_dict("records")
    }


def themes_by_month(figures: WitnessFigures) -> Figures:
    """Reports per theme and calendar month."""
    daily = figures.by_theme_date
    if daily.empty:
        return {}
    months = daily.assign(date=daily["date"].dt.to_period("M").dt.to_timestamp())
    summed = months.groupby(["theme_code", "date"])[["incident_count"]].sum().reset_index()
    return themes_by_day(replace(figures, by_theme_date=summed))


def segments(figures: WitnessFigures, columns: list[str], only: tuple[str, ...] = ()) -> Figures:
    """Rows of the table of response times, under the French names of the segments."""
    table = figures.by_segment
    if table.empty:
        return {}
    kept = table[table["segment_code"].isin(only)] if only else table
    named = kept.assign(segment=[label("segment", code) for code in kept["segment_code"]])
    return rows(named, "segment", columns)


def response_median(figures: WitnessFigures) -> Figures:
    """Median from the call to the arrival."""
    found = segments(figures, ["median_seconds"], ("received_to_arrived",))
    return {ONE: next(iter(found.values()), {"median_seconds": None})}


def rejected(figures: WitnessFigures) -> Figures:
    """Refused rows over read rows."""
    counts = figures.by_source
    return {ONE: {"rejected_ratio": counts["rejected_count"].sum() / counts["read_count"].sum()}}


def sources(figures: WitnessFigures) -> Figures:
    """The accounts of every source and table."""
    columns = ["read_count", "accepted_count", "rejected_count", "duplicate_count"]
    return {
        (row["source_label"], row["contract_name"]): {name: row[name] for name in columns}
        for row in figures.by_source.to_dict("records")
    }


PERCENTILES = ["median_seconds", "p90_seconds"]

CHARTS: Mapping[str, Callable[[WitnessFigures], Figures]] = {
    "incidents": total,
    "incidents_unlocated": unlocated,
    "zones_map": zones_map,
    "zones": zones,
    "zones_trend": zones_trend,
    "themes_by_month": themes_by_month,
    "themes_by_day": themes_by_day,
    "response_times": lambda figures: segments(figures, [*PERCENTILES, "measured_count", "missing_count"]),
    "response_bars": lambda figures: segments(figures, PERCENTILES, SINCE_CALL),
    "response_median": response_median,
    "rows_rejected": rejected,
    "sources": sources,
}
