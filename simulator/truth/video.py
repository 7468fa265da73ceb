"""What cameras raise: of what happens before them, and of signs, bags and shadows taken for it.

The share of false alerts of each event is that of the profile, after the official evaluation of 2025: good for
intrusions, wrong directions and densities, poor for objects, and worse for fires and people on the ground.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simulator.chance import Columns, Floats, stream
from simulator.city import City
from simulator.day import Day
from simulator.truth.alerts import Sensors, raised


@lru_cache(maxsize=4)
def cameras(city: City) -> Floats:
    """Where the cameras hang (longitude, latitude), drawn once."""
    rng = stream(city.seed, "cameras")
    places = city.pick(rng, {"street": 0.4, "hot": 0.6}, 0, city.simulation["video"]["cameras"])
    return np.column_stack(city.near(rng, places, city.places.reach_m[places]))


def alerts(city: City, day: Day, incidents: Columns) -> Columns:
    """Give the alerts of a day in their order.

    Columns: ``alert_id``, ``video_category``, ``camera`` (its number), ``at_s``, ``confidence``, ``incident_id`` (empty
    for a false one).
    """
    found = raised(city, day, incidents, _sensors(city), "v")
    named = {"event": "video_category", "sensor": "camera"}
    return {named.get(name, name): values for name, values in found.items()}


@lru_cache(maxsize=4)
def _sensors(city: City) -> Sensors:
    told = city.simulation["video"]
    return Sensors.of(city, "video", cameras(city), told["sees_m"], told["events"])
