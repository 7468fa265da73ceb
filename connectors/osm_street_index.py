"""Index of a city's named streets drawn from OpenStreetMap: one list of objects in JSON.

Format facts:

* Each object has ``name``, ``quartier`` (upper case, no accents) and ``centroid``, ``[longitude, latitude]`` with five
  decimals. Names occur once; there is no identifier, so the name within its district is the key.
* The centroid of a long street may lie a few hundred metres from its ends: 250 m is used.
* The data is share-alike (ODbL): what is made from it and published carries the same licence.
"""

from __future__ import annotations

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import JsonFormat
from schemas.contract import Label


class OsmStreetIndex(FileConnector):
    """One street of one district; key ``osm:<district>-<name>``."""

    contract = "reference.street"
    family = "geography"
    label = Label(fr="Index des voies (OpenStreetMap)", en="Street index (OpenStreetMap)")
    attribution = Attribution(
        publisher="OpenStreetMap contributors",
        licence="ODbL 1.0",
        url="https://www.openstreetmap.org/copyright",
        note="Share-alike: a database made from it and published must carry the same licence.",
    )
    format = JsonFormat()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map one street; a centroid that is no pair passes on as it is."""
        street = element.value if isinstance(element.value, dict) else {}
        centroid = street.get("centroid")
        longitude, latitude = centroid if isinstance(centroid, list) and len(centroid) == 2 else (centroid, None)
        return {
            "street_id": identifier("osm", street.get("quartier") or "city", street.get("name")),
            "street_name": text(street.get("name")),
            "source_district": text(street.get("quartier")),
            "longitude": number(longitude) if not isinstance(longitude, list | dict) else str(longitude),
            "latitude": number(latitude) if not isinstance(latitude, list | dict) else str(latitude),
            "location_precision_m": 250,
        }
