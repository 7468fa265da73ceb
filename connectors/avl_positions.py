"""Vehicle positions from automatic vehicle location systems, as CSV.

Every vendor names its columns otherwise: the header decides the dialect. Format facts:

* ``latitude`` and ``longitude`` are required, under any of the names below; without them every line is refused with
  rule ``shape``. The setting ``columns`` (``{unit: vehicule_no}``) names columns that no dialect knows.
* A trace without times or without a vehicle (map-matching samples) says where something was, not which unit was where
  when: its lines are refused with rule ``required``.
* The setting ``time`` says how instants are written: ``zoned`` (with an offset, as a matter of course), ``local`` (wall
  clock of the source) or ``posix`` (seconds). ``delimiter``, ``decimal`` and ``speed_unit`` (``kmh``, ``ms``, ``mph``,
  ``knots``) say the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import (
    CsvFormat,
    identifier,
    local_instant,
    number,
    posix_instant,
    scaled,
    text,
    zoned_instant,
)
from connectors.sdk.element import Decoded, Element, Payload, Row
from schemas.contract import Label

NAMES: Mapping[str, tuple[str, ...]] = {
    "unit": ("unit", "unit_id", "vehicle", "vehicle_id", "vehicleid", "device", "device_id", "asset", "engin"),
    "time": ("time", "timestamp", "datetime", "date_time", "recorded_at", "gps_time", "utc_time", "horodatage"),
    "latitude": ("lat", "latitude", "y_wgs84", "gps_lat"),
    "longitude": ("lon", "lng", "long", "longitude", "x_wgs84", "gps_lon"),
    "speed": ("speed", "speed_kmh", "velocity", "vitesse"),
    "heading": ("heading", "bearing", "course", "azimuth", "cap"),
    "status": ("status", "state", "statut", "etat"),
}
SPEEDS = {"kmh": 1.0, "ms": 3.6, "mph": 1.609344, "knots": 1.852}


class AvlPositions(FileConnector):
    """One position of one vehicle; key ``avl:<unit>-<instant>-<content>``."""

    contract = "silver.unit_status"
    family = "units"
    label = Label(fr="Positions des véhicules (AVL)", en="Vehicle positions (AVL)")
    attribution = Attribution(
        publisher="The service whose vehicles are followed",
        licence="Restricted to the service; never published",
        url="https://github.com/NREL/mappymatch",
        note="Test traces: mappymatch (NREL), BSD-3-Clause.",
    )
    format = CsvFormat(columns=("latitude", "longitude"))

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines under the names this header gives to the coordinates."""
        return self._dialect(payload.content[:65_536].decode("utf-8", "replace")).split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """A kept line under its header."""
        return self._dialect(context + text).reread(text, context)

    def context_of(self, text: str) -> str:
        """The header of a kept line."""
        return self._dialect(text).context_of(text)

    def text(self, element: Element) -> str:
        """The line under its header."""
        return CsvFormat(delimiter=self._delimiter).text(element)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Where the vehicle was and how it moved."""
        line = {name.strip().lower(): value for name, value in element.value.items()}
        found = {fact: line.get(self._name(fact, tuple(line)) or "") for fact in NAMES}
        decimal = str(self.source.settings.get("decimal", "."))
        unit, observed_at = text(found["unit"]), self._instant(found["time"])
        factor = SPEEDS.get(str(self.source.settings.get("speed_unit", "kmh")), 1.0)
        return {
            "unit_status_id": identifier("avl", unit, observed_at, element.content_id),
            "unit_id": unit,
            "observed_at": observed_at,
            "unit_status_code": "unknown",
            "source_status": text(found["status"]),
            "longitude": number(found["longitude"], decimal=decimal),
            "latitude": number(found["latitude"], decimal=decimal),
            "speed_kmh": scaled(number(found["speed"], decimal=decimal), factor, digits=3),
            "heading_deg": number(found["heading"], decimal=decimal),
        }

    @property
    def _delimiter(self) -> str:
        return str(self.source.settings.get("delimiter", ","))

    def _instant(self, value: object) -> object:
        written = str(self.source.settings.get("time", "zoned"))
        if written == "local":
            return local_instant(value, self.zone)
        return posix_instant(value) if written == "posix" else zoned_instant(value)

    def _dialect(self, content: str) -> CsvFormat:
        header = content.lstrip("\ufeff").split("\n", 1)[0].rstrip("\r").split(self._delimiter)
        names = {name.strip().strip('"').lower(): name.strip('"') for name in header}
        places = [self._name(fact, tuple(names)) or fact for fact in ("latitude", "longitude")]
        return CsvFormat(delimiter=self._delimiter, columns=tuple(names.get(name, name) for name in places))

    def _name(self, fact: str, names: tuple[str, ...]) -> str | None:
        """The column of this header that holds the fact."""
        told = self.source.settings.get("columns")
        wanted = told.get(fact) if isinstance(told, Mapping) else None
        known = (str(wanted).strip().lower(),) if wanted else NAMES[fact]
        return next((name for name in known if name in names), None)
