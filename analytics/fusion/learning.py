"""A model learned from reports alone.

The chance side comes from the same reports moved apart by weeks, and its level from pairs too far apart to be one
event. The true side begins as the surplus of near pairs over it and is brought to rest by expectation-maximisation, in
which the expectation keeps the rule of one partner per other source (``link_probabilities``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import DAY_SECONDS, Background, Intensity
from analytics.fusion.matching import Matching
from analytics.fusion.model import (
    DISTANCE_EDGES,
    LAG_EDGES_SECONDS,
    FusionModel,
    PairCells,
    average_affinity,
    candidates,
    cells_of,
    expected_by_chance,
    odds_of,
    volumes,
)
from analytics.fusion.reports import Reports
from analytics.fusion.strangers import moved_apart
from analytics.fusion.threads import together

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

FAR = 2.35
"""Pairs farther apart than so many joint precisions are taken as chance."""
FAR_PAIRS = 50.0
"""Weight of the background against the far pairs that are counted, in pairs."""
ENOUGH_REPORTS = 150_000
ENOUGH_SECONDS = 56 * DAY_SECONDS
"""Of more reports, those of a stretch in the middle are learned from: so many, and of eight weeks at least."""
CHANCE_ROUNDS = 3
EM_ROUNDS = 40
CONVERGED = 1e-3
"""Learning ends when the links expected change by less than this share."""
LEAST_ODDS_LEARNED = 1e-3
"""Pairs less likely than this have no rivals while a model is learned: all together they make a link in a thousand."""
TOLERANCE_LEARNED = 1e-4
SHARED_PAIRS = (300.0, 100.0)
"""What all sources have in common weighs as much as so many pairs of two sources' own, for distances and for lags."""
PSEUDO_PAIRS = 2.0
"""Pairs added to every cell of a learned table, spread as chance has them, so that nothing is impossible."""


def learn(reports: Reports) -> FusionModel:
    """Learn a model from reports alone: the background from all of them, what a true pair looks like from enough.

    The result depends on the reports and not on their order. Linear in reports and pairs.

    Args:
        reports: of a long time, a year at best; a week gives something.
    """
    background = Background.learned(reports)
    reports = reports.stretch(ENOUGH_REPORTS, ENOUGH_SECONDS)
    (pairs, intensity), strangers = together(
        lambda: (candidates(reports), Intensity(background, reports)), lambda: moved_apart(reports)
    )
    cells = cells_of(reports, pairs)
    usual = np.zeros((reports.sources, reports.categories))
    np.add.at(usual, (reports.source, reports.category), 1.0)
    sizes = usual.sum(axis=1)
    usual = (usual + 1.0) / (usual + 1.0).sum(axis=1, keepdims=True)
    model = _first_guess(reports, cells, strangers, usual, sizes, background, intensity)
    chance = expected_by_chance(reports, intensity, cells)
    matching = Matching(pairs.first, pairs.second, reports.source, reports.sources)
    for _ in range(EM_ROUNDS):
        odds = odds_of(model, reports, cells, chance)
        probability = matching.probabilities(odds, least=LEAST_ODDS_LEARNED, tolerance=TOLERANCE_LEARNED)
        model = _fitted(model, reports, cells, probability, sizes)
        if len(model.history) > 1 and abs(model.history[-1] / max(model.history[-2], 1e-9) - 1.0) < CONVERGED:
            break
    return _without_gaps(model, sizes)


def _fitted(
    model: FusionModel, reports: Reports, cells: PairCells, probability: Doubles, sizes: Doubles
) -> FusionModel:
    """The model that the present probabilities speak for."""
    distance, lag = _by_sources(model, cells, probability)
    affinity = _affinity(model.usual, model.affinity, reports, cells, probability)
    links = np.bincount(cells.sources, probability, reports.sources**2)
    links = links.reshape(reports.sources, reports.sources)
    links = links + links.T
    paired = np.clip((links + 1e-3) / np.maximum(sizes[:, None], 1.0), 1e-5, 0.95)
    history = (*model.history, float(probability.sum()))
    return replace(
        model, distance=distance, lag=lag, affinity=affinity, paired_share=paired, history=history
    )


def _affinity(usual: Doubles, affinity: Doubles, reports: Reports, cells: PairCells, weights: Doubles) -> Doubles:
    """Affinity that makes each pair of categories as frequent among some pairs as it is, given who tells what.

    One step of iterative proportional fitting of ``usual * usual * affinity``; the rounds of learning repeat it.
    """
    width = reports.categories
    one, other = reports.category[cells.first], reports.category[cells.second]
    seen = _table(one, other, weights, (width, width))
    links = np.bincount(cells.sources, weights, reports.sources**2) / average_affinity(usual, affinity)
    evenly = usual.T @ links.reshape(reports.sources, reports.sources) @ usual
    marginal = usual.mean(axis=0)
    prior = PSEUDO_PAIRS * width * marginal[:, None] * marginal[None, :]
    return np.asarray((seen + prior) / (evenly + prior))


