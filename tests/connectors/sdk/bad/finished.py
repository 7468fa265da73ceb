from __future__ import annotations

from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """TODO One row is …; key ``issuer:id``."""
