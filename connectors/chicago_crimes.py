"""Crimes of Chicago: the city's portal, and the hot-spot benchmark made from it.

CSV with header, UTF-8, in three dialects told apart by their columns.

* Benchmark (``date,loc_cat,longitude,latitude,district``): aggravated assaults only. No key, and equal lines are
  different events: the identifier is made from the content of the line and its ordinal among equal lines.
* Download of the portal (``ID,Case Number,Date,…``): times as ``01/31/2010 12:05:00 AM``.
* Its API (``id,case_number,date,…``): ISO times without offset.

In all: wall clock of Chicago without offset, to the minute at best, and 31 % of the minutes are 00 or 30. In the night
when clocks go back the hour that occurs twice is read as its first occurrence; no event is lost by that, as none is
told apart by its instant alone. Places are blocks, moved along them on purpose: 100 m is the length of a block side.
``loc_cat`` is the kind of place and stands for an address. Where the portal's plane coordinates are 0, its degrees are
a point in Missouri that means "no place": the position is missing then.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvDialects, CsvFormat, identifier, local_instant, number, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.mapping.clock import wall_clock
from schemas.contract import Label

PORTAL = ("ID", "Date", "Block", "Primary Type", "Description", "Updated On", "Latitude", "Longitude")
API = tuple(title.lower().replace(" ", "_") for title in PORTAL)
_CLOCK = wall_clock(("%m/%d/%Y %I:%M:%S %p",))


class ChicagoCrimes(FileConnector):
    """One event; key ``chicago:<ID>``, or ``chicago:<content>-<ordinal>`` in the benchmark, which has no key."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Faits enregistrés (Chicago)", en="Recorded crimes (Chicago)")
    attribution = Attribution(
        publisher="City of Chicago, Chicago Police Department",
        licence="City of Chicago data terms",
        url="https://data.cityofchicago.org/Public-Safety/Crimes-2001-to-Present/ijzp-q8t2",
        note="The city asks users to read its disclaimer: facts are preliminary and may be reclassified.",
    )
    format = CsvDialects(
        (
            CsvFormat(columns=("date", "loc_cat", "longitude", "latitude")),
            CsvFormat(columns=PORTAL),
            CsvFormat(columns=API),
        )
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the line of any dialect."""
        line = element.value
        told = self._benchmark(element) if "loc_cat" in line else self._portal(line)
        placed = told["longitude"] is not None
        return {"time_precision_code": "minute", **told, "location_precision_m": 100 if placed else None}

    def _benchmark(self, element: Element) -> dict[str, object]:
        line = element.value
        return {
            "report_id": identifier("chicago", element.content_id),
            "occurred_at": local_instant(line["date"], self.zone),
            "source_category": "AGGRAVATED ASSAULT",
            "address": text(line["loc_cat"]),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
        }

    def _portal(self, told: Mapping[str, str]) -> dict[str, object]:
        line = {title.lower().replace(" ", "_"): value for title, value in told.items()}
        is_placed = line.get("x_coordinate", "").strip() not in ("0", "0.0")
        return {
            "report_id": identifier("chicago", line["id"]),
            "occurred_at": local_instant(_CLOCK(line["date"].strip()), self.zone),
            "source_category": text(line["primary_type"]),
            "source_subcategory": text(line["description"]),
            "address": text(line["block"]),
            "longitude": number(line["longitude"]) if is_placed else None,
            "latitude": number(line["latitude"]) if is_placed else None,
            "source_updated_at": local_instant(_CLOCK(line["updated_on"].strip()), self.zone),
        }
