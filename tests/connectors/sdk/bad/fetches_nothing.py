from __future__ import annotations

import socket

from connectors.sdk import Element, Payload, Row
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Asks the network for every line."""

    def to_row(self, element: Element, payload: Payload) -> Row:
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
        return super().to_row(element, payload)
