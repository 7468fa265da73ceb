"""Disposable incomes and poverty rates per statistical block (IRIS) of France: Filosofi of INSEE, at blocks.

Workbook; sheet ``IRIS_DISP`` has four lines of titles, one of labels, and the codes in row six. Format facts:

* Published are blocks of at least 1,000 persons in communes of at least 10,000; the others are absent. An empty cell
  stands under a threshold of secrecy (poverty: at least 11 households and 200 persons on either side), never for 0.
* Poverty rates below 5 % are published as 5 and those above 95 % as 95: both are bounds, not values.
* ``DISP_NOTE18`` is 0, 1 (households changed by more than a tenth within the year: compare with care) or 5 (withheld).
* The last two digits of a title are the year of the incomes; the next edition has the next year in all of them.
* Block and commune codes are texts (``010040101``, ``2A0040202``); Marseille is its arrondissements, 13201 to 13216.
* Incomes are euros a year and consumption unit. Medians and deciles of blocks do not add up to those of a city.
"""

from __future__ import annotations

from connectors.sdk import Attribution, Element, FiguresFormat, FileConnector, Label, Payload, Row, WorkbookFormat
from connectors.sdk.decode import identifier, number, scaled, text

INCOME, RATIO = "euro par an et par unité de consommation", "rapport"
POVERTY = "DISP_TP60"
INDICATORS = {
    POVERTY: ("Taux de pauvreté au seuil de 60 % du revenu médian métropolitain", None),
    "DISP_MED": ("Revenu disponible par unité de consommation : médiane", INCOME),
    "DISP_D1": ("Revenu disponible par unité de consommation : 1er décile", INCOME),
    "DISP_D9": ("Revenu disponible par unité de consommation : 9e décile", INCOME),
    "DISP_RD": ("Revenu disponible par unité de consommation : rapport interdécile D9/D1", RATIO),
    "DISP_GI": ("Revenu disponible par unité de consommation : indice de Gini", RATIO),
}


class InseeFilosofiIris(FileConnector):
    """One figure of one block and year; key ``filosofi:<year>-<block>-<indicator>``."""

    contract = "silver.official_statistic"
    family = "statistics"
    label = Label(fr="Revenus et pauvreté par IRIS (Filosofi)", en="Incomes and poverty by block (Filosofi)")
    attribution = Attribution(
        publisher="Insee-DGFiP-Cnaf-Cnav-CCMSA, Filosofi",
        licence="Licence Ouverte 2.0",
        url="https://www.insee.fr/fr/metadonnees/source/serie/s1172",
    )
    format = FiguresFormat(
        WorkbookFormat(sheet="IRIS_DISP", header_row=6, columns=("IRIS", "LIBIRIS", "COM")),
        fixed=("IRIS", "LIBIRIS", "COM"),
        fixed_like=r"DISP_NOTE\d\d",
        figures_like=rf"(?:{'|'.join(INDICATORS)})\d\d",
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Poverty as a rate per thousand inhabitants, everything else as a value in its unit."""
        cell = element.value
        code, year = cell["indicator"][:-2], cell["indicator"][-2:]
        value, is_rate = number(cell["value"]), code == POVERTY
        label, unit = INDICATORS.get(code, (code, None))
        return {
            "statistic_id": identifier("filosofi", f"20{year}", cell["IRIS"], code),
            "territory_level_code": "statistical_block",
            "territory_code": identifier("insee", cell["IRIS"]),
            "territory_label": text(cell["LIBIRIS"]),
            "parent_territory_code": identifier("insee", cell["COM"]),
            "period_start_date": f"20{year}-01-01",
            "period_end_date": f"20{year}-12-31",
            "statistic_period_code": "year",
            "indicator_code": identifier("filosofi", code),
            "indicator_label": label,
            "aggregation_code": "separate",
            "counting_unit": unit,
            "publication_state_code": "suppressed" if value is None else "published",
            "source_publication_state": text(cell.get(f"DISP_NOTE{year}")),
            "statistic_rate": scaled(value, 10) if is_rate else None,
            "rate_denominator_code": "population" if is_rate else None,
            "statistic_value": None if is_rate else value,
        }
