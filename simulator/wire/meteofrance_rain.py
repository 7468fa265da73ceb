"""Rain within the hour as Météo-France's interface answers: classes of intensity by steps of five and ten minutes.

The radar sees the rain that falls now; the farther ahead a step is, the oftener it is told as one class too much or
too little.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import numpy as np
import orjson

from simulator.chance import Floats, stream
from simulator.city import City
from simulator.day import day_of
from simulator.facts import DayFacts
from simulator.wire import Message

SUFFIX = ".json"
SOURCE = "meteofrance_rain"
MOST_MESSAGES = 1
EVERY_S = 900
AHEAD_MINUTES = (0, 5, 10, 15, 20, 25, 30, 40, 50)
LIMITS_MM = (0.1, 2.5, 7.5)
"""Rain of an hour from which it is light, moderate and heavy."""
WORDS = ("Temps sec", "Pluie faible", "Pluie modérée", "Pluie forte")
WRONG_AT_AN_HOUR = 0.2


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One answer every quarter of an hour."""
    day = facts.day
    rng = stream(city.seed, "rain forecast", day.ordinal)
    falls = np.concatenate([day.rain_mm, day_of(city, day.date + timedelta(days=1)).rain_mm[:1]])
    longitude, latitude = place(city)
    for at in range(day.starts_s, day.ends_s, EVERY_S):
        draws = rng.random(len(AHEAD_MINUTES))
        steps = [at + 60 * minutes for minutes in AHEAD_MINUTES]
        classes = [intensity(falls, step - day.starts_s) for step in steps]
        for index, minutes in enumerate(AHEAD_MINUTES):
            if draws[index] < WRONG_AT_AN_HOUR * minutes / 60:
                classes[index] = min(classes[index] + 1, 4) if classes[index] < 3 else classes[index] - 1
        forecast = [
            {"time": step, "rain_intensity": one, "rain_intensity_description": WORDS[one - 1]}
            for step, one in zip(steps, classes, strict=True)
        ]
        yield Message(at, orjson.dumps({
            "update_time": at, "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
            "properties": {"name": str(city.simulation.city.label.fr), "country": "SIMULATED", "forecast": forecast},
        }))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The one answer of a file."""
    return messages[0]


def intensity(rain_mm: Floats, elapsed_s: int) -> int:
    """The class of the rain that falls some seconds after local midnight: 1 dry to 4 heavy."""
    return 1 + int(np.searchsorted(LIMITS_MM, rain_mm[elapsed_s // 3600], side="right"))


def place(city: City) -> tuple[float, float]:
    """Longitude and latitude that the profile asks about; the middle of the city where it names none."""
    asked = parse_qs(urlsplit(str(city.simulation.city.source(SOURCE).settings.get("url", ""))).query)
    bounds = city.simulation.city.bounds
    middle = (bounds.west + bounds.east) / 2, (bounds.south + bounds.north) / 2
    return (float(asked["lon"][0]), float(asked["lat"][0])) if {"lon", "lat"} <= asked.keys() else middle
