"""Where sensors stand, and when they give nothing."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simulator.chance import Floats, stream
from simulator.city import City


@lru_cache(maxsize=16)
def devices(city: City, purpose: str, count: int, hot_share: float) -> Floats:
    """Where the devices of a purpose stand (longitude, latitude), drawn once."""
    rng = stream(city.seed, f"devices {purpose}")
    places = city.pick(rng, {"street": 1 - hot_share, "hot": hot_share}, 0, count)
    return np.column_stack(city.near(rng, places, city.places.reach_m[places]))


def silences(rng: np.random.Generator, periods: int, count: int, ratio: float) -> npt.NDArray[np.bool_]:
    """Draw when devices (columns) give nothing: some of them, for a stretch of the periods (rows)."""
    begins = rng.integers(0, periods, count)
    length = rng.integers(1, max(periods // 3, 2), count)
    is_faulty = rng.random(count) < ratio
    row = np.arange(periods)[:, None]
    found: npt.NDArray[np.bool_] = is_faulty[None, :] & (row >= begins) & (row < begins + length)
    return found
