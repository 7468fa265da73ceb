"""Rain within the hour of Météo-France: intensities at one place, by steps of five and then ten minutes.

JSON, one place per answer. Format facts:

* A GeoJSON feature with ``properties.forecast`` (``time``, ``rain_intensity``), or the older answer with ``position``
  and ``forecast`` (``dt``, ``rain``). Times are POSIX seconds, or ISO 8601 in newer answers; ``update_time`` orders
  forecasts.
* Intensities: 1 dry, 2 light, 3 moderate, 4 heavy. They are classes and not millimetres; 0 means no radar there.
* A step lasts until the next; how long the last one lasts is not said.
* It is a forecast, so it is no observation of the weather. The radar sees squares of one kilometre.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import JsonFormat, PartsFormat, identifier, number, stated_instant, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

INTENSITIES = {"1": "none", "2": "light", "3": "moderate", "4": "heavy"}


def steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each step of the forecast with its place."""
    if "properties" in document:
        longitude, latitude = _position(document["geometry"])
        known, updated = document["properties"], document["update_time"]
    else:
        known, updated = document["position"], document["updated_on"]
        longitude, latitude = known["lon"], known["lat"]
    place = {"longitude": longitude, "latitude": latitude, "name": known.get("name"), "update_time": updated}
    forecast = [
        {"time": step.get("time", step.get("dt")), "rain_intensity": step.get("rain_intensity", step.get("rain"))}
        for step in ((known["forecast"] if "properties" in document else document["forecast"]) or ())
    ]
    for step, following in zip(forecast, [*forecast, {}][1:], strict=True):
        yield {**place, **step, "until": following.get("time")}


def _position(geometry: Any) -> list[Any]:
    coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        raise ValueError("its geometry has no longitude and latitude")
    return coordinates[:2]


class MeteofranceRain(PollingConnector):
    """One step at one place; key ``meteofrance_rain:<longitude>,<latitude>-<time>``, the latest forecast is kept."""

    contract = "silver.rain_forecast"
    family = "weather"
    label = Label(fr="Pluie dans l'heure (Météo-France)", en="Rain within the hour (Météo-France)")
    attribution = Attribution(publisher="Météo-France", licence="Licence Ouverte 2.0", url="https://meteofrance.com")
    every = timedelta(minutes=5)
    format = PartsFormat(JsonFormat(), steps)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say how hard it is to rain, and where."""
        step = element.value
        at, intensity = stated_instant(step["time"]), text(step["rain_intensity"])
        place = f"{step['longitude']},{step['latitude']}"
        return {
            "rain_forecast_id": identifier("meteofrance_rain", place, at),
            "place_label": text(step["name"]),
            "forecast_at": at,
            "forecast_until_at": stated_instant(step["until"]),
            "rain_intensity_code": INTENSITIES.get(intensity or "", "unknown"),
            "source_intensity": intensity,
            "issued_at": stated_instant(step["update_time"]),
            "longitude": number(step["longitude"]),
            "latitude": number(step["latitude"]),
            "location_precision_m": 1_000,
        }
