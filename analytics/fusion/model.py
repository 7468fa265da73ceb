"""What pairs of reports of one event look like, and what by chance they look like: odds for each candidate pair.

After Fellegi and Sunter (A theory for record linkage, 1969): the odds of a pair are how often its distance, lag and
categories are seen in true pairs over how often by chance. Chance is the intensity of the other source at that place
and moment (``Intensity``), corrected by how reports of different events lie to each other. ``learn`` makes the tables
from the reports alone, without labels or weights set by hand.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import Background, Intensity
from analytics.fusion.matching import link_probabilities
from analytics.fusion.neighbours import Pairs, pairs_within
from analytics.fusion.reports import Reports
from analytics.fusion.threads import together

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

TABLES = ("distance", "lag", "affinity", "chance_distance", "chance_affinity", "usual", "paired_share")
DISTANCE_EDGES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.35, 2.75, 3.25, 4.0)
"""Distance over the joint precision of the two reports."""
_LATER = (30.0, 60.0, 120.0, 180.0, 300.0, 450.0, 600.0, 900.0, 1_200.0, 1_800.0, 2_700.0, 3_600.0, 5_400.0, 7_200.0,
          10_800.0)  # fmt: skip
LAG_EDGES_SECONDS = (*(-edge for edge in reversed(_LATER)), 0.0, *_LATER)
"""Time from the report of the smaller source to that of the other: one source is regularly later than another."""
LEAST_ODDS = 0.05
"""Pairs less likely than this are left out, if nothing else spoke against them: they would only tie parts together."""


@dataclass(frozen=True)
class FusionModel:
    """What was learned, readable as JSON. A source or category without reports has the mean of the others.

    Attributes:
        distance: share of true pairs per cell of distance, a row per pair of sources (``smaller * sources + larger``).
        lag: share of true pairs per cell of lag, rows as in ``distance``; it is taken as independent of the distance.
        affinity: how many times more often two categories are told of one event than of two, beside the average pair of
            categories; the same for all sources, rows are the source of the smaller code.
        chance_distance: how much nearer than evenly two events lie by chance, as they share their places: per cell of
            distance, 1 for evenly, rows as in ``distance``.
        chance_affinity: ``affinity`` of two events that are near each other by chance.
        usual: share of reports per source and category.
        paired_share: share of each source's reports that have a partner in another source, rows tell whose.
        background: what is to be expected by chance.
        reach: distances are looked at up to this many joint precisions.
        window_seconds: lags are looked at up to this.
        distance_edges: borders of the distance cells.
        lag_edges_seconds: borders of the lag cells, signed: how much later the source of the larger code tells.
        history: links expected after each round of learning.
    """

    distance: Doubles
    lag: Doubles
    affinity: Doubles
    chance_distance: Doubles
    chance_affinity: Doubles
    usual: Doubles
    paired_share: Doubles
    background: Background
    reach: float = DISTANCE_EDGES[-1]
    window_seconds: float = LAG_EDGES_SECONDS[-1]
    distance_edges: Sequence[float] = DISTANCE_EDGES
    lag_edges_seconds: Sequence[float] = LAG_EDGES_SECONDS
    history: Sequence[float] = ()

    def to_json(self) -> str:
        """Write the weights as JSON."""
        return json.dumps(asdict(self), default=np.ndarray.tolist)

    @classmethod
    def from_json(cls, text: str) -> FusionModel:
        """Read what ``to_json`` wrote."""
        return cls.of(json.loads(text))

    @classmethod
    def of(cls, told: dict[str, Any]) -> FusionModel:
        """Read what ``dataclasses.asdict`` wrote, its arrays as lists."""
        arrays = {name: np.array(told[name]) for name in TABLES}
        known = told["background"]
        background = Background(
            np.array(known["columns"], np.int64), np.array(known["rows"], np.int64),
            np.array(known["density"], np.float64), known["elsewhere"], np.array(known["rhythm"], np.float64),
            np.array(known["rate"], np.float64),
        )  # fmt: skip
        return cls(**{**told, **arrays, "background": background})


@dataclass(frozen=True)
class Scored:
    """Candidate pairs with the probability that each is one event."""

    pairs: Pairs
    probability: Doubles
    odds: Doubles


def candidates(reports: Reports, *, reach: float = DISTANCE_EDGES[-1], window: float = LAG_EDGES_SECONDS[-1]) -> Pairs:
    """Pairs of different sources near enough to be looked at."""
    return pairs_within(
        reports.x_m, reports.y_m, reports.t_seconds, reach * reports.precision_m, reports.source, window
    )


def judged(
    model: FusionModel, reports: Reports, is_own: NDArray[np.bool_] | None = None
) -> tuple[Pairs, Doubles]:
    """Candidate pairs with their odds, as if neither report had another candidate.

    Pairs with odds under ``LEAST_ODDS`` are left out: they would only tie together what does not belong together.

    Args:
        model: what was learned.
        reports: all that bears on the pairs; in the order of their identifiers where these are only a part.
        is_own: if told, only pairs whose first report is one of these.
    """
    pairs, intensity = together(
        lambda: candidates(reports, reach=model.reach, window=model.window_seconds),
        lambda: Intensity(model.background, reports),
    )
    pairs = pairs if is_own is None else pairs.taken(is_own[pairs.first])
    cells = cells_of(reports, pairs, model.distance_edges, model.lag_edges_seconds)
    odds = odds_of(model, reports, cells, expected_by_chance(reports, intensity, cells))
    kept = odds >= LEAST_ODDS
    return pairs.taken(kept), odds[kept]


def score(model: FusionModel, reports: Reports) -> Scored:
    """Probability of every pair that is ``judged`` under the rule of one partner per other source."""
    pairs, odds = judged(model, reports)
    probability = link_probabilities(pairs.first, pairs.second, reports.source, reports.sources, odds)
    return Scored(pairs, probability, odds)


class PairCells(NamedTuple):
    """For each pair: cells of distance and lag, joint precision, the reports by source, and the row of both sources."""

    distance: Longs
    lag: Longs
    scale_m: Doubles
    first: Longs
    second: Longs
    sources: Longs


def cells_of(
    reports: Reports, pairs: Pairs, distances: Sequence[float] = DISTANCE_EDGES,
    lags: Sequence[float] = LAG_EDGES_SECONDS,
) -> PairCells:  # fmt: skip
    """Look up the cells of each pair."""
    scale = np.hypot(reports.precision_m[pairs.first], reports.precision_m[pairs.second])
    distance = np.digitize(pairs.distance_m / scale, distances[1:-1]).astype(np.int64)
    is_ordered = reports.source[pairs.first] <= reports.source[pairs.second]
    low = np.where(is_ordered, pairs.first, pairs.second)
    high = np.where(is_ordered, pairs.second, pairs.first)
    lag = np.digitize(np.where(is_ordered, pairs.lag_seconds, -pairs.lag_seconds), lags[1:-1]).astype(np.int64)
    return PairCells(distance, lag, scale, low, high, reports.source[low] * reports.sources + reports.source[high])


def volumes(model: FusionModel) -> tuple[Doubles, Doubles]:
    """Area of each distance cell in squared joint precisions, and length of each lag cell in seconds."""
    return np.pi * np.diff(np.square(model.distance_edges)), np.diff(model.lag_edges_seconds)


def expected_by_chance(reports: Reports, intensity: Intensity, cells: PairCells) -> Doubles:
    """Reports of the other source to be expected around each pair by chance, per squared joint precision and second."""
    low, high = reports.source[cells.first], reports.source[cells.second]
    around = intensity.around(cells.first, high) * intensity.around(cells.second, low)
    return np.asarray(np.maximum(np.sqrt(around) * np.square(cells.scale_m), 1e-300))


def odds_of(model: FusionModel, reports: Reports, cells: PairCells, chance: Doubles) -> Doubles:
    """Odds that each pair is one event, as if neither report had another candidate.

    Args:
        model: what was learned.
        reports: that the pairs are of.
        cells: of the pairs.
        chance: ``expected_by_chance`` of the pairs.
    """
    areas, lengths = volumes(model)
    shares, usual = model.paired_share, model.usual
    share = np.sqrt(shares * shares.T) / ((1.0 - shares) * (1.0 - shares.T))
    level = share.ravel() * average_affinity(usual, model.chance_affinity) / average_affinity(usual, model.affinity)
    near = level[:, None] * model.distance / areas / model.chance_distance
    late = model.lag / lengths
    alike = model.affinity / model.chance_affinity
    categories = reports.category[cells.first] * reports.categories + reports.category[cells.second]
    odds = near.ravel()[cells.sources * near.shape[1] + cells.distance]
    odds *= late.ravel()[cells.sources * late.shape[1] + cells.lag]
    odds *= alike.ravel()[categories]
    odds /= chance
    return np.asarray(odds)


def average_affinity(usual: Doubles, affinity: Doubles) -> Doubles:
    """Mean affinity of the categories that each pair of sources tells independently."""
    return np.asarray((usual @ affinity @ usual.T).ravel())
