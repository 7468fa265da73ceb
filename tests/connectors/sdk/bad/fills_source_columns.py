from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Finds the zone by itself."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        return {**super().to_row(element, payload), "zone_id": "city:1"}
