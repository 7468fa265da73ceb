from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from connectors.sdk.decode import identifier
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Takes the line number and the date for the key."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        key = identifier("bad", element.index, element.value["id"])
        return {**super().to_row(element, payload), "report_id": key}
