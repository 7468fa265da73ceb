"""What cameras raise: of what happens before them, and of signs, bags and shadows taken for it.

The share of false alerts of each event is that of the profile, after the official evaluation of 2025: good for
intrusions, wrong directions and densities, poor for objects, and worse for fires and people on the ground.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely

from simulator.chance import Columns, Floats, stream
from simulator.city import CATEGORIES, M_PER_DEGREE, City
from simulator.day import Day

LATE_S = (2, 40)
CONFIDENT = {True: (8.0, 2.0), False: (5.0, 3.0)}
"""Shapes of the beta distribution of confidence: false alerts are hardly less sure of themselves."""


@lru_cache(maxsize=4)
def cameras(city: City) -> Floats:
    """Where the cameras hang (longitude, latitude), drawn once."""
    rng = stream(city.seed, "cameras")
    places = city.pick(rng, {"street": 0.4, "hot": 0.6}, 0, city.simulation["video"]["cameras"])
    return np.column_stack(city.near(rng, places, city.places.reach_m[places]))


@lru_cache(maxsize=4)
def _tree(city: City) -> shapely.STRtree:
    x, y = cameras(city).T
    return shapely.STRtree(shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE))


def alerts(city: City, day: Day, incidents: Columns) -> Columns:
    """Give the alerts of a day in their order.

    Columns: ``alert_id``, ``video_category``, ``camera`` (its number), ``at_s``, ``confidence``, ``incident_id`` (empty
    for a false one).
    """
    told = city.simulation["video"]
    at = cameras(city)
    x, y = incidents["longitude"], incidents["latitude"]
    camera = _tree(city).nearest(shapely.points(x * city.m_per_longitude, y * M_PER_DEGREE))
    away = np.hypot((at[camera, 0] - x) * city.m_per_longitude, (at[camera, 1] - y) * M_PER_DEGREE)
    in_view = away <= told["sees_m"]
    rows: list[tuple[int, str, int, float, str]] = []
    for name, event in told["events"].items():
        rng = stream(city.seed, f"video {name}", day.ordinal)
        share = np.array([event["from"].get(category, 0.0) for category in CATEGORIES])
        seen = np.flatnonzero(in_view & (rng.random(len(x)) < share[incidents["category"]]))
        late = rng.integers(*LATE_S, len(seen))
        sure = rng.beta(*CONFIDENT[True], len(seen))
        for row, seconds, confidence in zip(seen.tolist(), late.tolist(), sure.tolist(), strict=True):
            moment = int(incidents["occurred_s"][row]) + seconds
            rows.append((moment, name, int(camera[row]), confidence, str(incidents["incident_id"][row])))
        ratio = event["false_ratio"]
        for _ in range(int(rng.poisson(len(seen) * ratio / (1 - ratio)))):
            moment = int(rng.integers(day.starts_s, day.ends_s))
            rows.append((moment, name, int(rng.integers(0, len(at))), float(rng.beta(*CONFIDENT[False])), ""))
    rows.sort()
    moments, names, numbers, confidences, ids = zip(*rows, strict=True) if rows else ((), (), (), (), ())
    return {
        "alert_id": np.array([f"{day.date:%Y%m%d}-v{number:04d}" for number in range(len(rows))], "U40"),
        "video_category": np.array(names, "U20"), "camera": np.array(numbers, np.int64),
        "at_s": np.array(moments, np.int64), "confidence": np.round(np.array(confidences, np.float64), 2),
        "incident_id": np.array(ids, "U40"),
    }  # fmt: skip
