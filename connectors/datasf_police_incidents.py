"""Police incident reports of San Francisco, as exported from DataSF until 2018.

CSV with header, UTF-8, quoted commas. Format facts:

* ``timestamp`` is the wall clock of the source's time zone; the ``+00:00`` behind it was added by the export and is
  wrong (daily peaks at 00:00, 12:00 and 18:00). Precision is the minute, and many are rounded.
* ``unique_key`` repeats when one incident has several offences; ``pdid`` tells the lines apart and is the key.
* ``resolution`` says how a case was disposed of, not whether the report is open (``NONE`` stays for ever on two thirds
  of the lines), so the status is left unknown.
* Places are street blocks or crossings: 100 m is the length of a block side.
"""

from __future__ import annotations

from connectors.sdk import Attribution, CsvFormat, Element, FileConnector, Label, Payload, Row
from connectors.sdk.decode import identifier, local_instant, number, text


class DatasfPoliceIncidents(FileConnector):
    """One offence of one police report; key ``sfpd:<pdid>``."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Signalements de police (San Francisco)", en="Police incident reports (San Francisco)")
    attribution = Attribution(
        publisher="City and County of San Francisco, DataSF",
        licence="ODC PDDL 1.0",
        url="https://data.sfgov.org",
    )
    format = CsvFormat(columns=("pdid", "timestamp", "category", "descript", "address", "longitude", "latitude"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Keep place and offence; the district named by the police is not a zone of the platform."""
        line = element.value
        return {
            "report_id": identifier("sfpd", line["pdid"]),
            "occurred_at": local_instant(line["timestamp"], self.zone),
            "time_precision_code": "minute",
            "source_category": text(line["category"]),
            "source_subcategory": text(line["descript"]),
            "address": text(line["address"]),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
            "location_precision_m": 100,
        }
