from __future__ import annotations

from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Emits rows of a contract that nobody wrote."""

    contract = "silver.flying_saucer"
