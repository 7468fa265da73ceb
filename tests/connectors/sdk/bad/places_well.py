from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Exchanges longitude and latitude."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        row = super().to_row(element, payload)
        return {**row, "longitude": row["latitude"], "latitude": row["longitude"]}
