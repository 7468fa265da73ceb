from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk import Element, Payload
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Drops the first line."""

    def split(self, payload: Payload) -> Iterator[Element]:
        elements = super().split(payload)
        next(elements, None)
        yield from elements
