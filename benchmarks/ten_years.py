"""A made-up city of ten years in gold, large enough to time what a dashboard asks; its figures mean nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import write_deltalake

from analytics.spatial import hexagons_covering, map_rings
from schemas.codes import load_codes
from schemas.contract import ColumnType, TableContract, load

CITY = "san_francisco"
_BOUNDS = (-122.53, 37.69, -122.34, 37.84)
_FIRST_DAY = np.datetime64("2015-01-01")
_DAYS = 3650
_TYPES = {
    ColumnType.STRING: pa.string(),
    ColumnType.INTEGER: pa.int64(),
    ColumnType.DOUBLE: pa.float64(),
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.TIMESTAMP: pa.timestamp("us", "UTC"),
    ColumnType.DATE: pa.date32(),
    ColumnType.BINARY: pa.binary(),
    ColumnType.INTEGER_LIST: pa.list_(pa.int64()),
}


def write_ten_years(lake_root: Path, indicator_rows: int, response_rows: int) -> None:
    """Write the gold tables and zone outlines of the city as Delta tables of their contracts."""
    random = np.random.default_rng(10)
    hexagons = hexagons_covering(_BOUNDS, 8)
    zones = np.array([f"h3:{hexagon.cell_id}" for hexagon in hexagons])
    rings = [json.dumps(map_rings(hexagon.polygon)[0]) for hexagon in hexagons]
    parts = {"zone_id": zones, "part_number": np.ones(len(zones), int), "ring_json": rings}
    _write(lake_root, load("reference.zone_part"), len(zones), parts, random)
    for name, rows in (("gold.zone_indicator_day", indicator_rows), ("gold.response_time_day", response_rows)):
        contract = load(name)
        day = next(c.name for c in contract.columns if c.type is ColumnType.DATE)
        known = _places(random, zones, rows) | {day: np.sort(_FIRST_DAY + random.integers(0, _DAYS, rows))}
        _write(lake_root, contract, rows, known, random)
    _write(lake_root, load("gold.source_health"), 5, {"source_id": [f"source:{k}" for k in range(5)]}, random)


def _places(random: np.random.Generator, zones: np.ndarray, rows: int) -> dict[str, object]:
    categories = load_codes("incident_category").codes
    chosen = random.integers(0, len(categories), rows)
    place = random.integers(0, len(zones), rows)
    return {
        "zone_id": zones[place],
        "zone_name": np.char.add("Zone ", place.astype(str)),
        "category_code": np.array([c.code for c in categories])[chosen],
        "theme_code": np.array([c.parent or "other" for c in categories])[chosen],
    }


def _write(
    lake_root: Path, contract: TableContract, rows: int, known: dict[str, object], random: np.random.Generator
) -> None:
    arrays = {}
    for column in contract.columns:
        if column.name in known:
            values = known[column.name]
        elif column.name == "city_id":
            values = np.full(rows, CITY)
        elif column.codes is not None:
            codes = np.array([code.code for code in load_codes(column.codes).codes])
            values = codes[random.integers(0, len(codes), rows)]
        else:
            values = _values(column.type, rows, random)
        arrays[column.name] = pa.array(values, _TYPES[column.type])
    table = pa.table(arrays)
    write_deltalake(str(lake_root / contract.layer / contract.table), table)


def _values(kind: ColumnType, rows: int, random: np.random.Generator) -> object:
    if kind is ColumnType.STRING:
        return np.char.add("source:", random.integers(0, 5, rows).astype(str))
    if kind is ColumnType.INTEGER:
        return random.integers(1, 5, rows)
    if kind is ColumnType.DOUBLE:
        return random.uniform(0, 5, rows)
    if kind is ColumnType.BOOLEAN:
        return random.integers(0, 2, rows) == 1
    if kind is ColumnType.INTEGER_LIST:
        return [sorted(random.integers(30, 3000, 3).tolist()) for _ in range(rows)]
    return (_FIRST_DAY + random.integers(0, _DAYS, rows)).astype("datetime64[us]")
