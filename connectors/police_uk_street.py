"""Street-level crime and anti-social behaviour of a police force of England, Wales or Northern Ireland.

The monthly files of data.police.uk: CSV with header, UTF-8, twelve columns, CRLF. Format facts:

* ``Crime ID`` is the key, and the same one comes again in later files with a newer outcome. It is empty for every
  anti-social behaviour (a quarter of the lines), and equal lines are different incidents: those get an identifier made
  from the content of the line and its ordinal among equal lines. They have no outcome, so it stays.
* Only the month is known: the incident happened somewhere between its first local instant and that of the next.
* Places are not where it happened but the nearest point of a fixed list, see ``police_uk_antisocial_behaviour``; the
  coordinates are blank on one line in twenty, whose location then reads "No Location".
* ``Last outcome category`` is the disposition of the case, read as the status: what is still before a court is in
  progress, "unavailable" is no status, an outcome that is not listed here is none either. ``Context`` is always empty.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, absent, identifier, local_month, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

UNDER_WAY = (
    *("Under investigation", "Awaiting court outcome", "Defendant sent to Crown Court", "Suspect charged"),
    "Suspect charged as part of another case",
)
ENDED = (
    *("Investigation complete; no suspect identified", "Unable to prosecute suspect", "Local resolution"),
    *("Further investigation is not in the public interest", "Further action is not in the public interest"),
    *("Formal action is not in the public interest", "Action to be taken by another organisation"),
    *("Court case unable to proceed", "Defendant found not guilty", "Offender given a caution", "Offender fined"),
    *("Offender given a drugs possession warning", "Offender given penalty notice", "Offender sent to prison"),
    *("Offender given community sentence", "Offender given conditional discharge", "Offender otherwise dealt with"),
    *("Offender given absolute discharge", "Offender given suspended prison sentence"),
    *("Offender ordered to pay compensation", "Offender deprived of property"),
)
STATUSES = dict.fromkeys(UNDER_WAY, "in_progress") | dict.fromkeys(ENDED, "closed")


class PoliceUkStreet(FileConnector):
    """One crime or incident; key ``police_uk:<crime id>``, or ``police_uk:<content>-<ordinal>`` where there is none."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Faits par rue (police du Royaume-Uni)", en="Street-level crime (UK police)")
    attribution = Attribution(
        publisher="Home Office, data.police.uk",
        licence="Open Government Licence v3.0",
        url="https://data.police.uk",
        note="Contains public sector information licensed under the Open Government Licence v3.0.",
    )
    format = CsvFormat(
        columns=("Crime ID", "Month", "Longitude", "Latitude", "Location", "Crime type", "Last outcome category")
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Spread the incident over its month; a place that is not told has no precision either."""
        line = element.value
        first, until = local_month(line["Month"], self.zone)
        longitude = number(line["Longitude"])
        return {
            "report_id": identifier("police_uk", text(line["Crime ID"]) or element.content_id),
            "occurred_at": first,
            "occurred_until_at": until,
            "time_precision_code": "month",
            "source_category": text(line["Crime type"]),
            "status_code": STATUSES.get(line["Last outcome category"].strip()),
            "address": text(absent(text(line["Location"]), "On or near", "No Location")),
            "longitude": longitude,
            "latitude": number(line["Latitude"]),
            "location_precision_m": None if longitude is None else 150,
        }
