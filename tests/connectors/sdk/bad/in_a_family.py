from __future__ import annotations

from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Says that it belongs to a family nobody knows."""

    family = "gossip"