def _by_sources(model: FusionModel, cells: PairCells, weights: Doubles) -> tuple[Doubles, Doubles]:
    """Distances and lags of each pair of sources, drawn towards those of all pairs together."""
    found = []
    tables = ((cells.distance, model.distance.shape), (cells.lag, model.lag.shape))
    for (cell, shape), volume, weight in zip(tables, volumes(model), SHARED_PAIRS, strict=True):
        own = _table(cells.sources, cell, weights, shape)
        shared = own.sum(axis=0) + PSEUDO_PAIRS * volume / volume.sum()
        drawn = own + weight * shared / shared.sum()
        found.append(drawn / drawn.sum(axis=1, keepdims=True))
    return found[0], found[1]


def _without_gaps(model: FusionModel, sizes: Doubles) -> FusionModel:
    """What is not known of a source that had no reports is the mean of those that had some."""
    is_known = sizes > 0
    if is_known.all() or not is_known.any():
        return model
    paired, usual, rate = model.paired_share.copy(), model.usual.copy(), model.background.rate.copy()
    between = paired[np.ix_(is_known, is_known)]
    others = max(int(is_known.sum()) - 1, 1)
    mean = np.clip((between.sum() - between.trace()) / (len(between) * others), 1e-5, 0.95)
    paired[~is_known, :] = mean
    paired[:, ~is_known] = mean
    usual[~is_known] = usual[is_known].mean(axis=0)
    rate[~is_known] = rate[is_known].mean()
    return replace(model, paired_share=paired, usual=usual, background=replace(model.background, rate=rate))


def _first_guess(
    reports: Reports, cells: PairCells, strangers: tuple[PairCells, Doubles], usual: Doubles, sizes: Doubles,
    background: Background, intensity: Intensity,
) -> FusionModel:  # fmt: skip
    """The chance side from reports moved apart in time, and the true side from the surplus of near pairs over it."""
    chance, weights = strangers
    ones = np.ones(len(cells.first))
    even = np.ones((reports.categories, reports.categories))
    by_chance = even
    for _ in range(CHANCE_ROUNDS):
        by_chance = _affinity(usual, by_chance, reports, chance, weights)
    shape = (reports.sources**2, len(DISTANCE_EDGES) - 1)
    real = _table(cells.sources, cells.distance, ones, shape)
    moved = _table(chance.sources, chance.distance, weights, shape)
    expected = _expected_evenly(reports, intensity)
    chance_distance = _chance_distance(real, moved, expected)
    alien = chance_distance * expected
    lag = np.bincount(chance.lag, weights, len(LAG_EDGES_SECONDS) - 1)
    lag = np.bincount(cells.lag, ones, len(lag)) - lag / max(lag.sum(), 1.0) * alien.sum()
    rows = (reports.sources**2, 1)
    surplus = np.maximum((real - alien).sum(axis=1), 0.0)
    links = surplus.reshape(reports.sources, reports.sources)
    paired = np.clip((links + links.T) / np.maximum(sizes[:, None], 1.0), 1e-4, 0.9)
    return FusionModel(
        distance=np.tile(_positive((real - alien).sum(axis=0)), rows),
        lag=np.tile(_positive(lag), rows),
        affinity=_affinity(usual, even, reports, cells, ones) / by_chance,
        chance_distance=chance_distance,
        chance_affinity=by_chance,
        usual=usual,
        paired_share=paired,
        background=background,
    )


def _expected_evenly(reports: Reports, intensity: Intensity) -> Doubles:
    """Pairs that the intensity alone gives, per pair of sources and cell of distance."""
    square = np.square(reports.precision_m)
    placed = reports.is_placed
    source = reports.source[placed]
    count = np.maximum(np.bincount(source, minlength=reports.sources), 1)
    mean = np.bincount(source, square[placed], reports.sources) / count
    around = np.zeros((reports.sources, reports.sources))
    np.add.at(around, source, intensity.everywhere()[placed] * (square[placed][:, None] + mean[None, :]))
    both = (around + around.T) / 2 * (LAG_EDGES_SECONDS[-1] - LAG_EDGES_SECONDS[0])
    return np.asarray(both.reshape(-1, 1) * np.pi * np.diff(np.square(DISTANCE_EDGES)))


def _chance_distance(real: Doubles, moved: Doubles, expected: Doubles) -> Doubles:
    """Chance pairs beside those that the intensity gives, per pair of sources and cell of distance.

    The level is taken from real pairs so far apart that hardly any is one event; how many more lie nearer comes from
    reports moved apart, as their places are as real as their events are strange to each other.
    """
    areas = np.diff(np.square(DISTANCE_EDGES))
    is_far = np.array(DISTANCE_EDGES[:-1]) >= FAR
    level = (real[:, is_far].sum(axis=1) + FAR_PAIRS) / (expected[:, is_far].sum(axis=1) + FAR_PAIRS)
    shared = moved.sum(axis=0) + PSEUDO_PAIRS * areas / areas.sum()
    drawn = moved + SHARED_PAIRS[0] * shared / shared.sum()
    even = drawn[:, is_far].sum(axis=1, keepdims=True) / areas[is_far].sum()
    return np.asarray(level[:, None] * drawn / areas / even)


def _positive(counts: Doubles) -> Doubles:
    kept = np.maximum(counts, 0.0) + 0.5
    return np.asarray(kept / kept.sum())


def _table(rows: Longs, columns: Longs, weights: Doubles, shape: tuple[int, ...]) -> Doubles:
    flat = np.bincount(rows * shape[1] + columns, weights=weights, minlength=shape[0] * shape[1])
    return np.asarray(flat.reshape(shape))
