"""Permits to film in public space, under the columns that the city's profile names.

* The production, the title and the persons in charge are never mapped.
* Trucks and sets take the street before the camera turns: set-up and removal are columns of their own.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution
from connectors.sdk.mapped_occupation import MappedOccupationConnector
from schemas.contract import Label


class FilmShoots(MappedOccupationConnector):
    """One place and period of one permit; key ``<issuer>:<number>``."""

    label = Label(fr="Autorisations de tournage", en="Filming permits")
    attribution = Attribution(
        publisher="The town named by the city profile", licence="The licence of the register, named by the city profile"
    )
