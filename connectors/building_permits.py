"""Building sites: permits with their declared beginning of works, under the columns that the city's profile names.

* Applicant, architect and owner are never mapped; the number, the place and the dates are enough.
* A permit whose works have not begun has a planned date; the end is seldom known and stays open.
* Places come in the projection of the land register, declared in the profile and brought to WGS 84.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution
from connectors.sdk.mapped_occupation import MappedOccupationConnector
from schemas.contract import Label


class BuildingPermits(MappedOccupationConnector):
    """One building site; key ``<issuer>:<permit number>``."""

    label = Label(fr="Permis de construire et chantiers", en="Building permits and sites")
    attribution = Attribution(
        publisher="The town named by the city profile", licence="The licence of the register, named by the city profile"
    )
