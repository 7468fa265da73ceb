"""Chance: one independent stream per purpose and day, so that nothing depends on what was drawn before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

from schemas.simulation import Spread

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Columns = dict[str, npt.NDArray[Any]]

_NINE_OF_TEN = 1.2815515655446004
"""The normal deviate that nine of ten stay below."""


def stream(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """Give the stream of one purpose, further told apart by numbers such as the day."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, crc32(purpose.encode()), *numbers])))


def skewed(rng: np.random.Generator, spread: Spread, size: int) -> Floats:
    """Draw from the log-normal distribution with the median and 90th percentile given."""
    if spread.p90 <= spread.median:
        return np.full(size, spread.median)
    return spread.median * np.exp(rng.standard_normal(size) * (math.log(spread.p90 / spread.median) / _NINE_OF_TEN))


def chosen(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Ints:
    """Draw positions with the probabilities that the weights stand for."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Ints = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right").astype(np.int64)
    return found


def disc(rng: np.random.Generator, radius_m: Floats | float, size: int) -> tuple[Floats, Floats]:
    """Draw steps east and north, in metres, evenly over a disc."""
    angle, distance = rng.random(size) * (2 * math.pi), np.sqrt(rng.random(size)) * radius_m
    return distance * np.cos(angle), distance * np.sin(angle)


def around(rng: np.random.Generator, median_m: Floats, size: int) -> tuple[Floats, Floats]:
    """Draw errors east and north, in metres, whose length has the median given (Rayleigh distribution)."""
    sigma = median_m / math.sqrt(2 * math.log(2))
    return rng.standard_normal(size) * sigma, rng.standard_normal(size) * sigma


def joined(parts: Sequence[Columns]) -> Columns:
    """Put rows below each other; every part has the same columns."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def taken(columns: Columns, rows: npt.NDArray[Any]) -> Columns:
    """Take rows by position or mask."""
    return {name: values[rows] for name, values in columns.items()}
