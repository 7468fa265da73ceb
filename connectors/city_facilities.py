"""Facilities that a city publishes as tables: schools, parks, sports grounds, places of culture, town halls.

Format facts:

* One publisher in one year uses three delimiters and several headers: the profile says per file name (``files``, with
  ``*`` for what changes) the ``delimiter``, the ``encoding`` where it is not UTF-8, the ``columns`` and the ``kind``,
  or ``kinds`` by the source's own word. A file that the profile does not name is refused with rule ``shape``.
* There is no key: issuer, name and position make one; a facility told twice at one place is one facility. Where the
  source has one, ``columns`` names it as ``id``.
* Positions are decimal degrees, good to 50 m (the building, not its door).
* Telephone numbers and mail addresses stay out of the row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, number, text
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, refused
from connectors.sdk.element import number as numbered
from connectors.sdk.formats import CsvFormat, JsonLinesFormat
from schemas.contract import Label

_KEPT = ("id", "name", "kind", "address", "postcode", "municipality", "longitude", "latitude")


class CityFacilities(FileConnector):
    """One facility; key ``<issuer>:<id>``, or ``<issuer>:<name>-<longitude>-<latitude>``."""

    contract = "reference.facility"
    family = "geography"
    label = Label(fr="Équipements de la ville", en="Facilities of the city")
    attribution = Attribution(
        publisher="The city, named by its profile", licence="The licence of the files, named by the city profile"
    )
    format = JsonLinesFormat()

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines of the file in the dialect the profile gives it, reduced to the columns that are mapped."""
        return numbered(self._decode(payload))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Map one line; its kind is the file's, or what the profile says of its word."""
        line = element.value
        issuer = str(self.source.settings.get("issuer", ""))
        own = identifier(issuer, line.get("id")) if line.get("id") else None
        return {
            "facility_id": own or identifier(issuer, line.get("name"), line.get("longitude"), line.get("latitude")),
            "facility_name": text(line.get("name")),
            "facility_kind_code": text(line.get("facility_kind")),
            "source_kind": text(line.get("kind")),
            "address": text(line.get("address")),
            "postcode": text(line.get("postcode")),
            "municipality_name": text(line.get("municipality")),
            "longitude": number(line.get("longitude")),
            "latitude": number(line.get("latitude")),
            "location_precision_m": 50 if line.get("longitude") else None,
        }

    def _decode(self, payload: Payload) -> Iterator[Decoded]:
        asked = self._file(payload.url)
        columns = asked.get("columns") if asked else None
        if asked is None or not isinstance(columns, Mapping):
            message = f"No entry of `files` of this source in city {self.city.city_id} fits {payload.url}; add one."
            yield refused("shape", payload.content, message, value=payload.url)
            return
        form = CsvFormat(
            delimiter=str(asked.get("delimiter", ",")),
            encoding=str(asked.get("encoding", "utf-8-sig")),
            columns=tuple(map(str, columns.values())),
        )
        for decoded in form.decode(payload.content):
            if decoded.violations:
                yield decoded
                continue
            kept = {name: decoded.value[str(columns[name])] for name in _KEPT if name in columns}
            kept["facility_kind"] = _kind(asked, kept.get("kind", ""))
            yield Decoded(kept, canonical(kept))

    def _file(self, url: str) -> Mapping[str, object] | None:
        files = self.source.settings.get("files")
        name = url.removeprefix("file:").removesuffix(".gz").rpartition("/")[2]
        entries = files.items() if isinstance(files, Mapping) else ()
        fitting = (entry for pattern, entry in entries if fnmatch(name, str(pattern)))
        return next((entry for entry in fitting if isinstance(entry, Mapping)), None)


def _kind(asked: Mapping[str, object], word: str) -> str:
    kinds = asked.get("kinds")
    if isinstance(kinds, Mapping) and word in kinds:
        return str(kinds[word])
    return str(asked.get("kind", "other"))

