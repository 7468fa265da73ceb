"""Two small lakes with figures that can be added up by hand: daily facts and incidents here, monthly facts there.

The figures expected of Superset are computed here from the same rows in plain Python, without SQL.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import write_deltalake

from dashboards.catalogue import CityLake
from schemas.contract import ColumnType, load
from schemas.label import Label
from tests.dashboards.small_incidents import incidents

Row = dict[str, Any]
ARROW_TYPES = {
    ColumnType.STRING: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: pa.timestamp("us", tz="UTC"),
    ColumnType.DATE: pa.date32(),
    ColumnType.BINARY: pa.binary(),
    ColumnType.INTEGER_LIST: pa.list_(pa.int64()),
}
THEMES = (("theft", "vehicle_theft"), ("cleanliness", "dirty_street"), ("nuisance", "noise"))
BAY = Label(fr="Baie", en="Bay")
MOOR = Label(fr="Lande", en="Moor")
FIRST_DAY = date(2011, 3, 1)
DAYS = 60
SEGMENTS = ("received_to_answered", "received_to_dispatched", "received_to_en_route", "received_to_arrived")


@dataclass(frozen=True)
class SmallLake:
    """The rows of one lake and where they were written."""

    city: CityLake
    tables: dict[str, list[Row]]

    def total(self, table: str, column: str, keep: Callable[[Row], bool] = lambda row: True) -> float:
        """Sum of a column over the rows kept."""
        return float(sum(row[column] for row in self.tables[table] if keep(row)))

    def totals(self, table: str, group: str, column: str) -> dict[str, float]:
        """Sum of a column per value of another."""
        found: dict[str, float] = defaultdict(float)
        for row in self.tables[table]:
            found[row[group]] += row[column]
        return dict(found)


def write_table(root: Path, name: str, rows: Iterable[Row]) -> None:
    """Write rows as the Delta table of a contract."""
    contract = load(name)
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in contract.columns])
    complete = [{column: row.get(column) for column in contract.column_names} for row in rows]
    write_deltalake(
        str(root / contract.layer / contract.table), pa.Table.from_pylist(complete, schema), mode="overwrite"
    )


def write_lake(root: Path, city_id: str, label: Label, time_zone: str, tables: dict[str, list[Row]]) -> SmallLake:
    """Write every table of a lake."""
    for name, rows in tables.items():
        write_table(root, name, rows)
    return SmallLake(CityLake(city_id, root, label, time_zone), tables)


def bay(root: Path) -> SmallLake:
    """A city of seven hexagons with daily facts, response times, and two sources."""
    zones = {f"h3:bay{index}": f"Hexagone {index}" for index in range(7)}
    parts = [
        {"zone_id": zone, "part_number": 0, "city_id": "bay", "ring_json": json.dumps(_hexagon(index))}
        for index, zone in enumerate(zones)
    ]
    named = zones | {"unlocated": "unlocated", "outside": "outside"}
    return write_lake(root, "bay", BAY, "America/Los_Angeles", {
        "reference.zone_part": parts,
        "gold.zone_indicator_day": list(_daily(named)),
        "gold.response_time_day": list(_times(zones)),
        "gold.source_health": [
            _source("bay", "bay_police", ("Police de la baie", "Bay police"), (1000, 900, 60, 40)),
            _source("bay", "bay_fire", ("Pompiers de la baie", "Bay fire"), (500, 495, 5, 0),
                    contract="silver.unit_dispatch"),
        ],
        **incidents(list(zones.items())),
    })  # fmt: skip


def moor(root: Path) -> SmallLake:
    """A city of two districts with monthly facts and populations; one district has two outline parts."""
    parts = [
        {"zone_id": zone, "part_number": part, "city_id": "moor", "ring_json": json.dumps(ring)}
        for zone, part, ring in [
            ("gss:E1", 0, [[-2.9, 53.7], [-2.6, 53.7], [-2.6, 53.9], [-2.9, 53.9], [-2.9, 53.7]]),
            ("gss:E2", 0, [[-2.6, 53.7], [-2.3, 53.7], [-2.3, 53.9], [-2.6, 53.9], [-2.6, 53.7]]),
            ("gss:E2", 1, [[-2.2, 53.7], [-2.1, 53.7], [-2.1, 53.8], [-2.2, 53.8], [-2.2, 53.7]]),
        ]
    ]
    return write_lake(root, "moor", MOOR, "Europe/London", {
        "reference.zone_part": parts,
        "gold.zone_indicator_day": list(_monthly()),
        "gold.source_health": [
            _source("moor", "moor_police", ("Police de la lande", "Moor police"), (300, 300, 0, 0),
                    stand_in=("Remplace une autre source", "Stands in for another source")),
        ],
    })  # fmt: skip


def percentile(values: Iterable[float], share: float) -> float:
    """Percentile with linear interpolation, the definition of SQL's PERCENTILE_CONT."""
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    low, high = math.floor(rank), math.ceil(rank)
    return ordered[low] + (ordered[high] - ordered[low]) * (rank - low)


