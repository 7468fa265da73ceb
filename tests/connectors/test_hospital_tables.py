"""The traps of published figures on emergency care: OSCOUR and SAE."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.sdk.formats.cells import folded

Recorded = Callable[[str], Any]
HEAD = "1er jour de la semaine,Semaine,Région Code,Région,Classe d'âge,Taux de passages"
SAE = "BOR;AN;FI;RS;FI_EJ"


def oscour(recorded: Recorded, *lines: str, head: str = HEAD) -> Any:
    return recorded("spf_oscour").read("\r\n".join((head, *lines)).encode("utf-8-sig"))


def sae(recorded: Recorded, head: str, *lines: str) -> Any:
    return recorded("drees_sae").read("\r\n".join((head, *lines)).encode("latin-1"))


def test_empty_cell_is_a_row_without_value_and_not_zero(recorded: Recorded) -> None:
    reading = oscour(recorded, "2022-12-05,2022-S49,93,PACA,00-04 ans,", "2022-12-05,2022-S49,93,PACA,05-14 ans,0.0")
    empty, zero = reading.rows("silver.hospital_activity")
    assert (empty["activity_value"], zero["activity_value"]) == (None, 0.0)
    assert len(reading.accepted) == 2


def test_total_is_marked_so_that_sums_do_not_double(recorded: Recorded) -> None:
    found = [row for _, row in recorded("spf_oscour").stored()]
    assert {row["group_code"] for row in found if row["is_total"]} == {"all"}
    assert {row["group_code"] for row in found if not row["is_total"]} >= {"00_04", "05_14", "65_plus"}


def test_rates_are_no_counts(recorded: Recorded) -> None:
    assert {row["activity_unit_code"] for _, row in recorded("spf_oscour").stored()} == {"per_100000"}


def test_first_week_of_a_year_may_begin_in_december(recorded: Recorded) -> None:
    (row,) = oscour(recorded, "2019-12-30,2020-S01,01,Guadeloupe,Tous âges,1.5").rows("silver.hospital_activity")
    assert (row["activity_start_date"], row["territory_id"]) == ("2019-12-30", "insee_region:01")


@pytest.mark.parametrize("week", ["2019-S53", "2020-S02", "2020-W01", ""])
def test_week_that_contradicts_its_monday_is_refused(recorded: Recorded, week: str) -> None:
    refused = oscour(recorded, f"2019-12-30,{week},01,Guadeloupe,Tous âges,1.5").refused
    assert [(rule, column) for _, _, rule, column in refused] == [("type", "activity_start_date")]


def test_figure_of_the_whole_country_needs_no_code(recorded: Recorded) -> None:
    head = "1er jour de la semaine,Semaine,Classe d'âge,Taux de passages"
    (row,) = oscour(recorded, "2022-12-05,2022-S49,Tous âges,3.5", head=head).rows("silver.hospital_activity")
    assert row["territory_id"] == "insee_country:FR"


def test_new_indicator_is_taken_in_and_columns_may_move(recorded: Recorded) -> None:
    head = "Taux nouveau,Classe d’âge,Région,Région Code,Semaine,1er jour de la semaine"
    (row,) = oscour(recorded, "12.5,Tous âges,PACA,93,2022-S49,2022-12-05", head=head).rows("silver.hospital_activity")
    assert (row["activity_indicator"], row["activity_value"]) == ("Taux nouveau", 12.5)


def test_titles_are_compared_without_case_accents_and_kinds_of_apostrophe() -> None:
    assert folded("Classe d’âge") == folded("CLASSE D'AGE") == "classe_d_age"


def test_empty_means_not_asked_and_zero_means_none(recorded: Recorded) -> None:
    empty, zero = sae(recorded, f"{SAE};PASSU;dt80", "URGENCES2;2024;010000024;CH;010780054;;0").rows(
        "silver.hospital_activity"
    )
    assert (empty["activity_value"], zero["activity_value"]) == (None, 0)


def test_general_and_paediatric_department_of_one_hospital_are_two_figures(recorded: Recorded) -> None:
    lines = [f"URGENCES2;2024;020000162;CH;020000063;{urg};{count}" for urg, count in (("GEN", 50), ("PED", 20))]
    reading = sae(recorded, f"{SAE};URG;PASSU", *lines)
    found = reading.rows("silver.hospital_activity")
    assert [(row["group_code"], row["is_total"], row["activity_value"]) for row in found] == [
        ("gen", False, 50),
        ("ped", False, 20),
    ]
    assert len({row["hospital_activity_id"] for row in found}) == 2


def test_corsican_sites_and_leading_zeros_are_kept(recorded: Recorded) -> None:
    reading = sae(recorded, f"{SAE};X", *(f"F;2024;{site};CH;1;3" for site in ("010000024", "2A0000154", "10000024")))
    assert [row["site_id"] for row in reading.rows("silver.hospital_activity")] == [
        "finess:010000024",
        "finess:2A0000154",
    ]
    assert [(index, column) for index, _, _, column in reading.refused] == [(2, "site_id")]


def test_case_of_titles_does_not_matter(recorded: Recorded) -> None:
    upper = sae(recorded, f"{SAE};PASSU", "URGENCES2;2024;010000024;CH;1;7").accepted
    assert sae(recorded, f"{SAE};passu".lower(), "URGENCES2;2024;010000024;CH;1;7").accepted == upper


@pytest.mark.parametrize("cell", ["GEN", "010780054", "26010004500012", "IAOMAO"])
def test_codes_are_texts_and_no_figures(recorded: Recorded, cell: str) -> None:
    (row,) = sae(recorded, f"{SAE};ACC", f"URGENCES2;2024;010000024;CH;1;{cell}").rows("silver.hospital_activity")
    assert (row["activity_value"], row["activity_unit_code"], row["source_value"]) == (None, "text", cell)
