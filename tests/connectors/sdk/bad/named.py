from __future__ import annotations

from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    __doc__ = ""
