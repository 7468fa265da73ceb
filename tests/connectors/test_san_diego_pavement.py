"""The traps of San Diego's pavement condition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

CONDITION = "silver.road_condition_observation"
LEAST = {"good": 85, "satisfactory": 70, "fair": 55, "poor": 40, "very_poor": 25, "serious": 10, "failed": 0}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("san_diego_pavement")


def test_blank_index_is_not_assessed_and_zero_is_the_worst_road(source: Any) -> None:
    """1,465 segments were not assessed; none of them counts as failed."""
    rows = source.full.rows(CONDITION)
    blank = [row for row in rows if row["assessment_code"] == "not_assessed"]
    assert len(blank) == 1_465
    assert all(row["condition_index"] is None and row["pavement_class_code"] == "unknown" for row in blank)
    assert {row["pavement_class_code"] for row in rows if row["condition_index"] == 0} == {"failed"}


def test_classes_are_those_of_the_index(source: Any) -> None:
    """Every class of the recording begins where the dictionary says, to the rounding of the index."""
    rows = [row for row in source.full.rows(CONDITION) if row["condition_index"] is not None]
    assert Counter(row["pavement_class_code"] for row in rows)["good"] == 12_885
    for row in rows:
        assert row["condition_index"] >= LEAST[row["pavement_class_code"]] - 1


def test_survey_is_part_of_the_key(source: Any) -> None:
    """The next survey of the same segment is another observation of it."""
    settings = {"survey": "2023"}
    later = type(source.connector)(replace(source.connector.source, settings=settings), source.connector.city)
    payload = source.payload(source.slice)
    first = next(later.split(payload))
    assert later.to_row(first, payload)["condition_id"] == "san_diego:2023-SS-000001-PV1"
    assert later.to_row(first, payload)["road_segment_id"] == "san_diego:SS-000001-PV1"
