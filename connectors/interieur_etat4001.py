"""Crimes and offences recorded by each police and gendarmerie service of France (état 4001, 107 indexes).

Workbook with a sheet of text and one matrix per force and year; each cell is a statistic. Format facts:

* The first cell says year and force ("Année 2012 - services de police"). A matrix of the police has three header rows
  (département, perimeter, service), one of the gendarmerie two (département, company); the columns are the services,
  the rows the indexes 1 to 107.
* The four indexes that are not used stay in the matrix, with their zeros. Columns behind the last service are empty.
* A service is known by département, perimeter and name together; Marseille is split over several of them.
* Figures are those of the service that recorded a fact, wherever it happened.

An element holds year, force, département, perimeter, service, index, title and value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import WorkbookFormat, identifier, publication_state, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import Sheet
from schemas.contract import Label

FORCES = {"police": "PN", "gendarmerie": "GN"}
_HEADING = re.compile(r"ann[ée]e\s+(\d{4})\b.*\b(police|gendarmerie)\b", re.IGNORECASE)
_MOST_HEADER_ROWS = 10


def cells(sheet: Sheet) -> Iterator[dict[str, object]]:
    """Every figure of a matrix, row by row; a sheet that does not begin with year and force is none."""
    departments = next(sheet.rows, ())
    heading = _HEADING.search(str(departments[0]) if departments else "")
    if heading is None:
        return
    perimeters: tuple[object, ...] = ()
    services: tuple[object, ...] = ()
    for _, row in zip(range(_MOST_HEADER_ROWS), sheet.rows, strict=False):
        if str(row[0] if row else "").strip().casefold() == "code index":
            services = row
            break
        perimeters = row
    force = FORCES[heading[2].lower()]
    columns = [
        {
            "year": heading[1],
            "force": force,
            "department": _department(_at(departments, index)),
            "perimeter": _at(perimeters, index) if force == "PN" else force,
            "service": _at(services, index),
        }
        for index in range(2, max(len(departments), len(services)))
    ]
    for row in sheet.rows:
        if not any(value is not None for value in row):
            continue
        code, title, *values = (*row, None, None)[: max(len(row), 2)]
        for index, column in enumerate(columns):
            value = _at(tuple(values), index)
            if value is not None or column["service"] is not None:
                yield {**column, "index": code, "title": title, "value": value}


class InterieurEtat4001(FileConnector):
    """One index of one service and year; key ``etat4001:<year>-<force>-<dép.>-<perimeter>-<index>-<service>``."""

    contract = "silver.official_statistic"
    family = "police"
    label = Label(fr="État 4001 par service (France)", en="Recorded crime by police service (France)")
    attribution = Attribution(
        publisher="Ministère de l'Intérieur, SSMSI",
        licence="Licence Ouverte 2.0",
        url="https://www.data.gouv.fr/fr/datasets/crimes-et-delits-enregistres-par-les-services-de-gendarmerie-et-de-police-depuis-2012/",
    )
    format = WorkbookFormat(elements=cells)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Pass the figure on as published."""
        cell = element.value
        year, department, index = cell["year"], cell["department"], text(cell["index"])
        service = (cell["force"], department, cell["perimeter"], cell["service"])
        return {
            "statistic_id": identifier("etat4001", year, *service[:3], index, cell["service"]),
            "territory_level_code": "service_area",
            "territory_code": identifier("etat4001", *service),
            "territory_label": text(cell["service"]),
            "parent_territory_code": identifier("insee", department),
            "period_start_date": f"{year}-01-01",
            "period_end_date": f"{year}-12-31",
            "statistic_period_code": "year",
            "indicator_code": identifier("etat4001", index),
            "indicator_label": text(cell["title"]),
            "aggregation_code": "detail",
            "publication_state_code": publication_state(cell["value"]),
            "statistic_count": cell["value"],
        }


def _department(written: object) -> str | None:
    """``01`` also where the cell holds the number 1."""
    code = text(written)
    return code and code.zfill(2)


def _at(row: tuple[object, ...], index: int) -> object:
    return row[index] if index < len(row) else None
