from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from schemas.city import CityProfile, SourceSettings
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Numbers the lines as they come."""

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        super().__init__(source, city)
        self.count = 0

    def to_row(self, element: Element, payload: Payload) -> Row:
        self.count += 1
        return {**super().to_row(element, payload), "source_priority": str(self.count)}
