"""Traffic counts of San Diego: how many vehicles passed a street section in 24 hours.

CSV with header, all fields quoted, UTF-8. Format facts:

* ``date_count`` is local midnight as text (``2007-03-13 00:00:00``); the count covers that local day, which has 23
  or 25 hours on two days of the year. A count without a date is refused.
* Of the four directions mostly two are filled; an empty text (or a blank) means not counted and is never 0. Three of
  the four columns write their counts as ``1920.0``. Some counts hold a total and no direction.
* ``id`` (street and file number) is no key: one file may hold several sections, or both axes of one. Identifier, day,
  section, directions and total together are; lines equal in all of them are one count told twice.
* There is no position, only the street and its two cross streets.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.days import day_end, day_start
from connectors.sdk.decode import CsvFormat, identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

DIRECTIONS = ("northbound_count", "southbound_count", "eastbound_count", "westbound_count")


class SanDiegoTrafficCounts(FileConnector):
    """One 24-hour count of one street section; key ``san_diego:<id>-<day>-<section>-<directions>-<total>``."""

    contract = "silver.traffic_measure"
    family = "road"
    label = Label(fr="Comptages routiers (San Diego)", en="Traffic counts (San Diego)")
    attribution = Attribution(
        publisher="City of San Diego", licence="ODC PDDL 1.0", url="https://data.sandiego.gov/datasets/traffic-volumes/"
    )
    format = CsvFormat(columns=("id", "street_name", "limits", *DIRECTIONS, "total_count", "date_count"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Count what was counted; the day is the local one."""
        line = element.value
        counted = "".join(direction[0] for direction in DIRECTIONS if text(line[direction])) or "total"
        day, section = (text(line["date_count"]) or "")[:10], " ".join(line["limits"].split())
        return {
            "traffic_measure_id": identifier(
                "san_diego", line["id"], day, section, counted, _count(line["total_count"])
            ),
            "counting_site_id": identifier("san_diego", line["street_name"], section),
            "street_label": text(line["street_name"]),
            "section_label": text(section),
            "period_started_at": day_start(line["date_count"], self.zone),
            "period_ended_at": day_end(line["date_count"], self.zone),
            "vehicle_count": _count(line["total_count"]),
            **{direction: _count(line[direction]) for direction in DIRECTIONS},
        }


def _count(written: str) -> int | float | str | None:
    """A whole number also when written ``1920.0``; half a vehicle passes unchanged."""
    found = number(written)
    return int(found) if isinstance(found, float) and found.is_integer() else found
