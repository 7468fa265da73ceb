"""The air at each hour, as every station of the city finds it."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from simulator.city import City
from simulator.day import Day, day_of


class Air(NamedTuple):
    """Weather of one hour; rain is what fell in the hours before.

    Attributes:
        gust_kt: strongest wind; `None` where it blows evenly.
        weather: `storm`, `rain` or nothing.
    """

    temperature_c: float
    wind_deg: int
    wind_kt: int
    gust_kt: int | None
    pressure_hpa: int
    weather: str
    rain_1h_mm: float
    rain_3h_mm: float


def air(city: City, day: Day, hour: int) -> Air:
    """Give the weather at an elapsed hour of a day."""
    storm, rain = bool(day.holds["storm"][hour]), bool(day.holds["rain"][hour])
    before = day_of(city, day.date - timedelta(days=1))
    fallen = [*before.rain_mm.tolist(), *day.rain_mm[:hour].tolist()]
    return Air(
        temperature_c=float(day.temperature_c[hour]), wind_deg=320 if storm else 310, wind_kt=35 if storm else 10,
        gust_kt=58 if storm else None, pressure_hpa=1015, weather="storm" if storm else "rain" if rain else "",
        rain_1h_mm=fallen[-1], rain_3h_mm=sum(fallen[-3:]),
    )  # fmt: skip
