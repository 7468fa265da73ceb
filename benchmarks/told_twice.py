"""Reports whose events are known: a year of a square city with hot places, of which two in five events are told twice.

Simpler than the simulated city and made for comparing ways to link: 15.5 km square, 111 hot places, 12 categories, two
sources. The second report lies beside the first (normal, by the set's distance), comes later (exponential, by its
delay) and names another category in a share of cases. Regimes: *quiet*; *match*, one event in twenty in four evening
hours a week at one place; *storm*, 12 % of the events in ten afternoons, anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.fusion import Reports

SIDE_M, PLACES, CATEGORIES, DAY = 15_500.0, 111, 12, 86_400.0
MIX = np.array([0.2, 0.15, 0.12, 0.1, 0.1, 0.08, 0.07, 0.06, 0.05, 0.03, 0.02, 0.02])
HOURS = np.array(
    [
        *(0.5, 0.4, 0.35, 0.3, 0.3, 0.35, 0.5, 0.7, 0.9, 1, 1, 1),
        *(1.05, 1.05, 1.05, 1.1, 1.2, 1.35, 1.5, 1.6, 1.6, 1.5, 1.2, 0.8),
    ]
)
REGIMES = ("quiet", "match", "storm")
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Difficulty:
    """How far the second report lies from the first, how late it comes, and how often it names another category."""

    distance_m: float
    delay_seconds: float
    wrong_share: float


DIFFICULTIES = {"easy": Difficulty(120.0, 240.0, 0.15), "hard": Difficulty(250.0, 900.0, 0.3)}


@dataclass(frozen=True)
class ToldTwice:
    """Reports and the event of each."""

    reports: Reports
    event: NDArray[np.int64]

    @property
    def true_pairs(self) -> int:
        """Events told twice."""
        return len(self.event) - len(np.unique(self.event))


def told_twice(seed: int, difficulty: str, regime: str, events: int = 300_000) -> ToldTwice:
    """Make a year of reports; the same seed gives the same reports."""
    random = np.random.default_rng([seed, list(DIFFICULTIES).index(difficulty), REGIMES.index(regime)])
    hard = DIFFICULTIES[difficulty]
    places = random.uniform(0, SIDE_M, (PLACES, 2))
    xy, t = _everyday(random, places, events)
    category = random.choice(CATEGORIES, events, p=MIX)
    if regime == "match":
        some = random.choice(events, int(0.05 * events), replace=False)
        week = random.integers(0, 52, len(some))
        t[some] = week * 7 * DAY + 5 * DAY + 19 * 3_600 + random.uniform(0, 4 * 3_600, len(some))
        xy[some] = places[7] + random.normal(0, 300, (len(some), 2))
    elif regime == "storm":
        some = random.choice(events, int(0.12 * events), replace=False)
        days = random.choice(365, 10, replace=False)
        t[some] = days[random.integers(0, 10, len(some))] * DAY + 13 * 3_600 + random.uniform(0, 5 * 3_600, len(some))
        xy[some] = random.uniform(0, SIDE_M, (len(some), 2))
    again = random.choice(events, int(0.4 * events), replace=False)
    beside = xy[again] + random.normal(0, hard.distance_m / np.sqrt(2), (len(again), 2))
    later = t[again] + random.exponential(hard.delay_seconds, len(again))
    is_wrong = random.random(len(again)) < hard.wrong_share
    second = np.where(is_wrong, random.integers(0, CATEGORIES, len(again)), category[again])
    source = random.integers(0, 2, events)
    order = random.permutation(events + len(again))
    place = np.concatenate((xy, beside))[order]
    reports = Reports(
        x_m=np.ascontiguousarray(place[:, 0]),
        y_m=np.ascontiguousarray(place[:, 1]),
        t_seconds=np.concatenate((t, later))[order],
        precision_m=np.full(len(order), hard.distance_m / np.sqrt(2)),
        source=np.concatenate((source, 1 - source[again]))[order].astype(np.int64),
        category=np.concatenate((category, second))[order].astype(np.int64),
        sources=2,
        categories=CATEGORIES,
    )
    return ToldTwice(reports, np.concatenate((np.arange(events), again))[order])


def _everyday(random: np.random.Generator, places: Doubles, events: int) -> tuple[Doubles, Doubles]:
    weights = random.dirichlet(np.full(PLACES, 0.7))
    near = places[random.choice(PLACES, events, p=weights)] + random.normal(0, 300, (events, 2))
    anywhere = random.uniform(0, SIDE_M, (events, 2))
    xy = np.where(random.random((events, 1)) < 0.6, near, anywhere)
    hour = random.choice(24, events, p=HOURS / HOURS.sum())
    return xy, random.integers(0, 365, events) * DAY + hour * 3_600 + random.uniform(0, 3_600, events)
