"""Anti-social behaviour recorded by a police force of England or Wales, from data.police.uk.

Text separated by tabs, with header, UTF-8. Format facts:

* There is no key, and equal lines are different incidents (one line occurs 41 times): the identifier is made from the
  content of the line and its ordinal among equal lines, so reading a file twice, in another order, with other line
  ends or with its columns exchanged gives the same identifiers.
* Only the month is known, written as its first day (``2022-08-01``, or ``2022-08``): the incident happened somewhere
  between the first instant of the month and the first instant of the next, on the source's wall clock.
* Places are not where it happened but the nearest point of a fixed list, on a street with eight addresses or more or
  above a public place. Three quarters of the points of a force lie within 91 m of another one and nine tenths within
  153 m: 150 m is used.
* ``location`` is the street or kind of place; "On or near" alone names none.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, absent, identifier, local_month, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label


class PoliceUkAntisocialBehaviour(FileConnector):
    """One incident; key ``police_uk:<content>-<ordinal>``."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Incivilités (police du Royaume-Uni)", en="Anti-social behaviour (UK police)")
    attribution = Attribution(
        publisher="Home Office, data.police.uk",
        licence="Open Government Licence v3.0",
        url="https://data.police.uk",
        note="Contains public sector information licensed under the Open Government Licence v3.0.",
    )
    format = CsvFormat(delimiter="\t", columns=("month", "longitude", "latitude", "location", "lsoa_code"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Spread the incident over its month."""
        line = element.value
        first, until = local_month(line["month"], self.zone)
        return {
            "report_id": identifier("police_uk", element.content_id),
            "occurred_at": first,
            "occurred_until_at": until,
            "time_precision_code": "month",
            "source_category": "Anti-social behaviour",
            "address": text(absent(text(line["location"]), "On or near")),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
            "location_precision_m": 150,
        }
