from __future__ import annotations

from connectors.sdk import Attribution
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Credits nobody."""

    attribution = Attribution(publisher="", licence="CC0 1.0")
