"""Fused incidents: tiles and updates give the fusion of the whole, and each figure is that of a second computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import hypot, sqrt
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from pyspark.sql import DataFrame, SparkSession

from analytics.fusion.fuse import Fusion
from analytics.fusion.tiles import Tiling
from jobs.gold.fusion_model import fusion_model
from jobs.gold.incident import incident
from jobs.gold.incident_link import incident_link
from jobs.gold.incident_report import incident_report
from jobs.gold.reports import fusible
from jobs.gold.tiled_fusion import fused_by_tiles
from jobs.sdk.job import in_order
from schemas.city import CityProfile
from tests.analytics.fusion.towns import told_table
from tests.jobs.gold.rows import LINEAGE, Row, dispatch, dispatch_stage, frame_of

BORDER = 5.335
SEVERITIES, PRECISIONS = ("low", "moderate", "high"), ("second", "minute", "hour")
STAGES = ("received_at", "dispatched_at", "en_route_at", "arrived_at", "closed_at")
JOBS = in_order((incident_report, incident, fusion_model, incident_link))


@dataclass
class Tables:
    """Tables of a lake in memory; what a run makes is what the next one was last published."""

    spark: SparkSession
    city: CityProfile
    told: dict[str, DataFrame] = field(default_factory=dict)
    before: dict[str, DataFrame] = field(default_factory=dict)

    def read(self, name: str) -> DataFrame:
        return self.told.get(name, frame_of(self.spark, name, []))

    def published(self, name: str) -> DataFrame:
        return self.before.get(name, frame_of(self.spark, name, []))

    def exists(self, name: str) -> bool:
        return name in self.told

    def run(self) -> dict[str, list[Row]]:
        """The gold tables, each row as a mapping."""
        for job in JOBS:
            self.told[job.output] = job.run(self, self.city).persist()
        rows = {job.output: [row.asDict() for row in self.told[job.output].collect()] for job in JOBS}
        for job in JOBS:
            self.told[job.output].unpersist()
        self.before = {job.output: frame_of(self.spark, job.output, rows[job.output]) for job in JOBS}
        return rows


@pytest.fixture(scope="session")
def city(town_profile: CityProfile) -> CityProfile:
    """The town with its three sources, of which the first is restricted."""
    first, *others = town_profile.sources
    return replace(town_profile, sources=(replace(first, is_restricted=True), *others))


@pytest.fixture(scope="session")
def reports(city: CityProfile) -> list[dict[str, Any]]:
    """A town whose reports have everything a source may tell, and some that lack what it may leave out."""
    table = told_table(11, events=900, days=20)
    random = np.random.default_rng(5)
    sources = [one.source_id for one in city.sources]
    categories = ("noise", "dispute_or_brawl", "fire", "damage", "collision", "drugs", "burglary", "other")
    rows = []
    for row in table.to_pylist():
        code = int(row["category_code"][1:])
        made = {
            **LINEAGE, **row, "source_id": sources[int(row["source_id"][1:])], "category_code": categories[code],
            "time_precision_code": str(random.choice(["second", "minute", "hour"])),
            "severity_code": random.choice([None, "low", "high"]),
            "status_code": random.choice([None, "open", "closed", "cancelled"]),
            "dispatched_at": random.choice([None, row["received_at"] + timedelta(seconds=60)]),
            "arrived_at": random.choice([None, row["received_at"] + timedelta(seconds=400)]),
            "row_digest": f"{row['report_id']}.1",
            "is_exercise": random.choice([None, False, True], p=[0.5, 0.45, 0.05]),
        }  # fmt: skip
        if random.random() < 0.05:
            made |= {"longitude": None, "latitude": None, "location_precision_m": None}
        elif random.random() < 0.05:
            made["location_precision_m"] = None
        rows.append(made)
    return rows


@dataclass
class Answers:
    """Units sent to some reports, what is told of their stages, and by report what that must come to."""

    dispatches: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    expected: dict[str, dict[str, datetime]] = field(default_factory=dict)


@pytest.fixture(scope="session")
def answers(reports: list[dict[str, Any]]) -> Answers:
    """No, one or two units to a report; of each some stages are told with it, some apart, some of no dispatch."""
    random = np.random.default_rng(6)
    made = Answers()
    for row in reports:
        name, units = row["report_id"], []
        for unit in [f"E{number}" for number in range(random.integers(0, 3))]:
            instants = {
                stage: row["received_at"] + timedelta(seconds=int(random.integers(10, 900))) for stage in STAGES[1:]
            }
            told = {stage: at for stage, at in instants.items() if random.random() < 0.4}
            apart = {stage: at for stage, at in instants.items() if random.random() < 0.5}
            if random.random() < 0.8:
                call = {"received_at": row["received_at"], **told}
                made.dispatches.append(dispatch(0, "2006-01-01T00:00:00", report_id=name, unit_id=unit, **call))
                units.append({**apart, **call})
            else:
                units.append(apart)
            made.stages += [
                {**dispatch_stage(name, unit, stage[:-3], "2006-01-01T00:00:00"), "reached_at": at}
                for stage, at in apart.items()
            ]
        of_units = {stage: [unit[stage] for unit in units if stage in unit] for stage in STAGES}
        found = {stage: (max if stage == "closed_at" else min)(at) for stage, at in of_units.items() if at}
        made.expected[name] = found | {stage: row[stage] for stage in STAGES if row.get(stage)}
    return made


@pytest.fixture(scope="session")
def tables(spark: SparkSession, city: CityProfile, reports: list[dict[str, Any]], answers: Answers) -> Tables:
    zones = [
        {"zone_id": f"town:{name}", "zone_name": name.title(), "level_code": "district", "city_id": "town",
         "geometry_wkb": shapely.to_wkb(shapely.box(west, 43.0, east, 43.5))}
        for name, west, east in (("east", BORDER, 6.0), ("west", 5.0, BORDER))
    ]  # fmt: skip
    told = {
        "silver.incident_report": frame_of(spark, "silver.incident_report", reports),
        "reference.zone": frame_of(spark, "reference.zone", zones),
        "silver.unit_dispatch": frame_of(spark, "silver.unit_dispatch", answers.dispatches),
        "silver.dispatch_stage": frame_of(spark, "silver.dispatch_stage", answers.stages),
    }
    return Tables(spark, city, told)


@pytest.fixture(scope="session")
def gold(tables: Tables) -> dict[str, list[Row]]:
    return tables.run()


def test_every_report_but_exercises_is_in_one_incident(
    reports: list[dict[str, Any]], gold: Mapping[str, list[Row]]
) -> None:
    real = {row["report_id"] for row in reports if not row["is_exercise"]}
    assert Counter(row["report_id"] for row in gold["gold.incident_report"]) == Counter(real)
    assert sum(row["report_count"] for row in gold["gold.incident"]) == len(real)  # type: ignore[misc]
    assert len(gold["gold.incident"]) < len(real) - 200
    assert max(row["report_count"] for row in gold["gold.incident"]) >= 2  # type: ignore[type-var]


def test_each_figure_of_an_incident_is_that_of_its_reports(
    reports: list[dict[str, Any]], answers: Answers, gold: Mapping[str, list[Row]], city: CityProfile
) -> None:
    known = {row["report_id"]: row for row in reports}
    members = pd.DataFrame(gold["gold.incident_report"]).groupby("incident_id")["report_id"].apply(list)
    links: dict[object, list[float]] = {}
    for row in gold["gold.incident_link"]:
        for end in ("first_report_id", "second_report_id"):
            links.setdefault(row[end], []).append(float(row["link_ratio"]))  # type: ignore[arg-type]
    restricted = city.sources[0].source_id
    for row in gold["gold.incident"]:
        told = [known[name] for name in members[row["incident_id"]]]
        told.sort(key=lambda each: (each["received_at"], each["report_id"]))
        assert row["incident_id"] == f"incident:{told[0]['report_id']}"
        _assert_when_and_what(row, told)
        _assert_where(row, [each for each in told if each["longitude"] is not None])
        assert row["is_restricted"] == any(each["source_id"] == restricted for each in told)
        assert row["source_count"] == len({each["source_id"] for each in told}) == str(row["told_by"]).count(" + ") + 1
        best = max(told, key=lambda each: len(answers.expected[each["report_id"]]))
        stages = {name: at.replace(tzinfo=None) for name, at in answers.expected[best["report_id"]].items()}
        assert {name: row[name] for name in STAGES if row[name]} == stages
        assert row["response_source_id"] == best["source_id"]
        least = min(max(links.get(each["report_id"], [1.0])) for each in told)
        assert row["confidence_ratio"] == pytest.approx(least)


def _assert_when_and_what(row: Row, told: list[dict[str, Any]]) -> None:
    finest = min(PRECISIONS.index(each["time_precision_code"]) for each in told)
    exact = [each["occurred_at"] for each in told if PRECISIONS.index(each["time_precision_code"]) == finest]
    assert row["occurred_at"] == min(exact).replace(tzinfo=None)
    assert row["last_told_at"] == max(each["occurred_at"] for each in told).replace(tzinfo=None)
    counts = Counter(each["category_code"] for each in told)
    most = max(counts.values())
    assert row["category_code"] == next(each["category_code"] for each in told if counts[each["category_code"]] == most)
    levels = [SEVERITIES.index(each["severity_code"]) for each in told if each["severity_code"]]
    assert row["severity_code"] == (SEVERITIES[max(levels)] if levels else None)
    assert (row["status_code"] == "cancelled") == all(each["status_code"] == "cancelled" for each in told)


def _assert_where(row: Row, placed: list[dict[str, Any]]) -> None:
    if not placed:
        assert row["longitude"] is None
        assert row["zone_id"] == "unlocated"
        return
    points = [(each["longitude"], each["latitude"], max(each["location_precision_m"] or 1e5, 5.0)) for each in placed]
    total = sum(p**-2 for _, _, p in points)
    x, y = (sum(point[2] ** -2 * point[k] for point in points) / total for k in (0, 1))
    assert (row["longitude"], row["latitude"]) == pytest.approx((x, y), abs=1e-9)
    assert row["zone_id"] == ("town:east" if x > BORDER else "town:west")
    if all(each["location_precision_m"] for each in placed):
        squares = sum(p**-2 * hypot((a - x) * 81_000, (b - y) * 111_195) ** 2 for a, b, p in points)
        assert row["location_precision_m"] == pytest.approx(max(total**-0.5, sqrt(squares / total)), rel=0.01)


def test_the_links_do_not_depend_on_the_tiling(tables: Tables, gold: Mapping[str, list[Row]]) -> None:
    (model,) = gold["gold.fusion_model"]
    fusion = Fusion.from_json(str(model["weights_json"]))
    frame = fusible(tables.told["silver.incident_report"])
    whole = fusion.fuse(frame.toArrow())
    none = pa.table({"first_report_id": [], "second_report_id": [], "decision_code": []})
    for tiling in (Tiling(), Tiling(2 * 86_400.0, 3_000.0)):
        dealt = fused_by_tiles(fusion, frame, none, tiling)
        assert np.array_equal(dealt.incident, whole.incident)
        assert np.array_equal(dealt.probability, whole.probability)
    assert len(gold["gold.incident_link"]) == len(whole.pairs.first)


def test_a_link_says_its_reasons_in_both_languages(gold: Mapping[str, list[Row]]) -> None:
    row = max(gold["gold.incident_link"], key=lambda link: float(link["link_ratio"]))  # type: ignore[arg-type]
    assert f"{row['distance_m']:.0f} m, " in str(row["reason_fr"])
    assert "catégorie" in str(row["reason_fr"])
    assert "categor" in str(row["reason_en"])
    assert " + " in str(row["reason_en"])


def test_an_update_gives_what_a_whole_run_gives_and_keeps_what_it_does_not_touch(
    spark: SparkSession, city: CityProfile, tables: Tables, reports: list[dict[str, Any]]
) -> None:
    """Some reports come late, one is corrected, one becomes an exercise, and an analyst decides on two pairs."""
    late, early = reports[::9][:40], [row for n, row in enumerate(reports) if n % 9 or n // 9 >= 40]
    silver = "silver.incident_report"
    first = Tables(spark, city, {**tables.told, silver: frame_of(spark, silver, early)})
    before = first.run()
    fused = [row for row in before["gold.incident_link"] if not row["is_decided"]]
    moved = {**early[50], "row_digest": "moved", "longitude": 5.31, "latitude": 43.31}
    drilled = {**early[60], "row_digest": "drill", "is_exercise": True}
    now = [row for n, row in enumerate(early) if n not in (50, 60)] + [moved, drilled, *late]
    ids = sorted(str(row["report_id"]) for row in early if not row["is_exercise"])
    decisions = [
        {**LINEAGE, "first_report_id": ids[3], "second_report_id": ids[-3], "decision_code": "same",
         "decided_at": late[0]["occurred_at"], "source_id": "urn:vigie:town:analyst"},
        {**LINEAGE, "first_report_id": fused[0]["first_report_id"], "second_report_id": fused[0]["second_report_id"],
         "decision_code": "different", "decided_at": late[0]["occurred_at"], "source_id": "urn:vigie:town:analyst"},
    ]  # fmt: skip
    told = {
        silver: frame_of(spark, silver, now),
        "silver.incident_decision": frame_of(spark, "silver.incident_decision", decisions),
    }
    second = Tables(spark, city, {**tables.told, **told}, first.before)
    updated = second.run()
    whole = Tables(spark, city, {**tables.told, **told}, {"gold.fusion_model": first.before["gold.fusion_model"]}).run()
    assert updated["gold.fusion_model"] == before["gold.fusion_model"]
    for name in ("gold.incident_link", "gold.incident_report", "gold.incident"):
        assert sorted(map(repr, updated[name])) == sorted(map(repr, whole[name])), name
    place = {row["report_id"]: row["incident_id"] for row in updated["gold.incident_report"]}
    assert place[ids[3]] == place[ids[-3]]
    assert place[fused[0]["first_report_id"]] != place[fused[0]["second_report_id"]]
    names = [{row["incident_id"] for row in run["gold.incident"]} for run in (before, updated)]
    assert len(names[0] & names[1]) > 0.9 * len(names[0])


def test_a_lake_without_reports_has_no_incidents(spark: SparkSession, city: CityProfile, tables: Tables) -> None:
    empty = Tables(spark, city, {"reference.zone": tables.told["reference.zone"]}).run()
    assert all(not rows for rows in empty.values())
