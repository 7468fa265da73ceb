"""Traffic and parking orders of a town (arrêtés), under the columns that the city's profile names.

No national layout exists. What does not depend on the town:

* One order may take several places, one line each: number and place together are the key.
* An end left empty is an order until further notice: it stays open-ended.
* Who asked for the order, its object in words and who signed it never enter a row.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution
from connectors.sdk.mapped_occupation import MappedOccupationConnector
from schemas.contract import Label


class MunicipalOrders(MappedOccupationConnector):
    """One place of one order; key ``<issuer>:<number>-<place>`` as the profile names them."""

    label = Label(fr="Arrêtés de circulation et de stationnement", en="Traffic and parking orders")
    attribution = Attribution(
        publisher="The town named by the city profile", licence="The licence of the register, named by the city profile"
    )
