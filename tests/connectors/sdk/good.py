"""A connector that keeps every rule; the bad ones extend it and break one each."""

from __future__ import annotations

from connectors.sdk import Attribution, CsvFormat, Element, FileConnector, Payload, Row
from connectors.sdk.decode import identifier, number, text, zoned_instant
from schemas.contract import Label

CONTENT = b"""id,date,category,longitude,latitude
1,2010-01-01T10:00:00+01:00,noise,-122.44,37.77
2,2010-01-02T10:00:00Z,fire,-122.45,37.76
2,2010-01-02T10:00:00Z,fire,-122.45,37.76
3,2010-01-03T10:00:00Z,"theft, ""small""\nof a bicycle",,
"""
REFUSED = b"id,date,category,longitude,latitude\n9,yesterday,noise,,\n8,2010-01-01T10:00:00Z,noise,,\n"
EXPECTED = ({"index": 0, "rule": "type", "column": "occurred_at"},)


class GoodLines(FileConnector):
    """One line is one report; key `good:id`."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Lignes", en="Lines")
    attribution = Attribution(publisher="Nobody", licence="CC0 1.0")
    format = CsvFormat(columns=("id", "date", "category", "longitude", "latitude"))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map one line."""
        line = element.value
        return {
            "report_id": identifier("good", line["id"]),
            "occurred_at": zoned_instant(line["date"]),
            "time_precision_code": "second",
            "source_category": text(line["category"]),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
            "location_precision_m": 100,
        }