def _hexagon(index: int) -> list[list[float]]:
    turn = index * math.pi / 3
    reach = 0.0 if index == 6 else 0.0346
    centre = (-122.44 + reach * math.cos(turn + math.pi / 6), 37.76 + 0.8 * reach * math.sin(turn + math.pi / 6))
    corners = [
        [
            round(centre[0] + 0.02 * math.cos(k * math.pi / 3), 5),
            round(centre[1] + 0.016 * math.sin(k * math.pi / 3), 5),
        ]
        for k in range(6)
    ]
    return [*corners, corners[0]]


def _indicator(city: str, zone: str, name: str, theme: int, day: date, count: int, baseline: float | None) -> Row:
    theme_code, category_code = THEMES[theme]
    return {
        "city_id": city, "zone_id": zone, "zone_name": name, "theme_code": theme_code, "category_code": category_code,
        "source_id": f"urn:vigie:{city}:{city}_police", "indicator_date": day, "period_code": "day",
        "incident_count": count, "baseline_count": baseline, "baseline_window_count": 0 if baseline is None else 2,
        "trailing_28d_count": count * 5, "nature_level": theme + 1, "recurrence_level": 2,
        "criticality_level": min(theme + 1 + count % 2, 4), "publication_state_code": "provisional",
    }  # fmt: skip


def _daily(zones: dict[str, str]) -> Iterable[Row]:
    for place, (zone, name) in enumerate(zones.items()):
        for offset in range(DAYS):
            for theme in range(3):
                count = (place * 7 + offset * (theme + 1)) % (4 + 3 * place)
                if count == 0:
                    continue
                # The first half has no reference; in the second, low zones rise and high zones fall.
                baseline = None if offset < DAYS // 2 else count * (0.4 + 0.25 * place)
                yield _indicator("bay", zone, name, theme, FIRST_DAY + timedelta(offset), count, baseline)


def _monthly() -> Iterable[Row]:
    for place, (zone, name) in enumerate({"gss:E1": "Amont", "gss:E2": "Aval"}.items()):
        for month in range(1, 7):
            row = _indicator("moor", zone, name, 2, date(2022, month, 1), 20 + 3 * month + 40 * place, 30.0)
            yield row | {"period_code": "month", "population_count": 50_000 * (place + 1), "population_year": 2021}


def _times(zones: dict[str, str]) -> Iterable[Row]:
    for place, (zone, name) in enumerate(zones.items()):
        for stage, segment in enumerate(SEGMENTS):
            for offset in range(0, DAYS, 7):
                values = sorted(
                    30 + 90 * stage + (place * 13 + offset * 5 + k * 17) % 140 for k in range(2 + place % 3)
                )
                missing = (offset // 7 + stage) % 3
                yield {
                    "city_id": "bay", "zone_id": zone, "zone_name": name, "theme_code": "rescue",
                    "category_code": "medical", "source_id": "urn:vigie:bay:bay_fire", "segment_code": segment,
                    "received_date": FIRST_DAY + timedelta(offset), "dispatch_count": len(values) + missing,
                    "measured_count": len(values), "missing_count": missing, "inconsistent_count": 0,
                    "median_seconds": percentile(values, 0.5), "p90_seconds": percentile(values, 0.9),
                    "durations_seconds": values,
                }  # fmt: skip


def _source(
    city: str, name: str, labels: tuple[str, str], counts: tuple[int, int, int, int],
    stand_in: tuple[str, str] | None = None, contract: str = "silver.incident_report",
) -> Row:  # fmt: skip
    read, accepted, rejected, duplicate = counts
    return {
        "city_id": city, "source_id": f"urn:vigie:{city}:{name}",
        "source_label_fr": labels[0], "source_label_en": labels[1],
        "contract_name": contract, "read_count": read, "accepted_count": accepted, "rejected_count": rejected,
        "duplicate_count": duplicate, "updated_count": 0, "rejected_ratio": rejected / read, "unmapped_count": 0,
        "unlocated_count": 3, "first_fact_date": FIRST_DAY, "last_fact_at": datetime(2011, 4, 30, 6, 30, tzinfo=UTC),
        "last_collected_at": datetime(2011, 5, 2, 6, 30, tzinfo=UTC),
        "state_code": "ok" if rejected < 50 else "degraded",
        "is_stand_in": stand_in is not None, "stand_in_note_fr": stand_in[0] if stand_in else None,
        "stand_in_note_en": stand_in[1] if stand_in else None, "publisher": "Ville d'essai", "licence": "CC0-1.0",
    }  # fmt: skip
