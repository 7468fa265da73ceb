from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Leaves out what it finds uninteresting."""

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        if element.value["category"] != "noise":
            yield from super().to_rows(element, payload)
