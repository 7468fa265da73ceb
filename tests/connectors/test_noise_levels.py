"""The traps of sound-level meters: many names for one quantity, and nights of 25 hours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("noise_levels")


@pytest.mark.parametrize(("name", "code"), [
    ("LAeq", "laeq"), ("LAeq_1h", "laeq"), ("LAeq (dB)", "laeq"), ("laeq", "laeq"), ("LAFmax", "lamax"),
    ("LASmax", "lamax"), ("LAF90", "la90"), ("LA10", "la10"), ("LCpeak", "lcpeak"), ("LCeq", "lceq"),
    ("L90", "unknown"), ("LZeq", "unknown"), ("LAeq10", "unknown"), ("Lden", "unknown"), ("temperature", "unknown"),
])  # fmt: skip
def test_one_quantity_has_many_names(source: Any, name: str, code: str) -> None:
    content = f"sensor_id,start,end,{name}\nM,2026-09-01T20:00:00Z,2026-09-01T21:00:00Z,50\n".encode()
    ((_, row),) = source.read(content).accepted
    assert (row["noise_indicator_code"], row["source_indicator"]) == (code, name)


def test_the_two_hours_of_one_name_are_two(source: Any) -> None:
    rows = [row for _, row in source.read(source.slice).accepted if row["measured_from_at"].startswith("2025-10-26")]
    assert {row["measured_from_at"] for row in rows} == {"2025-10-26T00:00:00Z", "2025-10-26T01:00:00Z"}
    assert len({row["measure_id"] for row in rows}) == len(rows)


def test_an_empty_cell_has_no_level(source: Any) -> None:
    rows = [row for _, row in source.read(source.slice).accepted if row["sensor_id"] == "noise:M,2"]
    assert len(rows) == 4
    assert all(row.get("level_db") is None for row in rows)


def test_a_level_under_another_name_is_refused_and_not_missing(recorded: Callable[[str], Any]) -> None:
    source = recorded("noise_levels+json")
    message = {"sensor_id": "M", "start": "2026-09-01T20:00:00Z", "end": "2026-09-01T21:00:00Z", "indicator": "LAeq"}
    content = json.dumps([{**message, "level": 61.2}, {**message, "level_db": None}]).encode()
    reading = source.read(content)
    assert reading.refused == [(0, "silver.noise_measure", "shape", "level_db")]
    assert len(reading.accepted) == 1
