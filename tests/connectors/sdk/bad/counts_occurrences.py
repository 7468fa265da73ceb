from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.sdk import Element, Payload
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Gives every line the ordinal 0."""

    def split(self, payload: Payload) -> Iterator[Element]:
        for element in super().split(payload):
            yield replace(element, occurrence=0)
