"""The dashboard's figures summed from the facts with pandas: the witness side of `make demo-check`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from vigie.demo.independent.facts import STAGES, Facts, read_facts
from vigie.demo.independent.profile import UNLOCATED, WitnessCity, code_entries

GRAIN = ["zone_id", "category_code", "source_id"]
YEAR_OF_WEEKS = pd.Timedelta(days=364)
WINDOW_DAYS = 28
NOTHING_CAME = "none"


@dataclass(frozen=True)
class WitnessFigures:
    """One frame per group of charts, keyed as the charts are; `unread` are the labels of sources without a reader."""

    total_count: int
    unlocated_count: int
    by_theme_date: pd.DataFrame
    by_zone: pd.DataFrame
    by_segment: pd.DataFrame
    by_source: pd.DataFrame
    unread: tuple[str, ...] = ()


def figures(city_id: str, simulated: Path | None = None) -> WitnessFigures:
    """All figures of one city from its recordings, and from the messages of its simulated day."""
    city = WitnessCity(city_id, simulated)
    facts = read_facts(city)
    unread = tuple(city.sources[source]["label"]["fr"] for source in facts.unread)
    counts = facts.counts.sort_values(["source_id", "contract_name"], ignore_index=True)
    counts["source_label"] = [city.sources[source]["label"]["fr"] for source in counts["source_id"]]
    silent = pd.DataFrame({"source_label": city.awaited, "contract_name": NOTHING_CAME}, dtype=object)
    counts = pd.concat([counts, silent], ignore_index=True).fillna(0)
    if facts.reports.empty:
        nothing = pd.DataFrame()
        return WitnessFigures(0, 0, nothing, nothing, nothing, counts, unread)
    told = facts.reports
    told["zone_id"] = city.zones_of(told["longitude"].to_numpy(), told["latitude"].to_numpy())
    daily = told.groupby([*GRAIN, "date"], as_index=False).size().rename(columns={"size": "incident_count"})
    days = criticality(city, baselines(city, told, daily))
    days["theme_code"] = [code_entries("incident_category")[code]["parent"] for code in days["category_code"]]
    return WitnessFigures(
        total_count=len(told),
        unlocated_count=int((told["zone_id"] == UNLOCATED).sum()),
        by_theme_date=days.groupby(["theme_code", "date"], as_index=False)[["incident_count"]].sum(),
        by_zone=zone_table(city, days),
        by_segment=segment_table(facts),
        by_source=counts,
        unread=unread,
    )


def zone_table(city: WitnessCity, days: pd.DataFrame) -> pd.DataFrame:
    """Per zone: count, baseline, trend, highest criticality, rate per 1,000 inhabitants."""
    compared = days[days["baseline_count"].notna()]
    zones = days.groupby("zone_id")[["incident_count"]].sum()
    zones["comparable_count"] = compared.groupby("zone_id")["incident_count"].sum()
    zones["baseline_count"] = compared.groupby("zone_id")["baseline_count"].sum()
    zones["trend_code"] = [
        trend(observed, baseline)
        for observed, baseline in zip(zones["comparable_count"], zones["baseline_count"], strict=True)
    ]
    enough = zones["baseline_count"].where(zones["baseline_count"] >= city.indicators["small_number_floor"])
    zones["change_ratio"] = zones["comparable_count"] / enough - 1
    zones["criticality_level"] = days.groupby("zone_id")["level"].max()
    zones["comparable_level"] = compared.groupby("zone_id")["level"].max()
    people = populations(city)
    zones["rate_per_1000"] = [
        1000 * count / people[zone] if zone in people else math.nan
        for zone, count in zip(zones.index, zones["incident_count"], strict=True)
    ]
    return zones.reset_index()


def populations(city: WitnessCity) -> dict[str, int]:
    """Inhabitants per zone id, empty where the profile knows none."""
    spec = city.profile["zones"]
    if not spec.get("population"):
        return {}
    table = pd.read_csv(city.folder / spec["population"])
    return dict(zip(table["zone_id"], table["population_count"], strict=True))


def baselines(city: WitnessCity, told: pd.DataFrame, daily: pd.DataFrame) -> pd.DataFrame:
    """Counts and baselines on every day that has one of them, whole days of the source's covered period only."""
    settings = city.indicators
    rule = settings["baseline"]
    covered = told.groupby("source_id")["date"].agg(["min", "max"])
    monthly = settings["period"] == "month"
    shifts = [
        pd.DateOffset(months=k) if monthly else k * YEAR_OF_WEEKS for k in range(1, rule["reference_windows"] + 1)
    ]
    parts = []
    for shift in shifts:
        moved = daily.assign(date=daily["date"] + shift).rename(columns={"incident_count": "reference"})
        parts.append(moved)
    reference = pd.concat(parts).groupby([*GRAIN, "date"], as_index=False)["reference"].sum()
    both = daily.merge(reference, on=[*GRAIN, "date"], how="outer").fillna({"incident_count": 0, "reference": 0})
    first, last = both["source_id"].map(covered["min"]), both["source_id"].map(covered["max"])
    both = both[(both["date"] >= first) & (both["date"] <= last)].copy()
    first = both["source_id"].map(covered["min"])
    windows = sum(((both["date"] - shift) >= first).astype(int) for shift in shifts)
    both["baseline_count"] = (both["reference"] / windows).where(windows >= rule["minimum_windows"])
    return both[(both["incident_count"] > 0) | (both["baseline_count"] > 0)]


