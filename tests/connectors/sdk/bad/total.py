from __future__ import annotations

from datetime import datetime

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Raises on a date it cannot read."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        datetime.fromisoformat(element.value["date"])
        return super().to_row(element, payload)
