from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk import Element, Payload
from connectors.sdk.element import Decoded
from connectors.sdk.persons import Keep, code
from tests.connectors.sdk.good import GoodLines

KEEP: Keep = {"id": code("[0-9]{1,4}")}


class Bad(GoodLines):
    """Names what may leave and then hands the whole line on."""

    keep = KEEP

    def split(self, payload: Payload) -> Iterator[Element]:
        return self.format.split(payload)

    def text(self, element: Element) -> str:
        return self.format.text(element)

    def reread(self, text: str, context: str = "") -> Decoded:
        return self.format.reread(text, context)
