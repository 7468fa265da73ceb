"""Road works from the Opendatasoft portals of French cities and départements, which name their fields each their way.

The city profile says which field holds what; see ``connectors.sdk.roadworks``. Format facts:

* Explore 2.1 answers ``{total_count, results}``, its exports are a bare list, older versions wrap each record.
* Dates are days, also where the portal writes them as a midnight in UTC (``days: true``: 3 to 21 August with a stated
  length of 19 days includes both), instants with an offset, day first (``18-08-2026 09:00:56 +0200``), or French text
  only ("Du 18/08/2026 au 20/08/2026", "jusqu'au 4 avril"). A period without a beginning holds since its publication.
* ``geo_shape`` is a GeoJSON feature inside the record, ``geo_point_2d`` its middle; some records have a point only.
* One site may have several footprints, each a record of its own: ``situation`` holds what they share.
* A diversion is an event of the road and takes no public space; private building work takes space and is a building
  site, told apart by the profile's ``types`` and ``kinds``.
"""

from __future__ import annotations

from datetime import timedelta

from connectors.sdk.connector import Attribution
from connectors.sdk.formats import OpendatasoftFormat
from connectors.sdk.roadworks import RoadworksConnector
from schemas.contract import Label


class OpendatasoftRoadworks(RoadworksConnector):
    """One record of works; key ``<issuer>:<identifier>``."""

    label = Label(fr="Travaux routiers (Opendatasoft)", en="Road works (Opendatasoft)")
    attribution = Attribution(
        publisher="The publisher of the works, named by the city profile",
        licence="The licence of the works, named by the city profile; some share alike (ODbL)",
        url="https://help.opendatasoft.com/apis/ods-explore-v2/",
    )
    every = timedelta(hours=1)
    _cut = OpendatasoftFormat()
