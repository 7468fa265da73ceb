from __future__ import annotations

from schemas.contract import Label
from tests.connectors.sdk.good import GoodLines


class Bad(GoodLines):
    """Has no English label."""

    label = Label(fr="Lignes", en="")
