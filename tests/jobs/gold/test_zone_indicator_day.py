"""The table against a computation of its own: loops over every day of every series, no code shared."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from pyspark.sql import DataFrame

from jobs.gold.zone_indicator_day import zone_indicator_day
from schemas.city import CityProfile
from tests.jobs.gold.rows import Row, TableOf, report

pytestmark = pytest.mark.integration

NATURE = {"burglary": 3, "noise": 1, "physical_violence": 4}
SPRING, AUTUMN = date(2006, 4, 2), date(2006, 10, 29)
PLACES = (
    {"zone_id": "t:1", "longitude": 1.0, "latitude": 1.0},
    {"zone_id": "t:2", "longitude": 2.0, "latitude": 1.0},
    {"zone_id": None, "longitude": None, "latitude": None},
    {"zone_id": None, "longitude": 9.0, "latitude": 9.0},
)


def random_reports(seed: int, number: int = 900) -> list[dict[str, object]]:
    """Two sources, of which one covers a part of the time only, crowded on a few days and on both clock changes."""
    chance = random.Random(seed)
    spans = {"a": (date(2003, 1, 1), 1800), "b": (date(2005, 6, 1), 500)}
    rows = []
    for index in range(number):
        source = chance.choice(["a", "a", "b"])
        first, days = spans[source]
        day = first + timedelta(days=chance.choice([chance.randrange(days), 7 * chance.randrange(days // 7)]))
        if index % 9 == 0:
            day = chance.choice([SPRING, AUTUMN, SPRING - timedelta(364), AUTUMN - timedelta(364)])
        rows.append(
            report(
                index,
                day,
                source_id=source,
                category_code=chance.choice(list(NATURE)),
                **chance.choice(PLACES),
            )
        )
    return rows


def placed(row: Row) -> str:
    if row["zone_id"] is not None:
        return str(row["zone_id"])
    return "unlocated" if row["longitude"] is None else "outside"


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def expected_daily(rows: Sequence[Row], windows: int, fewest: int, thresholds: Sequence[int]) -> dict[tuple, tuple]:
    counts = Counter((placed(r), r["category_code"], r["source_id"], r["occurred_date"]) for r in rows)
    covered = {}
    for source in {r["source_id"] for r in rows}:
        days = [r["occurred_date"] for r in rows if r["source_id"] == source]
        covered[source] = (min(days), max(days))
    found = {}
    for zone, category, source in {key[:3] for key in counts}:
        first, last = covered[source]
        for day in every_day(first, last):
            past = [day - timedelta(days=364 * k) for k in range(1, windows + 1)]
            usable = [d for d in past if d >= first]
            total = sum(counts[(zone, category, source, d)] for d in usable)
            baseline = total / len(usable) if len(usable) >= fewest else None
            count = counts[(zone, category, source, day)]
            if not count and not baseline:
                continue
            trailing = sum(counts[(zone, category, source, day - timedelta(days=n))] for n in range(28))
            recurrence = max(1, sum(trailing >= t for t in thresholds))
            product = NATURE[category] * recurrence
            level = 1 if product <= 2 else 2 if product <= 5 else 3 if product <= 9 else 4
            found[(zone, category, source, day)] = (count, baseline, len(usable), trailing, recurrence, level)
    return found


def figures(frame: DataFrame) -> dict[tuple, tuple]:
    return {
        (r.zone_id, r.category_code, r.source_id, r.indicator_date): (
            r.incident_count,
            r.baseline_count,
            r.baseline_window_count,
            r.trailing_28d_count,
            r.recurrence_level,
            r.criticality_level,
        )
        for r in frame.collect()
    }


@pytest.fixture(scope="module")
def random_rows() -> list[dict[str, object]]:
    return random_reports(1)


@pytest.fixture(scope="module")
def computed(
    random_rows: list[dict[str, object]], table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> dict[tuple, tuple]:
    reports = table_of("silver.incident_report", random_rows)
    return figures(zone_indicator_day(silver_incident_report=reports, reference_zone=zones, city=daily_city))


def test_every_figure_equals_the_independent_computation(
    random_rows: list[dict[str, object]], computed: dict[tuple, tuple]
) -> None:
    expected = expected_daily(random_rows, 3, 2, (2, 3, 5, 8))
    assert computed.keys() == expected.keys()
    for key, values in expected.items():
        assert computed[key] == pytest.approx(values), key
    assert any(baseline is None for _, baseline, *_ in computed.values())
    assert any(count == 0 for count, *_ in computed.values())
    assert {level for *_, level in computed.values()} == {1, 2, 3, 4}


def test_zones_unlocated_and_outside_sum_to_the_city(
    random_rows: list[dict[str, object]], computed: dict[tuple, tuple]
) -> None:
    by_zone: Counter[str] = Counter()
    for (zone, *_), (count, *_) in computed.items():
        by_zone[zone] += count
    assert by_zone == Counter(placed(r) for r in random_rows)
    assert by_zone.keys() == {"t:1", "t:2", "unlocated", "outside"}


def test_second_run_over_shuffled_input_gives_the_same_rows(
    random_rows: list[dict[str, object]],
    computed: dict[tuple, tuple],
    table_of: TableOf,
    zones: DataFrame,
    daily_city: CityProfile,
) -> None:
    shuffled = random.Random(0).sample(random_rows, len(random_rows))
    reports = table_of("silver.incident_report", shuffled).repartition(3)
    again = zone_indicator_day(silver_incident_report=reports, reference_zone=zones, city=daily_city)
    assert figures(again) == computed


def test_month_data_compare_with_the_previous_months(
    table_of: TableOf, zones: DataFrame, monthly_city: CityProfile
) -> None:
    told = {date(2021, 11, 1): 4, date(2022, 1, 1): 2, date(2022, 2, 1): 9, date(2022, 3, 1): 1}
    rows, number = [], 0
    for month, count in told.items():
        for _ in range(count):
            number += 1
            rows.append(report(number, month, time_precision_code="month"))
    reports = table_of("silver.incident_report", rows)
    frame = zone_indicator_day(silver_incident_report=reports, reference_zone=zones, city=monthly_city)
    found = {
        r.indicator_date: (
            r.incident_count,
            r.baseline_count,
            r.baseline_window_count,
            r.trailing_28d_count,
            r.period_code,
        )
        for r in frame.collect()
    }
    assert found == {
        date(2021, 11, 1): (4, None, 0, 4, "month"),
        date(2021, 12, 1): (0, 4.0, 1, 0, "month"),
        date(2022, 1, 1): (2, 2.0, 2, 2, "month"),
        date(2022, 2, 1): (9, 2.0, 3, 9, "month"),
        date(2022, 3, 1): (1, 3.75, 4, 1, "month"),
    }


def test_rows_carry_zone_population_theme_and_state(
    table_of: TableOf, zones: DataFrame, daily_city: CityProfile
) -> None:
    days = [date(2010, 1, 1) + timedelta(days=364 * n) for n in range(4)]
    rows = [report(n, day) for n, day in enumerate([days[0], days[1], days[3]])]
    rows.append(report(9, days[3], zone_id="t:2", category_code="noise"))
    rows.append(report(10, days[3], zone_id=None, longitude=None, latitude=None, category_code="noise"))
    reports = table_of("silver.incident_report", rows)
    found = {
        (r.zone_id, r.indicator_date): r
        for r in zone_indicator_day(silver_incident_report=reports, reference_zone=zones, city=daily_city).collect()
    }
    burglary = found[("t:1", days[0])]
    assert (burglary.city_id, burglary.zone_name, burglary.theme_code) == ("testville", "One", "theft")
    assert (burglary.population_count, burglary.population_year) == (1000, 2020)
    assert burglary.publication_state_code == "published"
    assert found[("t:1", days[2])].publication_state_code == "published_zero"
    assert found[("t:2", days[3])].publication_state_code == "provisional"
    nowhere = found[("unlocated", days[3])]
    assert (nowhere.zone_name, nowhere.population_count) == ("Unlocated", None)


def test_no_report_gives_an_empty_table(table_of: TableOf, zones: DataFrame, daily_city: CityProfile) -> None:
    reports = table_of("silver.incident_report", [])
    assert zone_indicator_day(silver_incident_report=reports, reference_zone=zones, city=daily_city).isEmpty()


def test_exercise_is_kept_and_never_counted(table_of: TableOf, zones: DataFrame, daily_city: CityProfile) -> None:
    day = date(2006, 5, 1)
    told = [report(1, day), report(2, day, is_exercise=False), report(3, day, is_exercise=True)]
    rows = zone_indicator_day(table_of("silver.incident_report", told), zones, daily_city).collect()
    assert sum(row["incident_count"] for row in rows) == 2
