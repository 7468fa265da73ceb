"""What sound sensors raise: like a shot, like breaking glass; mostly of something else.

A fact of its own, as every sensor hears for itself: no report is made of it.
"""

from __future__ import annotations

from functools import lru_cache

from simulator.chance import Columns, Floats
from simulator.city import City
from simulator.day import Day
from simulator.truth.alerts import Sensors, raised
from simulator.truth.devices import devices

PURPOSE, HOT_SHARE = "sound", 0.7


def sounds(city: City, day: Day, incidents: Columns) -> Columns:
    """Give the alerts of a day in their order; columns as those of `simulator.truth.alerts.raised`."""
    return raised(city, day, incidents, _sensors(city), "s")


def places(city: City) -> Floats:
    """Where the sensors stand: longitude and latitude, by row."""
    return devices(city, PURPOSE, city.simulation["sound"]["sensors"], HOT_SHARE)


@lru_cache(maxsize=4)
def _sensors(city: City) -> Sensors:
    told = city.simulation["sound"]
    return Sensors.of(city, PURPOSE, places(city), told["hears_m"], told["events"])
