from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from connectors.sdk.decode import identifier
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Makes one fact of equal lines."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        return {**super().to_row(element, payload), "report_id": identifier("bad", element.digest)}
