from __future__ import annotations

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Makes up a date where it cannot read one."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        row = super().to_row(element, payload)
        return row if str(row["occurred_at"]).endswith("Z") else {**row, "occurred_at": "2010-01-01T00:00:00Z"}
