from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Leaves the offset as the source wrote it."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        return {**super().to_row(element, payload), "occurred_at": element.value["date"]}
