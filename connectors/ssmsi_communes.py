"""Crime and offences recorded in each commune of France (communal base of the SSMSI), one figure per line.

CSV with header, UTF-8, semicolon, decimal comma, ``NA`` for no value. Two dialects told apart by their columns:

* since 2025 ``CODGEO_2025;annee;indicateur;unite_de_compte;nombre;taux_pour_mille;est_diffuse;insee_pop;…``;
* until 2024 ``CODGEO_2023;annee;classe;unité.de.compte;valeur.publiée;faits;tauxpourmille;…``, years of two digits.

The year in ``CODGEO_…`` is that of the geography, hence of the edition: every edition tells all years again in its own
geography. Traps:

* ``ndiff`` means suppressed: no count and no rate, which is never 0. ``complement_info_*`` is then the mean of the
  suppressed communes of the département, in columns of its own; it is never the commune's value. ``diff`` with 0 is a
  published zero.
* Rates are per thousand inhabitants, those of burglary of homes per thousand dwellings.
* Paris, Lyon and Marseille stand beside their arrondissements (13055 and 132xx): the level tells them apart, a sum
  takes one of both. Codes are texts, 01001; a program that reads them as numbers loses the zero, which is put back.
* Counting units differ and are not summed; fraud is counted where the victim lives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvDialects, CsvFormat, absent, identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

CODE_TITLE = "CODGEO_[0-9]{4}"
OLD_TITLES = {
    "classe": "indicateur",
    "unité.de.compte": "unite_de_compte",
    "valeur.publiée": "est_diffuse",
    "faits": "nombre",
    "tauxpourmille": "taux_pour_mille",
    "complementinfoval": "complement_info_nombre",
    "complementinfotaux": "complement_info_taux",
    "POP": "insee_pop",
    "millPOP": "insee_pop_millesime",
    "LOG": "insee_log",
    "millLOG": "insee_log_millesime",
}
DWELLINGS = "cambriolages de logement"
_ARRONDISSEMENT = re.compile(r"132(?:0[1-9]|1[0-6])|751(?:0[1-9]|1\d|20)|6938[1-9]", re.ASCII)
_SHORT_YEAR = re.compile(r"\d\d", re.ASCII)


class SsmsiCommunes(FileConnector):
    """One indicator of one commune and year; key ``ssmsi:<year>-<commune>-<indicator>``, the same in every edition."""

    contract = "silver.official_statistic"
    family = "police"
    label = Label(fr="Délinquance enregistrée par commune (SSMSI)", en="Recorded crime by commune (SSMSI)")
    attribution = Attribution(
        publisher="Ministère de l'Intérieur, SSMSI",
        licence="Licence Ouverte 2.0",
        url="https://www.data.gouv.fr/fr/datasets/621df2954fa5a3b5a023e23c/",
    )
    format = CsvDialects(
        (
            CsvFormat(delimiter=";", like=(CODE_TITLE,), columns=("annee", *OLD_TITLES.values())),
            CsvFormat(delimiter=";", like=(CODE_TITLE,), columns=("annee", *OLD_TITLES)),
        )
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Give value, or state and mean of the département, never one for the other."""
        line = _named(element.value)
        year, commune, indicator = _year(line["annee"]), _commune(line["codgeo"]), text(line["indicateur"])
        count, rate = _figure(line["nombre"]), _figure(line["taux_pour_mille"])
        state = _state(line["est_diffuse"], count)
        is_open = state in ("published", "published_zero")
        return {
            "statistic_id": identifier("ssmsi", year, commune, indicator),
            "territory_level_code": "arrondissement" if _ARRONDISSEMENT.fullmatch(commune or "") else "commune",
            "territory_code": identifier("insee", commune),
            "period_start_date": f"{year}-01-01",
            "period_end_date": f"{year}-12-31",
            "statistic_period_code": "year",
            "indicator_code": identifier("ssmsi", indicator),
            "indicator_label": indicator,
            "aggregation_code": "detail",
            "counting_unit": text(line["unite_de_compte"]),
            "publication_state_code": state,
            "source_publication_state": text(line["est_diffuse"]),
            "statistic_count": count if is_open else None,
            "statistic_rate": rate if is_open else None,
            "rate_denominator_code": "dwellings" if (indicator or "").casefold() == DWELLINGS else "population",
            "department_mean_count": _figure(line["complement_info_nombre"]),
            "department_mean_rate": _figure(line["complement_info_taux"]),
            "population_count": _figure(line["insee_pop"]),
            "population_year": number(_year(line["insee_pop_millesime"])),
            "dwelling_count": _figure(line["insee_log"]),
            "dwelling_year": number(_year(line["insee_log_millesime"])),
            "edition_year": line["edition"],
        }


def _named(line: Mapping[str, str]) -> dict[str, Any]:
    """The line under the titles of today, with the commune as ``codgeo`` and the year in its title as ``edition``."""
    named: dict[str, Any] = {OLD_TITLES.get(title, title): value for title, value in line.items()}
    title = next(title for title in line if re.fullmatch(CODE_TITLE, title))
    return {**named, "codgeo": line[title], "edition": int(title[-4:])}


def _commune(written: object) -> str | None:
    code = text(written)
    return code and code.zfill(5)


def _figure(written: object) -> object:
    return number(absent(text(written), "NA"), decimal=",")


def _year(written: object) -> object:
    """Four digits of a year written with two."""
    year = absent(text(written), "NA")
    return f"20{year}" if _SHORT_YEAR.fullmatch(str(year)) else year


def _state(written: object, count: object) -> str:
    """What is neither ``diff`` nor ``ndiff`` passes on, for the contract to refuse."""
    if written == "ndiff":
        return "suppressed"
    if written != "diff":
        return str(written)
    return "not_received" if count is None else "published_zero" if count == 0 else "published"
