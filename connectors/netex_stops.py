"""Stops and stations of public transport, from a NeTEx delivery (French profile and its European relatives).

One XML document, or a zip of them; only stop places, their entrances and quays are read. Format facts:

* Quays stand beside stop places and name them (``SiteRef``, ``ParentSiteRef``), or stand inside them; either way each
  is an element of its own. Identifiers are unique across networks and are the key.
* A location has WGS 84 ``Longitude`` and ``Latitude``, a ``gml:pos`` in the system that ``srsName`` names, or both:
  degrees come first. Without degrees the ``gml:pos`` is converted from its ``srsName``, from the location's, or from
  the frame's ``DefaultLocationSystem``. EPSG:27572 (Lambert II étendu) and EPSG:2154 are metres; EPSG:4326 is latitude,
  then longitude, as the register says. A position of a system nobody knows, or outside the area its system is made
  for (axes exchanged, centimetres), is passed on as text, for the contract to refuse.
* ``StopPlaceType`` holds what producers write (``feryPort``), so it stays as the source's word.
* Texts may be plain or wrapped (``<Name><Text lang="fr">``); the first one is taken.
* A delivery replaces the one before.

Publisher and licence are those of the delivery that the city profile names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import ArchiveFormat, NestedXmlFormat, coded, identifier, number, text
from connectors.sdk.element import Decoded, Element, Payload, Row
from schemas.codes import load_codes
from schemas.contract import Label

MODES = load_codes("transport_mode").values
RELATED = {
    "water": "ferry",
    "intercityrail": "rail",
    "urbanrail": "rail",
    "cableway": "aerial_lift",
    "selfdrive": "other",
}
KINDS = {"StopPlace": "station", "Quay": "stop", "StopPlaceEntrance": "entrance"}
PARENTS = ("ParentSiteRef", "SiteRef", "ParentQuayRef")
DOCUMENT = NestedXmlFormat(names=tuple(KINDS), defaults=("DefaultLocationSystem",))
ARCHIVE = ArchiveFormat(tables={"*.xml": DOCUMENT}, required=(("*.xml",),))
PRECISION_M = 10
MARGIN = 0.5
_EPSG = re.compile(r"(?:.*\bepsg\b.*?[:/#])?(\d{4,5})", re.IGNORECASE)
_WGS84 = ("wgs84", "wgs 84")
Node = Mapping[str, Any]


class NetexStops(PollingConnector):
    """One stop place, entrance or quay; key ``netex:<id>``."""

    contract = "reference.stop"
    family = "public_transport"
    label = Label(fr="Arrêts (NeTEx)", en="Stops (NeTEx)")
    attribution = Attribution(
        publisher="The publisher of the delivery, named by the city profile",
        licence="The licence of the delivery, named by the city profile",
        url="https://netex-cen.eu",
    )
    every = timedelta(hours=12)
    format = DOCUMENT

    def split(self, payload: Payload) -> Iterator[Element]:
        """Nodes of one document, or of every document of a zip."""
        return (ARCHIVE if payload.content.startswith(b"PK") else self.format).split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """A kept node; one out of a zip stands under its document's name."""
        return (self.format if text.lstrip().startswith("<") else ARCHIVE).reread(text, context)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Keep place, name and mode of the stop."""
        ((kind, node),) = element.value.get("line", element.value).items()
        longitude, latitude = _place(node)
        mode = _text(node, "TransportMode")
        code = _text(node, "PublicCode")
        return {
            "stop_reference_id": identifier("netex", node.get("@id")),
            "stop_id": text(node.get("@id")),
            "stop_code": code if kind == "StopPlace" else None,
            "stop_label": _text(node, "Name"),
            "stop_kind_code": KINDS[kind],
            "source_kind": _text(node, "StopPlaceType"),
            "parent_stop_id": _parent(node),
            "platform_code": code if kind == "Quay" else None,
            "transport_mode_code": coded(mode and RELATED.get(mode.lower(), mode), MODES),
            "source_mode": mode,
            "longitude": longitude,
            "latitude": latitude,
            "location_precision_m": None if longitude is None else PRECISION_M,
            "feed_version": payload.payload_id,
        }


def _first(node: Node, *path: str) -> Node:
    """The first node at the path below; an empty one when there is none."""
    for name in path:
        node = next(iter(node.get(name, ())), {})
    return node


def _text(node: Node, name: str) -> str | None:
    found = _first(node, name)
    return text(found.get("#text")) or text(_first(found, "Text").get("#text"))


def _parent(node: Node) -> str | None:
    named = (text(_first(node, name).get("@ref")) for name in PARENTS)
    return next(filter(None, named), text(node.get("@within")))


def _place(node: Node) -> tuple[object, object]:
    """Longitude and latitude in degrees, or what stands in their place."""
    location = _first(node, "Centroid", "Location")
    longitude, latitude = _text(location, "Longitude"), _text(location, "Latitude")
    position = _first(location, "pos")
    if longitude is not None or latitude is not None or "#text" not in position:
        return number(longitude), number(latitude)
    system = position.get("@srsName") or location.get("@srsName") or node.get("@DefaultLocationSystem") or ""
    values = [number(each) for each in position["#text"].split()[:2]]
    if len(values) == 2 and not any(isinstance(value, str) for value in values):
        found = _to_degrees(system.strip().lower())(values[0], values[1])
        if found is not None:
            return found
    shown = f"{position['#text']} ({system or 'no srsName'})"
    return shown, shown


@lru_cache(maxsize=64)
def _to_degrees(system: str) -> Callable[[Any, Any], tuple[object, object] | None]:
    """From a named system, axes in its own order, to longitude and latitude; nothing where it does not hold."""
    if system.endswith("crs84"):
        return lambda longitude, latitude: (longitude, latitude)
    found = _EPSG.fullmatch(system)
    try:
        known = CRS.from_epsg(4326 if system in _WGS84 else int(found[1]) if found else 0)
        transform, area = Transformer.from_crs(known, 4326).transform, known.area_of_use
    except ProjError:
        return lambda first, second: None
    west, south, east, north = area.bounds if area else (-180.0, -90.0, 180.0, 90.0)

    def degrees(first: Any, second: Any) -> tuple[object, object] | None:
        latitude, longitude = transform(first, second)
        holds = south - MARGIN <= latitude <= north + MARGIN and west - MARGIN <= longitude <= east + MARGIN
        return (round(longitude, 6), round(latitude, 6)) if holds else None

    return degrees
