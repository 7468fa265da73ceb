"""The traps of the yearly table of the fire services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STATISTIC = "silver.official_statistic"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("sis_interventions")


@pytest.fixture
def rows(source: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = source.read(source.slice).rows(STATISTIC)
    return found


def of(rows: list[dict[str, Any]], service: str, title: str) -> dict[str, Any]:
    (found,) = (row for row in rows if row["territory_code"] == f"sis:{service}" and row["indicator_label"] == title)
    return found


def test_blanks_between_thousands_are_no_end_of_a_number(rows: list[dict[str, Any]]) -> None:
    assert of(rows, "BMPM", "Feux sur voie publique")["statistic_count"] == 2_536
    assert of(rows, "BMPM", "Total interventions")["statistic_count"] == 120_317


@pytest.mark.parametrize("blank", ["\u00a0", " "])
def test_every_blank_of_the_encoding_is_read(source: Any, blank: str) -> None:
    content = source.slice.decode("latin-1").replace("2 536", f"2{blank}536").encode("latin-1")
    assert of(source.read(content).rows(STATISTIC), "BMPM", "Feux sur voie publique")["statistic_count"] == 2_536


def test_marseille_stands_beside_the_rest_of_its_departement(rows: list[dict[str, Any]]) -> None:
    """Both services count in Bouches-du-Rhône; the brigade of Paris counts in no single département."""
    parents = {row["territory_code"]: row["parent_territory_code"] for row in rows}
    assert parents["sis:BMPM"] == parents["sis:13"] == "insee:13"
    assert parents["sis:BSPP"] is None
    assert parents["sis:2A"] == "insee:2A"
    assert parents["sis:01"] == "insee:01"


def test_items_alone_add_up_to_the_total(rows: list[dict[str, Any]]) -> None:
    """Subtotals, the total and "dont …" stay out of a sum over indicators."""
    for service in {row["territory_code"] for row in rows}:
        mine = [row for row in rows if row["territory_code"] == service]
        total = sum(row["statistic_count"] for row in mine if row["aggregation_code"] == "total")
        assert sum(row["statistic_count"] for row in mine if row["aggregation_code"] == "detail") == total


def test_the_size_class_is_no_figure(source: Any) -> None:
    """Whatever letter stands in its title."""
    content = source.slice.replace(b"Cat\xe9gorie A", b"Cat\xe9gorie SIS")
    assert source.read(content).refused == []
    assert len(source.read(content).accepted) == len(source.read(source.slice).accepted)
