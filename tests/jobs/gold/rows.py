"""A small city and rows of its lake's tables, made from the few columns a test is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import shapely
from pyspark.sql import DataFrame, SparkSession

from jobs.sdk.struct import struct_of
from schemas.bounds import Bounds
from schemas.city import Baseline, CityProfile, IndicatorSettings, SourceSettings
from schemas.contract import load
from schemas.label import Label
from schemas.zones import ZoneSource

Row = Mapping[str, object]
TableOf = Callable[[str, Sequence[Row]], DataFrame]

BASELINE = Baseline("same_weeks_of_earlier_years", reference_windows=3, minimum_windows=2)
SETTINGS = IndicatorSettings(
    version="1",
    author="tests",
    valid_from=date(2000, 1, 1),
    baseline=BASELINE,
    recurrence_thresholds=(2, 3, 5, 8),
    small_number_floor=20,
    period="day",
)
CITY = CityProfile(
    city_id="testville",
    label=Label("Testville", "Testville"),
    country_code="US",
    time_zone="America/Los_Angeles",
    language="en",
    bounds=Bounds(0.0, 0.0, 10.0, 10.0),
    zones=ZoneSource("geojson", Label("Secteurs", "Districts"), "district", "t"),
    sources=(),
    indicator_epochs=(SETTINGS,),
    root=Path("cities/testville"),
)


def source(connector: str, **values: object) -> SourceSettings:
    """A source of the city that allows a tenth of its rows to be refused."""
    made = SourceSettings(
        connector=connector,
        source_id=f"urn:vigie:testville:{connector}",
        label=Label(f"Source {connector}", f"{connector} source"),
        time_zone=CITY.time_zone,
        recordings=(),
        settings={},
        category_map=(),
        stand_in=None,
        max_rejected_ratio=0.1,
        publisher="Publisher",
        licence="Licence",
        licence_url=None,
        path=Path(f"cities/testville/sources/{connector}.yaml"),
        expected=True,
    )
    return replace(made, **values)  # type: ignore[arg-type]


def frame_of(spark: SparkSession, name: str, rows: Sequence[Row]) -> DataFrame:
    """A frame of a contract from rows that leave out what they do not need."""
    contract = load(name)
    unknown = {key for row in rows for key in row} - set(contract.column_names)
    assert not unknown, f"{name} has no columns {sorted(unknown)}"
    tuples = [tuple(row.get(column) for column in contract.column_names) for row in rows]
    return spark.createDataFrame(tuples, struct_of(contract))


def at(text: str) -> datetime:
    """UTC instant of an ISO text without offset."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LINEAGE = {"record_id": "r", "collected_at": at("2026-01-01T00:00:00"), "row_digest": "d"}


def report(number: int, day: date, **values: object) -> dict[str, object]:
    """One row of `silver.incident_report`, in zone t:1 unless said."""
    row: dict[str, object] = {
        "report_id": f"t:{number}",
        "occurred_at": datetime(day.year, day.month, day.day, 20, tzinfo=UTC),
        "occurred_date": day,
        "time_precision_code": "minute",
        "source_id": "a",
        "category_code": "burglary",
        "zone_id": "t:1",
        "longitude": 1.0,
        "latitude": 2.0,
    }
    return {**row, **LINEAGE, **values}


def dispatch(number: int, received: str, **values: object) -> dict[str, object]:
    """One row of `silver.unit_dispatch` that was received and nothing more."""
    row: dict[str, object] = {
        "dispatch_id": f"t:{number}",
        "report_id": "t:1",
        "received_at": at(received),
        "received_date": date.fromisoformat(received[:10]),
        "source_id": "fire",
        "category_code": "fire",
        "zone_id": "t:1",
        "longitude": 1.0,
        "latitude": 1.0,
    }
    return {**row, **LINEAGE, **values}


def dispatch_stage(report_id: str, unit_id: str, stage: str, reached: str, **values: object) -> dict[str, object]:
    """One row of `silver.dispatch_stage`."""
    row: dict[str, object] = {
        "dispatch_stage_id": f"{report_id}-{unit_id}-{values.get('source_status', stage)}",
        "report_id": report_id,
        "unit_id": unit_id,
        "dispatch_stage_code": stage,
        "reached_at": at(reached),
        "source_id": "states",
    }
    return {**row, **LINEAGE, **values}


def batch(
    number: int, source_id: str, contract: str, accepted: int, rejected: int = 0, duplicates: int = 0
) -> dict[str, object]:
    """One row of `quality.batch_count` that adds up."""
    return {
        "batch_id": number,
        "source_id": source_id,
        "contract_name": contract,
        "read_count": accepted + rejected + duplicates,
        "accepted_count": accepted,
        "rejected_count": rejected,
        "duplicate_count": duplicates,
        "updated_count": duplicates // 2,
    }


ZONES: Sequence[Row] = [
    {
        "zone_id": f"t:{number}",
        "zone_name": name,
        "level_code": "district",
        "city_id": "testville",
        "centroid_longitude": 1.0,
        "centroid_latitude": 1.0,
        "area_km2": 1.0,
        "geometry_wkb": shapely.to_wkb(shapely.box(number, 1.0, number + 1.0, 2.0)),
        "population_count": population,
        "population_year": 2020 if population else None,
    }
    for number, name, population in ((1, "One", 1000), (2, "Two", 50), (3, "Three", None))
]