def trend(observed: float, baseline: float) -> str:
    """Rising or falling when the 95 % limits of the observed count (Byar) leave the baseline outside."""
    if math.isnan(baseline):
        return "unknown"
    low = 0.0 if observed == 0 else observed * (1 - 1 / (9 * observed) - 1.96 / (3 * math.sqrt(observed))) ** 3
    more = observed + 1
    high = more * (1 - 1 / (9 * more) + 1.96 / (3 * math.sqrt(more))) ** 3
    return "rising" if low > baseline else "falling" if high < baseline else "stable"


def criticality(city: WitnessCity, daily: pd.DataFrame) -> pd.DataFrame:
    """The lines with the level that zone, category and source have reached on that day: nature times recurrence."""
    settings = city.indicators
    days = 1 if settings["period"] == "month" else WINDOW_DAYS
    trailing = daily.sort_values([*GRAIN, "date"], ignore_index=True)
    reached = pd.Series(trailing_sums(trailing, days))
    nature = trailing["category_code"].map(
        lambda code: code_entries("incident_category")[code]["attributes"]["nature_level"]
    )
    limits = settings["recurrence_thresholds"]
    recurrence = sum((reached >= limit).astype(int) for limit in limits).clip(lower=1)
    product = nature.astype(int) * recurrence
    trailing["level"] = pd.cut(product, [0, 2, 5, 9, 16], labels=[1, 2, 3, 4]).astype(int)
    return trailing


def trailing_sums(daily: pd.DataFrame, days: int) -> list[int]:
    """For each line, the reports of its zone, category and source on its day and the days before, `days` in all."""
    grain = list(daily[GRAIN].itertuples(index=False, name=None))
    dates, counts = list(daily["date"]), list(daily["incident_count"])
    sums: list[int] = []
    for line, (where, date) in enumerate(zip(grain, dates, strict=True)):
        total, back = 0, line
        while back >= 0 and grain[back] == where and dates[back] > date - pd.Timedelta(days=days):
            total += counts[back]
            back -= 1
        sums.append(total)
    return sums


def segment_table(facts: Facts) -> pd.DataFrame:
    """Per pair of stages: median and 90th percentile in seconds, dispatches measured, dispatches lacking a stage."""
    units = facts.dispatches
    rows = []
    for start, end in combinations(STAGES, 2) if len(units) else ():
        seconds = (units[end] - units[start]).dt.total_seconds()
        measured = seconds[seconds >= 0]
        rows.append(
            {
                "segment_code": f"{start}_to_{end}",
                "measured_count": len(measured),
                "missing_count": int(seconds.isna().sum()),
                "median_seconds": measured.quantile(0.5),
                "p90_seconds": measured.quantile(0.9),
            }
        )
    return pd.DataFrame(rows)
