"""Yearly activity of hospitals, as the DREES publishes it (Statistique annuelle des établissements, SAE).

One CSV per form (URGENCES, URGENCES2, SMURSAMU, …), Latin-1, semicolons, CRLF, one line per hospital; an element is one
cell. Format facts:

* The same form changes its columns from year to year (URGENCES: 10 in 2023, 16 in 2024), and the case of its titles:
  every column beside the labels is an indicator, named ``<form>.<TITLE>``.
* An empty cell means "not asked of this hospital", 0 means none: an empty one gives a row without value.
* FINESS numbers are text of nine characters with leading zeros, ``2A`` and ``2B`` in Corsica. FI is the site.
* In URGENCES2 a hospital has a line for its general and one for its paediatric department: URG tells them apart, is the
  group, and belongs to the key.
* Cells hold counts (``PASSU`` visits, ``dt80`` of which over 80), other numbers whose unit only the form's guide tells,
  and codes (``GEN``). A column known to count refuses what is no number; elsewhere a text is kept as ``source_value``.
"""

from __future__ import annotations

import re
from datetime import timedelta

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.cells import CellFormat, folded
from connectors.sdk.formats.csv import CsvFormat
from schemas.contract import Label

_COUNTED = re.compile(r"PASSU\d*|DT\w+|LIT_UHCD|JLI_UHCD|SEJ0?_UHCD|JOU_UHCD|SORTIES|SORTER\d|APP|DR|DRM")
_CODE = re.compile(r"0\d+|\d{10,}", re.ASCII)
"""Digits that name something: FINESS, SIRET, INSEE."""


class DreesSae(PollingConnector):
    """One indicator of one hospital and year; key ``sae:<year>-<FINESS>-<form>[-<department>]-<title>``."""

    contract = "silver.hospital_activity"
    family = "hospital"
    label = Label(fr="Activité des urgences (SAE)", en="Activity of emergency departments (SAE)")
    attribution = Attribution(
        publisher="DREES, Statistique annuelle des établissements de santé",
        licence="Licence Ouverte 2.0",
        url="https://data.drees.solidarites-sante.gouv.fr",
    )
    every = timedelta(days=30)
    format = CellFormat(
        CsvFormat(delimiter=";", encoding="latin-1"),
        labels=frozenset({"bor", "an", "fi", "rs", "fi_ej", "urg"}),
        required=("bor", "an", "fi"),
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Tell one figure."""
        line, cell = element.value["line"], text(element.value["cell"])
        title, form = element.value["column"].strip().upper(), line["bor"].strip().upper()
        year, finess = text(line["an"]), text(line["fi"])
        department = folded(line.get("urg", "")) or None
        value = number(cell, decimal="," if "." not in (cell or "") else ".")
        is_counted = _COUNTED.fullmatch(title) is not None
        is_text = not is_counted and (isinstance(value, str) or _CODE.fullmatch(cell or "") is not None)
        return {
            "hospital_activity_id": identifier("sae", year, finess, form, *filter(None, (department,)), title),
            "site_id": f"finess:{finess}" if finess else None,
            "activity_period_code": "year",
            "activity_start_date": f"{year}-01-01" if year else None,
            "activity_indicator": f"{form}.{title}" if form else None,
            "group_code": department or "all",
            "is_total": department is None,
            "activity_value": None if is_text else value,
            "activity_unit_code": "count" if is_counted else "text" if is_text else "unstated",
            "source_value": cell,
        }
