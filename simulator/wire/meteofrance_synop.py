"""Weather of a station every three hours as Météo-France's SYNOP export lists it: titles in French, kelvin, pascal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.weather import Air, air
from simulator.wire import Message
from simulator.wire._told import with_offset

SUFFIX = ".csv"
STATION, NAME = "07999", "SIMULATED"
"""A number that no station has: an observation of a real one would pass for real."""
EVERY_S = 3 * 3600
LATE_S = 1800
KELVIN = 273.15
MS_PER_KNOT = 1852 / 3600
TRACE_MM, LEAST_MM = -0.1, 0.1
PRESENT = {"storm": "95", "rain": "61", "": "0"}
COVER = {"storm": "75.0", "rain": "75.0", "": ""}
TITLES = (
    "ID OMM station", "Date", "Pression au niveau mer", "Direction du vent moyen 10 mn", "Vitesse du vent moyen 10 mn",
    "Température", "Point de rosée", "Humidité", "Visibilité horizontale", "Temps présent", "Nebulosité totale",
    "Pression station", "Rafale sur les 10 dernières minutes", "Précipitations dans la dernière heure",
    "Précipitations dans les 3 dernières heures", "Coordonnees", "Nom", "Température (°C)", "Latitude", "Longitude",
    "Altitude",
)  # fmt: skip


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One line per observation, half an hour after it was made."""
    for hour in range(len(facts.day.hours)):
        at = facts.day.starts_s + hour * 3600
        if at % EVERY_S == 0:
            yield Message(at + LATE_S, _line(city, at, air(city, facts.day, hour)))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Titles and lines, with the byte-order mark of the export."""
    return "\ufeff".encode() + ";".join(TITLES).encode() + b"\n" + b"".join(messages)


def _line(city: City, at: int, found: Air) -> bytes:
    bounds = city.simulation.city.bounds
    latitude, longitude = round((bounds.south + bounds.north) / 2, 3), round((bounds.west + bounds.east) / 2, 3)
    pressure = str(found.pressure_hpa * 100)
    gust = "" if found.gust_kt is None else f"{found.gust_kt * MS_PER_KNOT:.1f}"
    rain = (_rain(millimetres) for millimetres in (found.rain_1h_mm, found.rain_3h_mm))
    told = (
        STATION, with_offset(city, at), pressure, str(found.wind_deg), f"{found.wind_kt * MS_PER_KNOT:.1f}",
        f"{found.temperature_c + KELVIN:.2f}", "", "", "20000.0", PRESENT[found.weather], COVER[found.weather],
        pressure, gust, *rain, f"{latitude}, {longitude}", NAME, f"{found.temperature_c:.1f}", str(latitude),
        str(longitude), "5",
    )  # fmt: skip
    return ";".join(told).encode() + b"\n"


def _rain(millimetres: float) -> str:
    """To a tenth; less than that is a trace."""
    return str(TRACE_MM) if 0 < millimetres < LEAST_MM else f"{millimetres:.1f}"
