"""One local day: its clock, its weather, and what holds in each of its hours."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from schemas.simulation import Simulation
from schemas.simulation_shape import EFFECTS
from simulator.chance import Floats, Ints, stream
from simulator.city import City, rows

HOT_C = 30.0
WET_MM = 1.0
KELVIN = 273.15
STORM_MM = 14.0
"""Rain of an hour of a storm."""
RECORDED_HOURS = 3
"""Hours that the rain of one recorded observation fell in."""


@dataclass(frozen=True)
class Special:
    """A heat wave, storm or crisis: its days, both included."""

    name: str
    first: date
    last: date
    number: int


@dataclass(frozen=True, eq=False)
class Day:
    """A local day of 23, 24 or 25 hours.

    Attributes:
        starts_s: UTC seconds of local midnight.
        hours: the local hour each elapsed hour shows on the clock.
        holds: effect -> in which elapsed hours it holds.
        temperature_c: by elapsed hour.
        rain_mm: that falls in each elapsed hour.
        specials: those that hold on this day.
    """

    date: date
    starts_s: int
    hours: Ints
    holds: Mapping[str, npt.NDArray[np.bool_]]
    temperature_c: Floats
    rain_mm: Floats
    specials: tuple[Special, ...]

    @property
    def ordinal(self) -> int:
        """Number of the day, for its streams of chance."""
        return self.date.toordinal()

    @property
    def ends_s(self) -> int:
        """UTC seconds of the next local midnight."""
        return self.starts_s + 3600 * len(self.hours)

    def at(self, hour: float) -> int:
        """UTC seconds of an hour of the local clock; one that does not exist is the next that does."""
        elapsed = int(np.searchsorted(self.hours, math.floor(hour)))
        return self.starts_s + 3600 * elapsed + round((hour % 1) * 3600)


@lru_cache(maxsize=128)
def day_of(city: City, on: date) -> Day:
    """Describe one day of a city."""
    profile = city.simulation.city
    starts, ends = _midnight(on, profile.zone_info), _midnight(on + timedelta(days=1), profile.zone_info)
    elapsed = range((ends - starts) // 3600)
    labels = [datetime.fromtimestamp(starts + 3600 * hour, profile.zone_info).hour for hour in elapsed]
    hours = np.array(labels, np.int64)
    weather = _weather(city.simulation)
    temperature, rain = weather.get((on.month, on.day), weather[min(weather)])
    temperature, rain = temperature[hours], rain[hours]
    holds = {name: np.zeros(len(hours), np.bool_) for name in EFFECTS}
    near = (*specials(city, on.year - 1), *specials(city, on.year))
    holding = tuple(one for one in near if one.first <= on <= one.last)
    for one in holding:
        told = city.simulation["specials"][one.name]
        inside = (hours >= told["hours"][0]) & (hours < told["hours"][1])
        holds[one.name] = inside
        temperature = temperature + inside * told.get("warmer_c", 0)
    holds["rain"] = rain >= WET_MM
    holds["hot"] = np.full(len(hours), temperature.max() >= HOT_C)
    holds["school_holiday"] |= is_school_holiday(city.simulation, on)
    holds["public_holiday"] |= f"{on:%m-%d}" in city.simulation["public_holidays"]
    falls = np.where(holds["storm"], STORM_MM, rain / RECORDED_HOURS)
    return Day(on, starts, hours, holds, temperature, falls, holding)


@lru_cache(maxsize=64)
def specials(city: City, year: int) -> tuple[Special, ...]:
    """Draw the heat waves, storms and crises of a year, in the order of their first days."""
    found = []
    for name, told in city.simulation["specials"].items():
        rng = stream(city.seed, f"special {name}", year)
        count = int(told["per_year"]) + (rng.random() < told["per_year"] % 1)
        for number in range(count):
            month = int(rng.choice(told["months"]))
            first = date(year, month, int(rng.integers(1, 29)))
            length = int(rng.integers(told["days"][0], told["days"][1] + 1))
            found.append(Special(name, first, first + timedelta(days=length - 1), number))
    return tuple(sorted(found, key=lambda one: (one.first, one.name)))


def is_school_holiday(simulation: Simulation, on: date) -> bool:
    """Tell whether schools rest; a year the list does not reach takes the days of the last year it does."""
    periods = _school_holidays(simulation.file(simulation["school_holidays"]))
    reaches = max(last for _, last in periods)
    known = on if on <= reaches else on.replace(year=reaches.year - 1, day=min(on.day, 28))
    return any(first <= known <= last for first, last in periods)


@cache
def _school_holidays(path: Path) -> tuple[tuple[date, date], ...]:
    return tuple((date.fromisoformat(row["starts"]), date.fromisoformat(row["ends"])) for row in rows(path, ","))


@cache
def _weather_of(path: Path, delimiter: str, columns: tuple[str, str, str], zone: str) -> dict[tuple[int, int], Floats]:
    series: dict[tuple[int, int], Floats] = {}
    for row in rows(path, delimiter):
        written = [row.get(name, "") for name in columns]
        if not all(written[:2]):
            continue
        moment = datetime.fromisoformat(written[0]).astimezone(ZoneInfo(zone))
        known = series.setdefault((moment.month, moment.day), np.full((2, 24), np.nan))
        known[0, moment.hour] = float(written[1]) - KELVIN
        known[1, moment.hour] = max(float(written[2] or 0), 0)
    return {day: np.array([_filled(known[0]), _filled(known[1])]) for day, known in series.items()}


def _weather(simulation: Simulation) -> dict[tuple[int, int], Floats]:
    told = simulation["weather"]
    columns = (told["time"], told["temperature"], told["rain"])
    return _weather_of(simulation.file(told["file"]), told["delimiter"], columns, simulation.city.time_zone)


def _filled(values: Floats) -> Floats:
    """Fill hours between two observations with the nearer one's value."""
    known = np.flatnonzero(~np.isnan(values))
    hours = np.arange(24)
    nearest: Floats = values[known[np.abs(hours[:, None] - known[None, :]).argmin(axis=1)]]
    return nearest


def _midnight(on: date, zone: ZoneInfo) -> int:
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).astimezone(UTC).timestamp())
