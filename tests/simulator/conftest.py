"""A town of a tenth of the city, so that whole days are read in seconds."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from schemas.simulation import Simulation, load_simulation
from simulator.city import City

CITY = "marseille"


def small(**changes: Any) -> Simulation:
    """The city's profile with a tenth of its volumes; `changes` are put over sources."""
    whole = load_simulation(CITY)
    settings = copy.deepcopy(dict(whole.settings))
    for category in settings["categories"].values():
        category["per_day"] /= 10
    settings["hospitals"]["arrivals_per_day"] /= 10
    settings["buses"] |= {"lines": 8, "every_minutes": 60}
    settings["units"]["fire"] |= {"count": 12, "stations": 4}
    settings["units"]["police"] |= {"count": 6, "position_seconds": 1200}
    settings["sources"]["emergency_buttons"]["posts"] |= {"count": 560}
    settings["feeds"]["avl_positions"] |= {"units": 2, "every_seconds": 600}
    settings["feeds"]["gpx_tracks"] |= {"every_seconds": 300}
    settings["feeds"]["gtfs_rt_vehicle_positions"] |= {"every_seconds": 600}
    for feed in settings["feeds"].values():
        feed["spoilt_ratio"] = 0.06
    for source in settings["sources"].values():
        source |= {"spoilt_ratio": 0.06, "outages_per_year": 0, **changes}
    settings["sensors"]["counting"] |= {"per_day": 40, "forbidden_per_day": 12}
    for register in settings["registers"].values():
        register |= {"spoilt_ratio": 0.06}
    return replace(whole, settings=settings)


@pytest.fixture(scope="session")
def town() -> City:
    """A tenth of the city, seed 1."""
    return City.of(small(), 1)


@pytest.fixture(scope="session")
def town_of() -> Callable[..., City]:
    """A tenth of the city with another seed, or with changes to every source."""

    def made(seed: int, **changes: Any) -> City:
        return City.of(small(**changes), seed)

    return made


@pytest.fixture(scope="session")
def city() -> City:
    """The whole city, seed 1."""
    return City.of(load_simulation(CITY), 1)
