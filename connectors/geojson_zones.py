"""Boundaries of territories, as GeoJSON or as one GeoJSON feature per line.

Format facts:

* Which properties identify and name a territory differs from publisher to publisher: the city profile says so
  (``id_properties``, ``name_property``, ``parent_property``), with ``issuer`` and ``level_code``. Codes are text:
  leading zeros matter (``01004``), and a number never has them.
* Polygons come with holes, as several parts, with a third coordinate, or in a projection that a ``crs`` member
  (before RFC 7946) declares; a file in a projection that declares none needs ``crs: EPSG:2154`` in the profile.
* The point given beside the outline lies inside it. A territory without a readable outline has no point and is refused.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import GeoJsonFormat
from connectors.sdk.geometry import place_of
from schemas.contract import Label


class GeojsonZones(FileConnector):
    """One territory; key ``<issuer>:<code>``."""

    contract = "reference.zone_boundary"
    family = "geography"
    label = Label(fr="Limites de territoires (GeoJSON)", en="Boundaries of territories (GeoJSON)")
    attribution = Attribution(
        publisher="The publisher of the boundaries, named by the city profile",
        licence="The licence of the boundaries, named by the city profile",
        url="https://datatracker.ietf.org/doc/html/rfc7946",
    )
    format = GeoJsonFormat(max_element_bytes=400_000)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Keep code, name and outline; other properties stay with the publisher."""
        properties = element.value.get("properties")
        known = properties if isinstance(properties, dict) else {}
        asked = self.source.settings
        issuer = str(asked.get("issuer", ""))
        ids = asked.get("id_properties")
        codes = [known.get(str(name)) for name in ids] if isinstance(ids, list) else []
        place = place_of(element.value, str(asked.get("crs", "")))
        return {
            "boundary_id": identifier(issuer, *codes),
            "boundary_name": text(known.get(str(asked.get("name_property")))),
            "boundary_level_code": asked.get("level_code"),
            "parent_boundary_id": identifier(issuer, known.get(str(asked.get("parent_property")))),
            "geometry_geojson": place.geojson,
            "longitude": place.longitude,
            "latitude": place.latitude,
        }
