from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pytest
from pyspark.sql import DataFrame, Row

from jobs.gold.response_time_day import response_time_day
from schemas.city import CityProfile
from schemas.codes import load_codes
from tests.jobs.gold.rows import TableOf, at, dispatch, dispatch_stage

pytestmark = pytest.mark.integration

STAGES = ["received", "answered", "dispatched", "en_route", "arrived", "closed"]


def random_dispatches(seed: int) -> list[dict[str, object]]:
    """Stages in order most of the time, some absent, some before their predecessor, around a clock change."""
    chance = random.Random(seed)
    rows = []
    for number in range(400):
        start = at("2006-10-29T06:00:00") + timedelta(minutes=chance.randrange(60 * 24))
        row = dispatch(number, start.isoformat()[:19])
        moment = start
        for stage in STAGES[1:]:
            moment += timedelta(seconds=chance.randrange(-30, 400), milliseconds=chance.choice([0, 400]))
            row[f"{stage}_at"] = None if chance.random() < 0.25 else moment
        row["zone_id"] = chance.choice(["t:1", "t:2", None])
        rows.append(row)
    return rows


def computed(
    table_of: TableOf,
    zones: DataFrame,
    city: CityProfile,
    rows: list[dict[str, object]],
    stages: Sequence[dict[str, object]] = (),
) -> dict[tuple, Row]:
    frame = response_time_day(
        silver_unit_dispatch=table_of("silver.unit_dispatch", rows),
        silver_dispatch_stage=table_of("silver.dispatch_stage", stages),
        reference_zone=zones,
        city=city,
    )
    return {(r.zone_id, r.segment_code, r.received_date): r for r in frame.collect()}


def test_every_figure_equals_the_independent_computation(
    table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> None:
    rows = random_dispatches(1)
    groups: dict[tuple, list[dict[str, object]]] = defaultdict(list)
    for row in rows:
        groups[(row["zone_id"] or "outside", row["received_date"])].append(row)
    found = computed(table_of, zones, daily_city, rows)
    assert len(found) == 15 * len(groups)
    for (zone, day), members in groups.items():
        for first, second in combinations(STAGES, 2):
            pairs = [(m[f"{first}_at"], m.get(f"{second}_at")) for m in members]
            spans = [(b - a).total_seconds() for a, b in pairs if a is not None and b is not None]
            good = sorted(int(s) for s in spans if s >= 0)
            row = found[(zone, f"{first}_to_{second}", day)]
            assert row.dispatch_count == len(members)
            assert row.durations_seconds == good
            assert row.measured_count == len(good)
            assert row.missing_count == len(members) - len(spans)
            assert row.inconsistent_count == len(spans) - len(good)
            if good:
                assert row.median_seconds == pytest.approx(np.quantile(good, 0.5))
                assert row.p90_seconds == pytest.approx(np.quantile(good, 0.9))
            else:
                assert (row.median_seconds, row.p90_seconds) == (None, None)


def test_segments_are_the_codes_of_the_public_list(
    table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> None:
    found = computed(table_of, zones, daily_city, [dispatch(1, "2006-01-01T00:00:00")])
    assert {segment for _, segment, _ in found} == set(load_codes("segment").values)


def test_absent_stage_is_missing_and_never_zero(table_of: TableOf, zones: DataFrame, daily_city: CityProfile) -> None:
    rows = [
        dispatch(1, "2006-01-01T00:00:00", arrived_at=at("2006-01-01T00:05:00")),
        dispatch(2, "2006-01-01T00:00:00"),
        dispatch(3, "2006-01-01T00:10:00", arrived_at=at("2006-01-01T00:09:59")),
    ]
    row = computed(table_of, zones, daily_city, rows)[("t:1", "received_to_arrived", date(2006, 1, 1))]
    assert (row.dispatch_count, row.measured_count, row.missing_count, row.inconsistent_count) == (3, 1, 1, 1)
    assert (row.median_seconds, row.p90_seconds, row.durations_seconds) == (300.0, 300.0, [300])


def test_duration_over_the_night_the_clocks_change_is_the_elapsed_time(
    table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> None:
    """01:50 daylight time to 01:10 standard time, on the clock 40 minutes back, lasts 20 minutes."""
    rows = [dispatch(1, "2006-10-29T08:50:00", arrived_at=at("2006-10-29T09:10:00"))]
    row = computed(table_of, zones, daily_city, rows)[("t:1", "received_to_arrived", date(2006, 10, 29))]
    assert row.durations_seconds == [1200]


def test_no_dispatch_gives_an_empty_table(table_of: TableOf, zones: DataFrame, daily_city: CityProfile) -> None:
    assert computed(table_of, zones, daily_city, []) == {}


def test_exercise_is_never_measured(table_of: TableOf, zones: DataFrame, daily_city: CityProfile) -> None:
    told = [dispatch(1, "2006-05-01T10:00:00"), dispatch(2, "2006-05-01T10:00:00", is_exercise=True)]
    rows = computed(table_of, zones, daily_city, told)
    assert {row["dispatch_count"] for row in rows.values()} == {1}


def test_a_stage_told_apart_fills_what_its_own_dispatch_lacks_and_nothing_else(
    table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> None:
    minute = "2006-05-01T10:{:02d}:00"
    told = [
        dispatch(1, minute.format(0), report_id="t:a", unit_id="E1", en_route_at=at(minute.format(2))),
        dispatch(2, minute.format(0), report_id="t:a", unit_id="E2"),
        dispatch(3, minute.format(0), report_id="t:b", unit_id="E1"),
        dispatch(4, minute.format(0), report_id="t:a"),
    ]
    stages = [
        dispatch_stage("t:a", "E1", "en_route", minute.format(3)),
        dispatch_stage("t:a", "E1", "arrived", minute.format(9)),
        dispatch_stage("t:a", "E1", "arrived", minute.format(8), source_status="again"),
        dispatch_stage("t:a", "E2", "arrived", minute.format(20), is_withdrawn=True),
        dispatch_stage("t:a", "E2", "arrived", minute.format(21), is_exercise=True, source_status="drill"),
        dispatch_stage("t:b", "E2", "arrived", minute.format(30)),
    ]
    found = computed(table_of, zones, daily_city, told, stages)
    day = date(2006, 5, 1)
    assert found["t:1", "received_to_en_route", day].durations_seconds == [120], "what the dispatch tells itself stays"
    arrival = found["t:1", "received_to_arrived", day]
    assert (arrival.durations_seconds, arrival.dispatch_count, arrival.missing_count) == ([480], 4, 3)
