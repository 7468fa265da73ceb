"""Interventions of the French fire and rescue services by year (statistics of the DGSCGC).

CSV with header, Latin-1, semicolon, CRLF: one line per service, 65 counts side by side; each count is a statistic.
Format facts:

* A blank stands between thousands ("2 536"; narrow and no-break ones in other editions).
* A line is a service, not a département: the marines of Marseille (``BMPM``) stand beside ``13``, which is the rest of
  Bouches-du-Rhône, so the département is the sum of both; the brigade of Paris (``BSPP``) covers four départements and
  has none. Corsica is ``2a`` and ``2b``; numbers below 10 have lost their zero.
* Subtotals and the total stand among the items, and "dont …" is a part of the item before it: ``aggregation_code`` says
  so, a sum takes items alone.
* "Catégorie …" is no count but the size class of the service; the letter in the title means nothing.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, FiguresFormat, identifier, number, publication_state, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

FIXED = ("Année", "Zone", "Région", "Numéro", "Département")
GROUPS = (
    *("Incendies", "Secours à victime", "Aides à personne", "Accidents de circulation", "Risques technologiques"),
    *("Protection des biens", "Divers"),
)
TOTALS = ("Secours à personne", "Opérations diverses")
TOTAL = "Total interventions"
DEPARTMENTS = {"BMPM": "13", "BSPP": None}
_BLANKS = str.maketrans("", "", "\u0020\u00a0\u202f")


class SisInterventions(FileConnector):
    """One count of one service and year; key ``sis:<year>-<service>-<title>``."""

    contract = "silver.official_statistic"
    family = "fire_ems"
    label = Label(fr="Interventions des services d'incendie et de secours", en="Fire service interventions (France)")
    attribution = Attribution(
        publisher="Ministère de l'Intérieur, DGSCGC",
        licence="Licence Ouverte 2.0",
        url="https://www.data.gouv.fr/fr/datasets/interventions-realisees-par-les-services-d-incendie-et-de-secours/",
    )
    format = FiguresFormat(
        CsvFormat(delimiter=";", encoding="latin-1", columns=(*FIXED, *GROUPS, *TOTALS, TOTAL)),
        fixed=FIXED,
        fixed_like="Catégorie.*",
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Name the service and the département it counts in."""
        cell = element.value
        year, service, title = text(cell["Année"]), _service(cell["Numéro"]), str(cell["indicator"]).strip()
        count = number(str(cell["value"]).translate(_BLANKS))
        place = text(cell["Département"])
        department = DEPARTMENTS.get(service, service) if service else None
        return {
            "statistic_id": identifier("sis", year, service, title),
            "territory_level_code": "service_area",
            "territory_code": identifier("sis", service),
            "territory_label": f"{service} ({place})" if service in DEPARTMENTS else place,
            "parent_territory_code": identifier("insee", department),
            "period_start_date": f"{year}-01-01",
            "period_end_date": f"{year}-12-31",
            "statistic_period_code": "year",
            "indicator_code": identifier("dgscgc", title),
            "indicator_label": text(title),
            "aggregation_code": _place(title),
            "counting_unit": "intervention",
            "publication_state_code": publication_state(count),
            "statistic_count": count,
        }


def _service(written: object) -> str | None:
    """``1`` as ``01``, ``2a`` as ``2A``."""
    number = text(written)
    return number and number.upper().zfill(2)


def _place(title: str) -> str:
    if title.casefold().startswith("dont "):
        return "part"
    return "total" if title == TOTAL else "subtotal" if title in (*GROUPS, *TOTALS) else "detail"
