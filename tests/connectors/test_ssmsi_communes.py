"""The traps of the communal base: three states, means that are no values, editions, codes that lose their zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STATISTIC = "silver.official_statistic"
HEADER = (
    "CODGEO_2025;annee;indicateur;unite_de_compte;nombre;taux_pour_mille;est_diffuse;insee_pop;insee_pop_millesime;"
    "insee_log;insee_log_millesime;complement_info_nombre;complement_info_taux"
)
OLD_HEADER = (
    "CODGEO_2023;annee;classe;unité.de.compte;valeur.publiée;faits;tauxpourmille;complementinfoval;complementinfotaux;"
    "POP;millPOP;LOG;millLOG"
)
LINE = "13055;2022;Vols avec armes;Infraction;12;0,0137931;diff;870000;2022;460000;2021;NA;NA"
OLD_LINE = "13055;22;Vols avec armes;infraction;diff;11;0,0126437;NA;NA;870000;20;460000;19"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("ssmsi_communes")


def row(source: Any, line: str, header: str = HEADER) -> dict[str, Any]:
    (found,) = source.read(f"{header}\n{line}\n".encode()).rows(STATISTIC)
    return dict(found)


def test_a_suppressed_figure_is_never_a_zero_and_never_the_mean(source: Any) -> None:
    line = LINE.replace("12;0,0137931;diff", "NA;NA;ndiff").replace("2021;NA;NA", "2021;1,5;0,25")
    told = row(source, line)
    assert (told["publication_state_code"], told["source_publication_state"]) == ("suppressed", "ndiff")
    assert (told["statistic_count"], told["statistic_rate"]) == (None, None)
    assert (told["department_mean_count"], told["department_mean_rate"]) == (1.5, 0.25)


def test_a_suppressed_figure_stays_hidden_even_when_the_file_holds_one(source: Any) -> None:
    for value in ("0;0", "4;0,5"):
        told = row(source, LINE.replace("12;0,0137931;diff", f"{value};ndiff"))
        assert (told["statistic_count"], told["statistic_rate"]) == (None, None)


def test_a_published_zero_is_one(source: Any) -> None:
    told = row(source, LINE.replace("12;0,0137931", "0;0,0000000"))
    assert (told["publication_state_code"], told["statistic_count"]) == ("published_zero", 0)


def test_no_suppressed_row_of_either_edition_holds_a_figure(recorded: Callable[[str], Any]) -> None:
    for name in ("ssmsi_communes", "ssmsi_communes+2023"):
        rows = recorded(name).read(recorded(name).slice).rows(STATISTIC)
        hidden = [each for each in rows if each["publication_state_code"] == "suppressed"]
        assert hidden
        assert all(each["statistic_count"] is None and each["statistic_rate"] is None for each in hidden)
        assert all(each["statistic_count"] is not None for each in rows if each not in hidden)


def test_one_figure_has_one_key_in_every_edition_and_the_edition_decides(source: Any) -> None:
    new, old = row(source, LINE), row(source, OLD_LINE, OLD_HEADER)
    assert new["statistic_id"] == old["statistic_id"] == "ssmsi:2022-13055-Vols avec armes"
    assert (new["edition_year"], old["edition_year"]) == (2025, 2023)
    assert (old["population_year"], old["dwelling_year"]) == (2020, 2019)


def test_an_edition_to_come_is_read(source: Any) -> None:
    assert row(source, LINE, HEADER.replace("2025", "2031"))["edition_year"] == 2031


@pytest.mark.parametrize(
    ("written", "code", "level"),
    [
        ("13055", "insee:13055", "commune"),
        ("13201", "insee:13201", "arrondissement"),
        ("13216", "insee:13216", "arrondissement"),
        ("13217", "insee:13217", "commune"),
        ("75120", "insee:75120", "arrondissement"),
        ("69389", "insee:69389", "arrondissement"),
        ("1001", "insee:01001", "commune"),
        ("2A004", "insee:2A004", "commune"),
    ],
)
def test_communes_and_their_arrondissements_stay_apart(source: Any, written: str, code: str, level: str) -> None:
    told = row(source, LINE.replace("13055", written))
    assert (told["territory_code"], told["territory_level_code"]) == (code, level)


def test_burglary_is_per_thousand_dwellings(source: Any) -> None:
    told = row(source, LINE.replace("Vols avec armes", "Cambriolages de logement"))
    assert told["rate_denominator_code"] == "dwellings"
    assert row(source, LINE)["rate_denominator_code"] == "population"


def test_quotes_and_dwellings_with_decimals_are_read(source: Any) -> None:
    told = row(source, LINE.replace("13055", '"13055"').replace(";460000;", ";459999,826515;"))
    assert told["dwelling_count"] == 459_999.826515


def test_a_new_column_is_accepted(source: Any) -> None:
    assert row(source, LINE + ";ZPN", HEADER + ";zone_competence")["statistic_count"] == 12
