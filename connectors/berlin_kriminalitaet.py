"""Recorded crime of Berlin by neighbourhood and year (Kriminalitätsatlas of the Polizei Berlin).

CSV with header, UTF-8: one line per neighbourhood (LOR-Bezirksregion) and year, sixteen offences side by side; each
figure is a statistic. Format facts:

* ``Code`` is the six-digit LOR code read as a number: districts 1 to 9 have lost their leading zero, which is put back.
  A code that ends in 9900 holds what could not be given to a neighbourhood of the district: its level is unknown.
* Offences overlap: a street robbery is a robbery, a bicycle theft a theft. Those are parts and are not summed with the
  others. ``Local`` are the offences that belong to a neighbourhood ("Kieztaten"), across all of them.
* Nothing is suppressed, and 0 is a published zero.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, FiguresFormat, identifier, number, publication_state, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

FIXED = ("Year", "District", "Code", "Location")
ITEMS = ("Robbery", "Injury", "Threat", "Theft", "Fire", "Damage", "Drugs")
PARTS = ("Street_robbery", "Agg_assault", "Car", "From_car", "Bike", "Burglary", "Arson", "Graffiti", "Local")


class BerlinKriminalitaet(FileConnector):
    """One offence in one neighbourhood and year; key ``berlin_lor:<year>-<code>-<offence>``."""

    contract = "silver.official_statistic"
    family = "police"
    label = Label(fr="Atlas de la criminalité (Berlin)", en="Crime atlas (Berlin)")
    attribution = Attribution(
        publisher="Polizei Berlin, Kriminalitätsatlas",
        licence="Not restated where the file was found; open data of the Land Berlin",
        url="https://www.kriminalitaetsatlas.berlin.de",
    )
    format = FiguresFormat(CsvFormat(columns=(*FIXED, *ITEMS, *PARTS)), fixed=FIXED)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Put the lost zero back and say what overlaps; an offence not known here counts as a part, so no sum grows."""
        cell = element.value
        code, year, offence = _lor(cell["Code"]), text(cell["Year"]), cell["indicator"]
        count = number(cell["value"])
        return {
            "statistic_id": identifier("berlin_lor", year, code, offence),
            "territory_level_code": "unknown" if code is None or code.endswith("9900") else "neighbourhood",
            "territory_code": identifier("berlin_lor", code),
            "territory_label": text(cell["Location"]),
            "parent_territory_code": identifier("berlin_bezirk", code and code[:2]),
            "period_start_date": f"{year}-01-01",
            "period_end_date": f"{year}-12-31",
            "statistic_period_code": "year",
            "indicator_code": identifier("polizei_berlin", offence),
            "indicator_label": text(offence),
            "aggregation_code": "detail" if offence in ITEMS else "part",
            "publication_state_code": publication_state(count),
            "statistic_count": count,
        }


def _lor(written: object) -> str | None:
    """The code with the zero that a number loses."""
    code = text(written)
    return code and code.zfill(6)
