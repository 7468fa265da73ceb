"""Essential SYNOP weather observations of Météo-France, every three hours.

Text separated by semicolons, UTF-8, in two dialects told apart by their columns.

* Opendatasoft export: byte-order mark, 82 columns with French titles (some hold doubled blanks), not sorted by date.
  Three titles occur twice, first for the code, then for its text: the code is read. Dates carry the local offset, so
  the night of 25 hours is unambiguous. Each temperature occurs in kelvin and again in a column that ends in "(°C)".
* Native file: short names (``numer_sta;date;pmer``), ``mq`` for a missing value, dates ``yyyymmddhhmmss`` in UTC, no
  name and no position of the station. The export has these names too when it is asked for fields instead of titles; it
  then knows ``nom``, ``altitude`` and the position.

In both: kelvin, pascal, metres per second, percent, and rain of -0.1 mm, which means a trace too small to measure: it
becomes 0 mm and ``has_trace_precipitation``. The gust is the strongest of the last ten minutes. Positions have three
decimals: 100 m.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import (
    CsvDialects,
    CsvFormat,
    absent,
    identifier,
    kelvin_to_celsius,
    number,
    percent_to_ratio,
    text,
    zoned_instant,
)
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

TRACE_MM = -0.1
EXPORT_TITLES = {
    "numer_sta": "ID OMM station",
    "date": "Date",
    "pmer": "Pression au niveau mer",
    "dd": "Direction du vent moyen 10 mn",
    "ff": "Vitesse du vent moyen 10 mn",
    "t": "Température",
    "td": "Point de rosée",
    "u": "Humidité",
    "vv": "Visibilité horizontale",
    "ww": "Temps présent",
    "n": "Nebulosité totale",
    "pres": "Pression station",
    "raf10": "Rafale sur les 10 dernières minutes",
    "rr1": "Précipitations dans la dernière heure",
    "rr3": "Précipitations dans les 3 dernières heures",
    "name": "Nom",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "elevation": "Altitude",
}
SHORT_NAMES = {"name": "nom", "elevation": "altitude"}
"""What the export's fields are called where that is neither the native name nor ours."""
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)


class MeteofranceSynop(PollingConnector):
    """One observation of one station; key ``synop:<station>:<instant>``."""

    contract = "silver.weather_observation"
    family = "weather"
    label = Label(fr="Observations SYNOP (Météo-France)", en="SYNOP observations (Météo-France)")
    attribution = Attribution(
        publisher="Météo-France", licence="Licence Ouverte 2.0", url="https://donneespubliques.meteofrance.fr"
    )
    every = timedelta(hours=1)
    format = CsvDialects(
        (
            CsvFormat(delimiter=";", columns=tuple(EXPORT_TITLES.values())),
            CsvFormat(delimiter=";", columns=tuple(list(EXPORT_TITLES)[:-4])),
        )
    )

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Convert to the platform's units."""
        line = _short(element.value)
        station = identifier("synop", _station(line["numer_sta"]))
        observed_at = zoned_instant(_COMPACT.sub(r"\1-\2-\3T\4:\5:\6Z", str(line["date"])))
        rain = number(line["rr1"]), number(line["rr3"])
        placed = line["longitude"] is not None
        return {
            "observation_id": f"{station}:{observed_at}" if station and observed_at else None,
            "station_id": station,
            "station_name": text(line["name"]),
            "observed_at": observed_at,
            "temperature_c": kelvin_to_celsius(line["t"]),
            "dew_point_c": kelvin_to_celsius(line["td"]),
            "humidity_ratio": percent_to_ratio(line["u"]),
            "wind_speed_ms": number(line["ff"]),
            "wind_gust_ms": number(line["raf10"]),
            "wind_direction_deg": number(line["dd"]),
            "sea_level_pressure_pa": number(line["pmer"]),
            "station_pressure_pa": number(line["pres"]),
            "visibility_m": number(line["vv"]),
            "precipitation_1h_mm": 0.0 if rain[0] == TRACE_MM else rain[0],
            "precipitation_3h_mm": 0.0 if rain[1] == TRACE_MM else rain[1],
            "has_trace_precipitation": None if rain == (None, None) else TRACE_MM in rain,
            "present_weather_code": text(line["ww"]),
            "cloud_cover_ratio": percent_to_ratio(line["n"]),
            "longitude": number(line["longitude"]),
            "latitude": number(line["latitude"]),
            "location_precision_m": 100 if placed else None,
            "elevation_m": number(line["elevation"]),
        }


def _station(number_text: object) -> object:
    """The WMO number, whose five digits lose the leading zero in spreadsheets."""
    written = text(number_text)
    return written.zfill(5) if written and written.isdecimal() else written


def _short(line: Mapping[str, str]) -> dict[str, object]:
    """The values under their short names, whatever the dialect; ``mq`` and what the dialect lacks are missing."""
    native = "numer_sta" in line
    names = {name: SHORT_NAMES.get(name, name) if native else title for name, title in EXPORT_TITLES.items()}
    return {name: absent(line.get(written), "mq", "") for name, written in names.items()}
