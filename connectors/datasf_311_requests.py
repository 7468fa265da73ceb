"""Requests of citizens to the 311 centre of San Francisco, as exported from DataSF.

CSV with header over HTTP, UTF-8; quoted fields contain line ends. Two exports, told apart by the name of the key:
``unique_key`` until 2018, ``service_request_id`` since (its times stand without any offset). Format facts:

* All times are wall clock of the source's time zone; the ``+00:00`` behind them is wrong. ``closed_date`` is empty
  while a case is open; ``resolution_action_updated_date`` moves with every change and orders the versions of a case.
* Latitude and longitude 0.0 together are this source's way to say "no place" (the address then reads "Not associated
  with a specific address"): the pair becomes missing. One zero alone is strange and passes on.
* ``status_notes``, ``descriptor`` and ``service_details`` are free text and stay out of the row.
* Coordinates have 5 and 4 decimals, about 10 m.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import CsvFormat, Format, identifier, local_instant, number, text
from connectors.sdk.element import Decoded, Element, Payload, Row
from schemas.contract import Label

CHANNELS = {
    "Phone": "phone",
    "Web": "web",
    "Twitter": "social_media",
    "Mobile/Open311": "mobile",
    "Email": "email",
    "Integrated Agency": "partner",
    "Other Department": "partner",
}
STATUSES = {"Open": "open", "Closed": "closed"}
NAMES = {
    "unique_key": "service_request_id",
    "created_date": "requested_datetime",
    "closed_date": "closed_date",
    "resolution_action_updated_date": "updated_datetime",
    "status": "status_description",
    "source": "source",
    "category": "service_name",
    "complaint_type": "service_subtype",
    "incident_address": "address",
    "longitude": "long",
    "latitude": "lat",
}
"""The columns of the older export, and what the present one calls them."""
PRESENT = CsvFormat(columns=tuple(NAMES.values()))


class Datasf311Requests(PollingConnector):
    """One case of the 311 centre; key ``sf311:<unique_key>``."""

    contract = "silver.incident_report"
    family = "citizens"
    label = Label(fr="Demandes au 311 (San Francisco)", en="311 requests (San Francisco)")
    attribution = Attribution(
        publisher="City and County of San Francisco, DataSF",
        licence="ODC PDDL 1.0",
        url="https://data.sfgov.org",
    )
    every = timedelta(hours=1)
    format = CsvFormat(columns=tuple(NAMES))

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines of either export."""
        return self._format(payload.content[:4_096].partition(b"\n")[0].decode("utf-8", "replace")).split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """A kept line of either export."""
        return self._format((context + text).partition("\n")[0]).reread(text, context)

    def context_of(self, text: str) -> str:
        """The header of a kept line of either export."""
        return self._format(text.partition("\n")[0]).context_of(text)

    def _format(self, header: str) -> Format:
        return PRESENT if "service_request_id" in header else self.format

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the case; a case without a place keeps neither position nor address."""
        line = element.value
        if "service_request_id" in line:
            line = {name: line[present] for name, present in NAMES.items()}
        longitude, latitude = number(line["longitude"]), number(line["latitude"])
        placed = (longitude, latitude) != (0, 0)
        return {
            "report_id": identifier("sf311", line["unique_key"]),
            "occurred_at": local_instant(line["created_date"], self.zone),
            "time_precision_code": "second",
            "received_at": local_instant(line["created_date"], self.zone),
            "closed_at": local_instant(line["closed_date"], self.zone),
            "source_category": text(line["category"]),
            "source_subcategory": text(line["complaint_type"]),
            "status_code": STATUSES.get(line["status"], text(line["status"])),
            "channel_code": CHANNELS.get(line["source"], text(line["source"])),
            "address": text(line["incident_address"]) if placed else None,
            "longitude": longitude if placed else None,
            "latitude": latitude if placed else None,
            "location_precision_m": 10 if placed and longitude is not None else None,
            "source_updated_at": local_instant(line["resolution_action_updated_date"], self.zone),
        }
