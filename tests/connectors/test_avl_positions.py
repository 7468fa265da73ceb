"""The traps of vehicle location files: other names, other units, traces that say neither who nor when."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from connectors.avl_positions import AvlPositions
from connectors.sdk.judge import outcomes

UNIT = "silver.unit_status"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("avl_positions")


def rows(source: Any, content: bytes, **settings: object) -> list[dict[str, Any]]:
    """Rows under other settings of the city."""
    connector = AvlPositions(replace(source.connector.source, settings=settings), source.connector.city)
    return [dict(one.row) for one in outcomes(connector, source.payload(content)) if one.is_accepted and one.row]


def test_a_trace_without_vehicle_and_time_is_refused_line_by_line(source: Any) -> None:
    found = source.read(b"latitude,longitude\n39.655193,-104.919294\n39.655494,-104.91943\n")
    assert found.accepted == []
    assert {(rule, column) for _, _, rule, column in found.refused} >= {
        ("required", "observed_at"),
        ("required", "unit_id"),
    }


def test_settings_name_columns_and_units_no_dialect_knows(source: Any) -> None:
    content = b"Immat_interne;Heure;X;Y;V\nP1;01/03;5,4;43,3;10\n".replace(b"01/03", b"2026-03-01 12:00:00")
    columns = {"unit": "Immat_interne", "time": "Heure", "longitude": "X", "latitude": "Y", "speed": "V"}
    told = {"columns": columns, "delimiter": ";", "decimal": ",", "time": "local", "speed_unit": "ms"}
    (row,) = rows(source, content, **told)
    assert (row["longitude"], row["latitude"], row["speed_kmh"]) == (5.4, 43.3, 36.0)
    assert row["observed_at"] == "2026-03-01T11:00:00Z"


def test_posix_seconds_are_read_when_the_city_says_so(source: Any) -> None:
    content = b"unit,time,lat,lon\nP1,1772366400,43.3,5.4\n"
    assert rows(source, content) == []
    assert rows(source, content, time="posix")[0]["observed_at"] == "2026-03-01T12:00:00Z"


def test_speed_units(source: Any) -> None:
    content = b"unit,time,lat,lon,speed\nP1,2026-03-01T12:00:00Z,43.3,5.4,10\n"
    found = {unit: rows(source, content, speed_unit=unit)[0]["speed_kmh"] for unit in ("kmh", "ms", "mph", "knots")}
    assert found == {"kmh": 10, "ms": 36.0, "mph": 16.093, "knots": 18.52}


def test_a_byte_order_mark_and_capital_names_change_nothing(source: Any) -> None:
    plain = b"unit,time,lat,lon\nP1,2026-03-01T12:00:00Z,43.3,5.4\n"
    marked = b"\xef\xbb\xbfUnit,Time,LAT,Lon\r\nP1,2026-03-01T12:00:00Z,43.3,5.4\r\n"
    (one,), (other,) = rows(source, plain), rows(source, marked)
    assert {k: v for k, v in one.items() if k != "unit_status_id"} == {
        k: v for k, v in other.items() if k != "unit_status_id"
    }
