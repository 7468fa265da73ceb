"""Weekly emergency visits by region and group, as Santé publique France publishes them (OSCOUR, SOS Médecins).

CSV with French titles, UTF-8 with byte-order mark, one line per week, territory and group; an element is one cell. The
separator is a comma or, in other exports of the same portal, a semicolon, told by the header. Format facts:

* Figures are **rates** per 100,000 visits or acts, never counts: they do not add up.
* An empty cell is a figure that was not published. It gives a row without value, and is not 0.
* The group "Tous âges" contains the others and is marked as total.
* A week is named twice, ``2020-S01`` and its Monday (the ISO week, 30 December 2019). Where the two contradict each
  other neither is believed, and the row is refused.
* Codes of regions and départements are text: ``01`` is Guadeloupe. Without either the figure is for the whole country.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import number, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.cells import CellFormat, folded
from connectors.sdk.formats.csv import CsvFormat
from schemas.contract import Label

MONDAY, WEEK, GROUP = "1er_jour_de_la_semaine", "semaine", "classe_d_age"
REGION, DEPARTEMENT = "region_code", "departement_code"
LABELS = frozenset({MONDAY, WEEK, GROUP, REGION, DEPARTEMENT, "region", "departement"})
COMMA = CellFormat(CsvFormat(), LABELS, (MONDAY, WEEK, GROUP))
SEMICOLON = CellFormat(CsvFormat(delimiter=";"), LABELS, (MONDAY, WEEK, GROUP))


class SpfOscour(PollingConnector):
    """One indicator of one territory, group and week; key ``oscour:<Monday>-<territory>-<group>-<indicator>``."""

    contract = "silver.hospital_activity"
    family = "hospital"
    label = Label(fr="Passages aux urgences (OSCOUR)", en="Emergency visits (OSCOUR)")
    attribution = Attribution(
        publisher="Santé publique France (OSCOUR, SOS Médecins)",
        licence="Licence Ouverte 2.0",
        url="https://odisse.santepubliquefrance.fr",
    )
    every = timedelta(days=1)
    format = COMMA

    def split(self, payload: Payload) -> Iterator[Element]:
        """Cells under either separator."""
        header = payload.content[:2_000].split(b"\n")[0]
        return (SEMICOLON if header.count(b";") > header.count(b",") else COMMA).split(payload)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Tell one rate."""
        line, title = element.value["line"], element.value["column"]
        monday = _monday(line)
        territory = _territory(line)
        group = folded(line[GROUP]).removesuffix("_ans").replace("_ans_ou_plus", "_plus") or None
        is_total = group is not None and group.startswith("tous")
        group = "all" if is_total else group
        is_rate = folded(title).startswith("taux")
        value = number(element.value["cell"], decimal="," if "." not in element.value["cell"] else ".")
        return {
            "hospital_activity_id": f"oscour:{monday}-{territory}-{group}-{folded(title)}"
            if monday and group
            else None,
            "territory_id": territory,
            "activity_period_code": "week",
            "activity_start_date": monday,
            "activity_indicator": text(title),
            "group_code": group,
            "is_total": is_total,
            "activity_value": value,
            "activity_unit_code": "per_100000" if is_rate else "unstated",
            "source_value": text(element.value["cell"]),
        }


def _monday(line: Mapping[str, str]) -> str | None:
    """The first day; with the label behind it when that names another week, which no date is."""
    monday, week = text(line[MONDAY]), text(line[WEEK])
    try:
        year, number_of_week, day = date.fromisoformat(monday or "").isocalendar()
    except ValueError:
        return monday
    return monday if day == 1 and week == f"{year}-S{number_of_week:02}" else f"{monday} ({week})"


def _territory(line: Mapping[str, str]) -> str:
    for column, issuer in ((DEPARTEMENT, "insee_departement"), (REGION, "insee_region")):
        code = text(line.get(column))
        if code or column in line:
            return f"{issuer}:{code or ''}"
    return "insee_country:FR"
