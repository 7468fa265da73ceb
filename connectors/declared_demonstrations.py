"""Demonstrations declared to the authority, under the columns that the city's profile names.

* Declarants, organisers and what a demonstration is for are never mapped: the first are persons, the last is opinion.
* Attendance is what the declarant announces; a range stays a range, and none is no zero.
* A demonstration that moves is described by where it gathers; its route, when given, is the footprint.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution
from connectors.sdk.mapped_occupation import MappedOccupationConnector
from schemas.contract import Label


class DeclaredDemonstrations(MappedOccupationConnector):
    """One declared demonstration; key ``<issuer>:<number>``."""

    label = Label(fr="Manifestations déclarées", en="Declared demonstrations")
    attribution = Attribution(
        publisher="The authority named by the city profile",
        licence="The licence of the register, named by the city profile",
    )
