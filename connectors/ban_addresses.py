"""Addresses of the Base Adresse Nationale, from its bulk files or from the answers of its search service.

Two dialects, told apart by the first character:

* Bulk CSV: semicolon, CRLF, UTF-8, ``numero`` and ``rep`` (bis, ter) apart, positions as ``lon``/``lat`` and again as
  ``x``/``y`` in the legal projection of the territory; where degrees are missing, Lambert-93 is converted.
  ``numero`` 9999 or an empty one is a place without number.
* GeoJSON of the service: ``housenumber`` and ``street``, or ``name`` for a whole street; ``citycode``, ``postcode``.

Municipality codes are those of the arrondissements in Paris, Lyon and Marseille (``132xx``); leading zeros are kept.
Positions have six decimals; an entrance or a plot is good to 10 m, a street segment to 100 m.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import absent, identifier, number, text
from connectors.sdk.element import Decoded, Element, Payload, Row
from connectors.sdk.formats import CsvFormat, GeoJsonFormat
from connectors.sdk.geometry import place_of
from connectors.sdk.projection import wgs84
from schemas.contract import Label

ANSWER = GeoJsonFormat()
PRECISE = ("entrée", "bâtiment", "cage d’escalier", "logement", "parcelle", "délivrance postale", "housenumber")
NO_NUMBER = ("9999", "0", 9999)


class BanAddresses(FileConnector):
    """One address; key ``ban:<id>``."""

    contract = "reference.address"
    family = "geography"
    label = Label(fr="Adresses (Base Adresse Nationale)", en="Addresses (Base Adresse Nationale)")
    attribution = Attribution(
        publisher="Base Adresse Nationale", licence="Licence Ouverte 2.0", url="https://adresse.data.gouv.fr"
    )
    format = CsvFormat(
        delimiter=";",
        columns=(
            *("id", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune", "x", "y", "lon", "lat"),
        ),
    )

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines of a bulk file, or features of an answer."""
        is_answer = payload.content.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
        return (ANSWER if is_answer else self.format).split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """A kept line or feature."""
        return ANSWER.reread(text) if text.lstrip().startswith("{") else self.format.reread(text, context)

    def text(self, element: Element) -> str:
        """A feature as it came, a line under its header."""
        return (self.format if "lon" in element.value else ANSWER).text(element)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map either dialect."""
        return _of_line(element.value) if "lon" in element.value else _of_answer(element.value)


def _of_line(line: dict[str, str]) -> Row:
    longitude, latitude = number(line["lon"]), number(line["lat"])
    if longitude is None and latitude is None:
        longitude, latitude = wgs84(line["x"], line["y"], "EPSG:2154")  # type: ignore[assignment]
    house = absent(text(line["numero"]), *NO_NUMBER)
    return {
        "address_id": identifier("ban", line["id"]),
        "house_number": text(f"{house} {line['rep']}") if house else None,
        "street_name": text(line["nom_voie"]),
        "postcode": text(line["code_postal"]),
        "municipality_code": text(line["code_insee"]),
        "municipality_name": text(line["nom_commune"]),
        "position_type": text(line.get("type_position")),
        "longitude": longitude,
        "latitude": latitude,
        "location_precision_m": _precision(line.get("type_position")),
    }


def _of_answer(feature: dict[str, object]) -> Row:
    properties = feature.get("properties")
    known = properties if isinstance(properties, dict) else {}
    place = place_of(feature)
    return {
        "address_id": identifier("ban", known.get("id")),
        "house_number": text(known.get("housenumber")),
        "street_name": text(known.get("street") or known.get("name")),
        "postcode": text(known.get("postcode")),
        "municipality_code": text(known.get("citycode")),
        "municipality_name": text(known.get("city")),
        "position_type": text(known.get("type")),
        "longitude": place.longitude,
        "latitude": place.latitude,
        "location_precision_m": _precision(known.get("type")),
    }


def _precision(position_type: object) -> int:
    return 10 if position_type in PRECISE else 100
