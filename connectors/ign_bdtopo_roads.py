"""Named roads and road segments of IGN's BD TOPO, from its WFS as GeoJSON.

Format facts:

* Two feature types come through the same service: ``voie_nommee`` (a whole street, MultiLineString) and
  ``troncon_de_route`` (a segment between two crossings, LineString with heights, names per side). The name agreed with
  the national address base (``nom_voie_ban``) is better than the abbreviated one (``R JEAN MONNET``).
* The service answers in EPSG:4326 or in EPSG:2154 (Lambert-93) by route; the ``crs`` member says which.
* ``cleabs`` is the stable key; ``insee_commune`` keeps its leading zero.
* The point is on the road; the precision is the distance from it to the road's farthest vertex.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import identifier, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import GeoJsonFormat
from connectors.sdk.geometry import place_of
from schemas.contract import Label

NAMES = (
    *("nom_voie_ban", "nom_voie_ban_gauche", "nom_voie_ban_droite"),
    *("nom_collaboratif", "nom_collaboratif_gauche", "nom_collaboratif_droite"),
)
MUNICIPALITIES = ("insee_commune", "insee_commune_gauche", "insee_commune_droite")


class IgnBdtopoRoads(PollingConnector):
    """One street or segment; key ``ign:<cleabs>``."""

    contract = "reference.street"
    family = "geography"
    label = Label(fr="Voies (IGN BD TOPO)", en="Roads (IGN BD TOPO)")
    attribution = Attribution(publisher="IGN", licence="Licence Ouverte 2.0", url="https://geoservices.ign.fr/bdtopo")
    format = GeoJsonFormat()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Take the first name and municipality that the feature knows."""
        properties = element.value.get("properties")
        known = properties if isinstance(properties, dict) else {}
        place = place_of(element.value)
        return {
            "street_id": identifier("ign", known.get("cleabs")),
            "street_name": next((text(known[name]) for name in NAMES if known.get(name)), None),
            "municipality_code": next((text(known[name]) for name in MUNICIPALITIES if known.get(name)), None),
            "municipality_name": text(known.get("nom_commune")),
            "street_length_m": place.length_m,
            "longitude": place.longitude,
            "latitude": place.latitude,
            "location_precision_m": place.radius_m,
        }
