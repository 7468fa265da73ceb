from __future__ import annotations

from decimal import Decimal

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Gives a decimal."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        return {**super().to_row(element, payload), "location_precision_m": Decimal(100)}
