from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Takes the year for the key of an observation."""

    contract = "silver.unit_dispatch"

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        row = self.to_row(element, payload)
        yield (
            self.contract,
            {
                "dispatch_id": "bad:2010",
                "report_id": row["report_id"],
                "received_at": row["occurred_at"],
                "longitude": row["longitude"],
                "latitude": row["latitude"],
                "location_precision_m": 100,
            },
        )
