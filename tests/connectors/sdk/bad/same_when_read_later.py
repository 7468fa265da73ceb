from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Takes the time of collection for the time of the last change."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        collected = payload.collected_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return {**super().to_row(element, payload), "source_updated_at": collected}
