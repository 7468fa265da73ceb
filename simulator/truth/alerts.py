"""What sensors raise: of what happens near them, and of what they take for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from simulator.chance import Columns, Floats, stream
from simulator.city import CATEGORIES, M_PER_DEGREE, City
from simulator.day import Day

LATE_S = (2, 40)
CONFIDENT = {True: (8.0, 2.0), False: (5.0, 3.0)}
"""Shapes of the beta distribution of confidence: false alerts are hardly less sure of themselves."""


@dataclass(frozen=True, eq=False)
class Sensors:
    """Sensors of one purpose.

    Attributes:
        purpose: names their streams of chance.
        places: longitude and latitude by row.
        reach_m: how far one senses.
        events: what one raises: from which incidents, and how often of nothing.
        tree: finds the nearest, on the plane of the city's middle.
    """

    purpose: str
    places: Floats
    reach_m: float
    events: Mapping[str, Any]
    tree: shapely.STRtree

    @classmethod
    def of(cls, city: City, purpose: str, places: Floats, reach_m: float, events: Mapping[str, Any]) -> Sensors:
        """Put them up."""
        x, y = places.T
        tree = shapely.STRtree(shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE))
        return cls(purpose, places, reach_m, events, tree)


def raised(city: City, day: Day, incidents: Columns, sensors: Sensors, letter: str) -> Columns:
    """Give the alerts of a day in their order.

    Columns: ``alert_id``, ``event``, ``sensor`` (its number), ``at_s``, ``confidence``, ``incident_id`` (empty for a
    false one).
    """
    at, x, y = sensors.places, incidents["longitude"], incidents["latitude"]
    sensor = sensors.tree.nearest(shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE))
    away = np.hypot((at[sensor, 0] - x) * city.m_per_longitude, (at[sensor, 1] - y) * M_PER_DEGREE)
    within = away <= sensors.reach_m
    rows: list[tuple[int, str, int, float, str]] = []
    for name, event in sensors.events.items():
        rng = stream(city.seed, f"{sensors.purpose} {name}", day.ordinal)
        share = np.array([event["from"].get(category, 0.0) for category in CATEGORIES])
        seen = np.flatnonzero(within & (rng.random(len(x)) < share[incidents["category"]]))
        late = rng.integers(*LATE_S, len(seen))
        sure = rng.beta(*CONFIDENT[True], len(seen))
        for row, seconds, confidence in zip(seen.tolist(), late.tolist(), sure.tolist(), strict=True):
            moment = int(incidents["occurred_s"][row]) + seconds
            rows.append((moment, name, int(sensor[row]), confidence, str(incidents["incident_id"][row])))
        ratio = event["false_ratio"]
        for _ in range(int(rng.poisson(len(seen) * ratio / (1 - ratio)))):
            moment = int(rng.integers(day.starts_s, day.ends_s))
            rows.append((moment, name, int(rng.integers(0, len(at))), float(rng.beta(*CONFIDENT[False])), ""))
    rows.sort()
    moments, names, numbers, confidences, ids = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return {
        "alert_id": np.array([f"{day.date:%Y%m%d}-{letter}{number:04d}" for number in range(len(rows))], "U40"),
        "event": np.array(names, "U20"), "sensor": np.array(numbers, np.int64),
        "at_s": np.array(moments, np.int64), "confidence": np.round(np.array(confidences, np.float64), 2),
        "incident_id": np.array(ids, "U40"),
    }  # fmt: skip
