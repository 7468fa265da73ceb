"""The traps of Filosofi at blocks: secret cells, bounds, codes that are texts, the year in the titles, a wide table."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

STATISTIC = "silver.official_statistic"
FIXED = {"IRIS": "132020101", "LIBIRIS": "Arenc", "COM": "13202", "LIBCOM": "Marseille 2e Arrondissement"}
FIGURES = {"DISP_TP6018": 55.6, "DISP_MED18": 13090, "DISP_D118": 7_300, "DISP_D918": 30_100, "DISP_RD18": 4.1}


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("insee_filosofi_iris")


@pytest.fixture
def rows(source: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = source.read(source.slice).rows(STATISTIC)
    return found


def workbook(*blocks: dict[str, Any], title: str = "IRIS_DISP") -> bytes:
    """Four lines of titles, one of labels, the codes, and the blocks."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for line in (*[["Indicateurs de distribution"]] * 4, [f"Libellé {code}" for code in blocks[0]], list(blocks[0])):
        sheet.append(line)
    for block in blocks:
        sheet.append(list(block.values()))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def of(rows: list[dict[str, Any]], indicator: str) -> dict[str, Any]:
    (row,) = (row for row in rows if row["indicator_code"] == f"filosofi:{indicator}")
    return row


def test_the_cut_holds_marseille_and_secret_cells(rows: list[dict[str, Any]]) -> None:
    marseille = {row["territory_code"] for row in rows if row["parent_territory_code"].startswith("insee:132")}
    assert len(marseille) > 100
    assert {row["publication_state_code"] for row in rows} == {"published", "suppressed"}


def test_an_empty_cell_is_suppressed_and_never_zero(source: Any) -> None:
    told = source.read(workbook({**FIXED, **FIGURES, "DISP_TP6018": None})).rows(STATISTIC)
    poverty = of(told, "DISP_TP60")
    assert (poverty["publication_state_code"], poverty["statistic_rate"]) == ("suppressed", None)
    assert of(told, "DISP_MED")["publication_state_code"] == "published"


def test_poverty_is_a_rate_per_thousand_and_incomes_are_values_in_euros(source: Any) -> None:
    told = source.read(workbook({**FIXED, **FIGURES})).rows(STATISTIC)
    poverty, median = of(told, "DISP_TP60"), of(told, "DISP_MED")
    assert (poverty["statistic_rate"], poverty["rate_denominator_code"], poverty["statistic_value"]) == (
        556.0,
        "population",
        None,
    )
    assert (median["statistic_value"], median["statistic_rate"]) == (13_090, None)
    assert median["counting_unit"].startswith("euro")


def test_nothing_of_it_is_summed_or_counted(rows: list[dict[str, Any]]) -> None:
    assert {row["aggregation_code"] for row in rows} == {"separate"}
    assert {row.get("statistic_count") for row in rows} == {None}


def test_codes_stay_texts(source: Any) -> None:
    blocks = [{**FIXED, "IRIS": code, "COM": code[:5], **FIGURES} for code in ("010040101", "2A0040202")]
    told = source.read(workbook(*blocks)).rows(STATISTIC)
    assert {row["territory_code"] for row in told} == {"insee:010040101", "insee:2A0040202"}
    assert {row["parent_territory_code"] for row in told} == {"insee:01004", "insee:2A004"}


def test_the_next_edition_tells_its_own_year_and_keeps_the_old_figures(source: Any) -> None:
    later = {**FIXED, **{f"{title[:-2]}19": value for title, value in FIGURES.items()}, "DISP_NOTE19": 1}
    first, second = (source.read(workbook(each)).rows(STATISTIC) for each in ({**FIXED, **FIGURES}, later))
    assert {row["indicator_code"] for row in first} == {row["indicator_code"] for row in second}
    assert {row["period_end_date"] for row in second} == {"2019-12-31"}
    assert {row["source_publication_state"] for row in second} == {"1"}
    assert {row["statistic_id"] for row in first}.isdisjoint(row["statistic_id"] for row in second)


def test_columns_that_are_no_chosen_figure_cost_no_row(source: Any) -> None:
    shares = {"DISP_PACT18": 71.3, "DISP_PIMPOT18": -15.1, "DISP_D218": 9_000, "DISP_Q118": 9_700}
    told = source.read(workbook({**FIXED, **shares, **FIGURES}))
    assert len(told.rows(STATISTIC)) == len(FIGURES)
    assert told.refused == []


def test_a_table_without_any_of_the_figures_is_refused_and_not_passed_over(source: Any) -> None:
    told = source.read(workbook({**FIXED, "DEC_MED18": 13_090}))
    assert [(rule, column) for _, _, rule, column in told.refused] == [("shape", "")]


def test_all_blocks_of_france_are_read_in_seconds(source: Any) -> None:
    content = workbook(*({**FIXED, "IRIS": f"{index:09d}", **FIGURES} for index in range(12_000)))
    payload, started = source.payload(content), time.monotonic()
    for element in source.connector.split(payload):
        source.connector.to_row(element, payload)
    assert time.monotonic() - started < 12  # 5,000 figures a second
