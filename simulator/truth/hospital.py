"""Arrivals at emergency departments: those that incidents of the day bring, and all the others."""

from __future__ import annotations

import numpy as np

from schemas.simulation import spread
from simulator.chance import Columns, chosen, skewed, stream
from simulator.city import CATEGORIES, City
from simulator.day import Day

ON_THE_WAY_S = {"median": 2700.0, "p90": 7200.0}
STAY_S = {"median": 13000.0, "p90": 32000.0}
MODES = ("own", "ambulance", "fire_rescue", "smur", "police")
MODES_OF_OTHERS = (0.66, 0.18, 0.13, 0.02, 0.01)
MODES_OF_INCIDENTS = (0.3, 0.3, 0.33, 0.06, 0.01)
TRIAGES_OF_OTHERS = (0.005, 0.06, 0.38, 0.43, 0.125)
TRIAGES_OF_INCIDENTS = (0.03, 0.17, 0.4, 0.32, 0.08)


def arrivals(city: City, day: Day, incidents: Columns) -> Columns:
    """Give the arrivals of the day and those that its incidents bring later, in their order.

    Columns: ``arrival_id``, ``site`` (its number), ``arrived_s``, ``left_s``, ``mode`` (position in `MODES`),
    ``triage`` (1 immediate to 5), ``incident_id`` (empty for the others).
    """
    told = city.simulation["hospitals"]
    rng = stream(city.seed, "hospital arrivals", day.ordinal)
    ratio = np.array([told["from_incidents"].get(name, 0.0) for name in CATEGORIES])
    brought = np.flatnonzero(rng.random(len(incidents["category"])) < ratio[incidents["category"]])
    usual = {name: category["per_day"] for name, category in city.simulation["categories"].items()}
    expected = sum(usual.get(name, 0) * share for name, share in told["from_incidents"].items())
    weights = np.array(told["hours"])[day.hours]
    others = int(rng.poisson(max(told["arrivals_per_day"] - expected, 0)))
    hour = chosen(rng, weights, others)
    at = np.concatenate([
        incidents["occurred_s"][brought] + skewed(rng, spread(ON_THE_WAY_S), len(brought)).astype(np.int64),
        day.starts_s + hour * 3600 + rng.integers(0, 3600, others),
    ])  # fmt: skip
    is_brought = np.arange(len(at)) < len(brought)
    mode = np.where(is_brought, chosen(rng, MODES_OF_INCIDENTS, len(at)), chosen(rng, MODES_OF_OTHERS, len(at)))
    triage = np.where(is_brought, chosen(rng, TRIAGES_OF_INCIDENTS, len(at)), chosen(rng, TRIAGES_OF_OTHERS, len(at)))
    order = np.argsort(at, kind="stable")
    found = {
        "site": chosen(rng, [site["weight"] for site in told["sites"]], len(at)),
        "arrived_s": at, "left_s": at + skewed(rng, spread(STAY_S), len(at)).astype(np.int64),
        "mode": mode, "triage": triage + 1,
        "incident_id": np.concatenate([incidents["incident_id"][brought], np.full(others, "", "U40")]),
    }  # fmt: skip
    ordered = {name: values[order] for name, values in found.items()}
    names = [f"{day.date:%Y%m%d}{number:05d}" for number in range(len(at))]
    return {"arrival_id": np.array(names, "U20"), **ordered}
