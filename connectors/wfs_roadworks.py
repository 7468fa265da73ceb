"""Road works with their footprints, from a city's Web Feature Service in GeoJSON.

The city profile names the properties; see ``connectors.sdk.roadworks``. Format facts:

* The footprint is a polygon or several, also with open rings, in WGS 84 or in the system that ``crs`` declares; the
  point lies inside it, and the precision is how far its farthest vertex is from there.
* Dates are plain local days, the last one included: the end is the first instant of the day after it.
* Hours stand in a text for readers ("7h-17h") beside anything else; it is never read.
* The code of a municipality is that of the arrondissement where a city has some (``69388``, not ``69123``).
"""

from __future__ import annotations

from datetime import timedelta

from connectors.sdk.connector import Attribution
from connectors.sdk.formats import GeoJsonFormat
from connectors.sdk.roadworks import RoadworksConnector
from schemas.contract import Label


class WfsRoadworks(RoadworksConnector):
    """One site of works; key ``<issuer>:<identifier>``."""

    label = Label(fr="Travaux routiers (WFS)", en="Road works (WFS)")
    attribution = Attribution(
        publisher="The publisher of the works, named by the city profile",
        licence="The licence of the works, named by the city profile",
        url="https://www.ogc.org/standard/wfs/",
    )
    every = timedelta(hours=1)
    prefix = "properties."
    _cut = GeoJsonFormat()
