from __future__ import annotations

from connectors.sdk import Element
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Keeps only the key of the original."""

    def text(self, element: Element) -> str:
        return str(element.value["id"])
