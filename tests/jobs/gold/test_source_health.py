from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pyspark.sql import DataFrame, Row

from jobs.gold.source_health import source_health
from jobs.sdk.filled import filled_by_bronze
from schemas.city import CategoryMapping, CityProfile
from schemas.label import Label
from tests.jobs.gold.rows import CITY, TableOf, at, batch, report, source

pytestmark = pytest.mark.integration

A, FEED, SILENT = (f"urn:vigie:testville:{name}" for name in ("a", "feed", "silent"))


def told(number: int, day: date, **values: object) -> dict[str, object]:
    return report(number, day, source_id=A, **values)


QUALITY = ("quality.batch_count", "quality.rejected_row")


@pytest.fixture(scope="module")
def city() -> CityProfile:
    """Three sources: `a` with a category map, `feed` that stands in for another, `silent`."""
    loud = CategoryMapping("Noise", "noise", date(2000, 1, 1), date(2005, 12, 31), "tests", "Loud")
    misc = replace(loud, source_code="MISC", category_code="other", source_subcategory=None)
    feed = source("feed", stand_in=Label("remplace", "stands in"))
    return replace(CITY, sources=(source("a", category_map=(loud, misc)), feed, source("silent")))


@pytest.fixture(scope="module")
def found(table_of: TableOf, city: CityProfile) -> dict[tuple[str, str], Row]:
    day = date(2005, 6, 1)
    reports = [
        told(1, day, source_category="NOISE ", source_subcategory="loud", category_code="noise"),
        told(2, date(2005, 6, 3), source_category="misc", category_code="other"),
        told(
            3,
            day,
            source_category="Unheard of",
            category_code="other",
            zone_id=None,
            longitude=None,
            latitude=None,
        ),
        told(4, day, source_category=None, category_code="other"),
        told(5, date(2006, 6, 1), source_category="misc", category_code="other"),
    ]
    trips = [
        {
            "trip_delay_id": "t:1",
            "source_id": FEED,
            "feed_at": at("2006-01-01T02:00:00"),
            "collected_at": at("2026-02-01T00:00:00"),
        }
    ]
    refused = [
        {
            "record_id": "x",
            "source_id": A,
            "contract_name": "silver.incident_report",
            "collected_at": at("2026-03-01T00:00:00"),
        }
    ]
    batches = [
        batch(0, A, "silver.incident_report", 3, 0, 4),
        batch(1, A, "silver.incident_report", 2, 1, 0),
        batch(1, FEED, "silver.trip_delay", 1, 0, 0),
        batch(1, "stranger", "bronze.record", 0, 1, 0),
    ]
    rows = {
        "quality.batch_count": batches,
        "quality.rejected_row": refused,
        "silver.incident_report": reports,
        "silver.trip_delay": trips,
    }
    quality: dict[str, DataFrame] = {name.replace(".", "_"): table_of(name, rows[name]) for name in QUALITY}
    facts = {contract.name: table_of(contract.name, rows.get(contract.name, [])) for contract in filled_by_bronze()}
    frame = source_health(**quality, facts=facts, city=city)
    return {(r.source_id, r.contract_name): r for r in frame.collect()}


def test_every_source_of_the_city_has_a_row_and_so_has_a_stranger(found: dict[tuple[str, str], Row]) -> None:
    assert set(found) == {
        (A, "silver.incident_report"),
        (FEED, "silver.trip_delay"),
        (SILENT, "none"),
        ("stranger", "bronze.record"),
    }


def test_batches_are_summed_and_the_ratio_is_of_the_rows_read(found: dict[tuple[str, str], Row]) -> None:
    row = found[(A, "silver.incident_report")]
    assert (
        row.read_count,
        row.accepted_count,
        row.rejected_count,
        row.duplicate_count,
        row.updated_count,
    ) == (10, 5, 1, 4, 2)
    assert row.rejected_ratio == pytest.approx(0.1)
    assert row.state_code == "degraded"


def test_unmapped_counts_facts_whose_own_category_the_map_does_not_know_on_that_day(
    found: dict[tuple[str, str], Row],
) -> None:
    """Unheard of, none at all, and `misc` after the last day of its mapping; `misc` before it is mapped to other."""
    assert found[(A, "silver.incident_report")].unmapped_count == 3


def test_unlocated_counts_facts_without_position_and_a_table_without_positions_has_none(
    found: dict[tuple[str, str], Row],
) -> None:
    assert found[(A, "silver.incident_report")].unlocated_count == 1
    assert found[(FEED, "silver.trip_delay")].unlocated_count == 0


def test_freshness_is_of_the_facts_and_of_the_last_reading_even_a_refused_one(
    found: dict[tuple[str, str], Row],
) -> None:
    row = found[(A, "silver.incident_report")]
    assert (row.first_fact_date, row.last_fact_at.isoformat()) == (date(2005, 6, 1), "2006-06-01T20:00:00")
    assert row.last_collected_at.isoformat() == "2026-03-01T00:00:00"
    assert found[(FEED, "silver.trip_delay")].first_fact_date == date(2005, 12, 31)


def test_labels_stand_in_and_licence_come_from_the_profile(found: dict[tuple[str, str], Row]) -> None:
    feed, own = found[(FEED, "silver.trip_delay")], found[(A, "silver.incident_report")]
    assert (own.source_label_fr, own.source_label_en) == ("Source a", "a source")
    assert (own.is_stand_in, own.stand_in_note_en) == (False, None)
    assert (feed.is_stand_in, feed.stand_in_note_fr, feed.stand_in_note_en) == (True, "remplace", "stands in")
    assert (own.publisher, own.licence) == ("Publisher", "Licence")


def test_source_that_never_sent_anything_is_awaited_with_zeros(found: dict[tuple[str, str], Row]) -> None:
    silent = found[(SILENT, "none")]
    assert (silent.state_code, silent.read_count, silent.unmapped_count, silent.last_collected_at) == (
        "awaited",
        0,
        0,
        None,
    )


def test_stranger_is_shown_under_its_own_name(found: dict[tuple[str, str], Row]) -> None:
    assert found[("stranger", "bronze.record")].source_label_en == "stranger"
