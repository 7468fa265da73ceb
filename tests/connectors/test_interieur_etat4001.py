"""The traps of the état 4001: matrices of two layouts, blank columns, unused indexes, one town in many services."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

STATISTIC = "silver.official_statistic"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("interieur_etat4001")


@pytest.fixture
def rows(source: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = source.read(source.slice).rows(STATISTIC)
    return found


def workbook(*lines: tuple[Any, ...], title: str = "Services PN 2015") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for line in lines:
        book.active.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


POLICE = (
    ("Année 2015 - services de police", "Départements", "13", 1),
    (None, "Périmètres", "DCSP", "DCPJ"),
    ("Code index", "Libellé index \\ CSP", "DSP MARSEILLE NORD", "SRPJ"),
)


def test_both_forces_are_read_under_their_own_header(rows: list[dict[str, Any]]) -> None:
    forces = {row["territory_code"].split("-")[0] for row in rows}
    assert forces == {"etat4001:PN", "etat4001:GN"}
    assert {row["period_start_date"][:4] for row in rows} == {"2015", "2020"}


def test_marseille_is_several_services_of_one_departement(rows: list[dict[str, Any]]) -> None:
    marseille = {row["territory_label"] for row in rows if "MARSEILLE" in row["territory_label"]}
    assert {"DSP MARSEILLE NORD", "SRPJ DE MARSEILLE", "CRS AUTO PROVENCE MARSEILLE"} <= marseille
    assert {row["parent_territory_code"] for row in rows if row["territory_label"] in marseille} == {"insee:13"}


def test_services_of_one_name_in_two_perimeters_stay_apart(source: Any) -> None:
    heading, perimeters, _ = POLICE
    content = workbook(heading, perimeters, ("Code index", "Libellé", "UNITE", "UNITE"), (1, "Homicides", 2, 3))
    assert len({row["statistic_id"] for row in source.read(content).rows(STATISTIC)}) == 2


def test_unused_indexes_are_kept_and_an_empty_cell_is_no_zero(source: Any) -> None:
    content = workbook(*POLICE, (96, "Index non utilisé", 0, None))
    told = [(row["publication_state_code"], row["statistic_count"]) for row in source.read(content).rows(STATISTIC)]
    assert told == [("published_zero", 0), ("not_received", None)]


def test_blank_columns_and_rows_are_no_figures(source: Any) -> None:
    lines = [(*line, None, None) for line in (*POLICE, (1, "Homicides", 2, 3))]
    content = workbook(*lines, (None,) * 6, (2, "Vols", 4, 5, None, None))
    assert [row["statistic_count"] for row in source.read(content).rows(STATISTIC)] == [2, 3, 4, 5]


def test_a_departement_kept_as_a_number_has_its_zero(source: Any) -> None:
    content = workbook(*POLICE, (1, "Homicides", 2, 3))
    assert [row["parent_territory_code"] for row in source.read(content).rows(STATISTIC)] == ["insee:13", "insee:01"]


def test_the_key_of_a_figure_is_the_same_wherever_its_column_stands(source: Any) -> None:
    lines = (*POLICE, (1, "Homicides", 2, 3))
    turned = [(*line[:2], line[3], line[2]) for line in lines]
    first, second = (source.read(workbook(*each)).rows(STATISTIC) for each in (lines, turned))
    assert {row["statistic_id"]: row["statistic_count"] for row in first} == {
        row["statistic_id"]: row["statistic_count"] for row in second
    }


def test_a_matrix_of_a_whole_year_is_read_whole(source: Any) -> None:
    """107 indexes of 800 services, as published."""
    services = [f"CIAT {number}" for number in range(800)]
    content = workbook(
        ("Année 2020 - services de police", "Départements", *["13"] * 800),
        (None, "Périmètres", *["DCSP"] * 800),
        ("Code index", "Libellé", *services),
        *((index, "Faits", *range(800)) for index in range(1, 108)),
    )
    assert sum(1 for _ in source.connector.split(source.payload(content))) == 85_600
