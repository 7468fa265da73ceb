"""What pairs of reports of one event look like, learned from the reports alone, without labels or set weights.

After Fellegi and Sunter (A theory for record linkage, 1969): the odds of a pair are how often its agreement is seen in
true pairs over how often by chance. Chance is the intensity of the other source at that place and moment
(``Intensity``); the true side is learned by expectation-maximisation, in which the expectation keeps the rule of one
partner per source (``link_probabilities``). It starts from the surplus of near pairs over those that the same reports
give when one side is shifted by whole weeks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.fusion.background import Background, Intensity
from analytics.fusion.matching import link_probabilities
from analytics.fusion.neighbours import Pairs, pairs_within
from analytics.fusion.reports import Reports

Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

WEEK_SECONDS = 604_800.0
DISTANCE_EDGES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.35, 2.75, 3.25, 4.0)
"""Distance over the joint precision of the two reports."""
LAG_EDGES_SECONDS = (0.0, 30.0, 60.0, 120.0, 180.0, 300.0, 450.0, 600.0, 900.0, 1_200.0, 1_800.0, 2_700.0, 3_600.0)
EM_ROUNDS = 12
LEAST_ODDS = 1e-4
PSEUDO_PAIRS = 2.0
"""Pairs added to every cell of a learned table, spread as chance has them, so that nothing is impossible."""


@dataclass(frozen=True)
class FusionModel:
    """What was learned, readable as JSON. A source or category without reports has the mean of the others.

    Attributes:
        spread: share of true pairs per cell of distance and lag, rows are distances.
        confusion: share of true pairs per pair of categories, rows are the source of the smaller code.
        usual: share of reports per source and category.
        paired_share: share of each source's reports that have a partner in another source, rows tell whose.
        background: what is to be expected by chance.
        reach: distances are looked at up to this many joint precisions.
        window_seconds: lags are looked at up to this.
        distance_edges: borders of the distance cells.
        lag_edges_seconds: borders of the lag cells.
        history: links expected after each round of learning.
    """

    spread: Doubles
    confusion: Doubles
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
        told: dict[str, Any] = json.loads(text)
        arrays = {name: np.array(told[name]) for name in ("spread", "confusion", "usual", "paired_share")}
        known = told["background"]
        background = Background(
            np.array(known["columns"], np.int64), np.array(known["rows"], np.int64),
            np.array(known["density"], np.float64), known["elsewhere"], np.array(known["rhythm"], np.float64),
            np.array(known["rate"], np.float64),
        )  # fmt: skip
        return cls(**{**told, **arrays, "background": background})

    def odds(self, reports: Reports, pairs: Pairs) -> Doubles:
        """Odds that each pair is one event, as if neither report had another candidate."""
        cells = _cells(reports, pairs, self.distance_edges, self.lag_edges_seconds)
        return _odds(self, reports, Intensity(self.background, reports), cells)


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


def learn(reports: Reports, pairs: Pairs | None = None) -> FusionModel:
    """Learn a model from reports alone.

    The result depends on the reports and not on their order. Linear in reports and pairs.

    Args:
        reports: of a long time, a year at best; a week gives something.
        pairs: their ``candidates``, where they are at hand.
    """
    pairs = candidates(reports) if pairs is None else pairs
    background = Background.learned(reports)
    intensity = Intensity(background, reports)
    cells = _cells(reports, pairs, DISTANCE_EDGES, LAG_EDGES_SECONDS)
    usual = np.zeros((reports.sources, reports.categories))
    np.add.at(usual, (reports.source, reports.category), 1.0)
    sizes = usual.sum(axis=1)
    usual = (usual + 1.0) / (usual + 1.0).sum(axis=1, keepdims=True)
    spread, confusion, links = _surplus(reports, pairs, cells)
    paired = np.clip(links / np.maximum(sizes[:, None], 1.0), 1e-4, 0.9)
    model = FusionModel(spread, confusion, usual, paired, background)
    for _ in range(EM_ROUNDS):
        odds = _odds(model, reports, intensity, cells)
        probability = link_probabilities(pairs.first, pairs.second, reports.source, reports.sources, odds)
        model = _fitted(model, reports, cells, probability, sizes)
        if len(model.history) > 1 and abs(model.history[-1] / max(model.history[-2], 1e-9) - 1.0) < 1e-4:
            break
    return _without_gaps(model, sizes)


def score(model: FusionModel, reports: Reports, pairs: Pairs | None = None) -> Scored:
    """Probability of every candidate pair under the rule of one partner per other source.

    Pairs with odds under ``LEAST_ODDS`` are left out: they would only tie together what does not belong together.
    """
    pairs = candidates(reports, reach=model.reach, window=model.window_seconds) if pairs is None else pairs
    odds = model.odds(reports, pairs)
    kept = odds >= LEAST_ODDS
    pairs, odds = pairs.taken(kept), odds[kept]
    probability = link_probabilities(pairs.first, pairs.second, reports.source, reports.sources, odds)
    return Scored(pairs, probability, odds)


class _Cells(NamedTuple):
    """For each pair: cell of distance, cell of lag, joint precision, and the reports in the order of their sources."""

    distance: Longs
    lag: Longs
    scale_m: Doubles
    first: Longs
    second: Longs


def _cells(reports: Reports, pairs: Pairs, distances: Sequence[float], lags: Sequence[float]) -> _Cells:
    scale = np.hypot(reports.precision_m[pairs.first], reports.precision_m[pairs.second])
    distance = np.digitize(pairs.distance_m / scale, distances[1:-1]).astype(np.int64)
    lag = np.digitize(np.abs(pairs.lag_seconds), lags[1:-1]).astype(np.int64)
    is_ordered = reports.source[pairs.first] <= reports.source[pairs.second]
    low = np.where(is_ordered, pairs.first, pairs.second)
    high = np.where(is_ordered, pairs.second, pairs.first)
    return _Cells(distance, lag, scale, low, high)


def _volumes(model: FusionModel) -> Doubles:
    """Area of each distance cell in squared joint precisions times length of each lag cell, both signs of lag."""
    rings = np.pi * np.diff(np.square(model.distance_edges))
    lags = 2.0 * np.diff(model.lag_edges_seconds)
    return np.asarray(rings[:, None] * lags[None, :])


def _odds(model: FusionModel, reports: Reports, intensity: Intensity, cells: _Cells) -> Doubles:
    density = (model.spread / _volumes(model))[cells.distance, cells.lag] / np.square(cells.scale_m)
    low, high = reports.source[cells.first], reports.source[cells.second]
    one, other = reports.category[cells.first], reports.category[cells.second]
    agreement = model.confusion[one, other] / (model.usual[low, one] * model.usual[high, other])
    chance = np.sqrt(intensity.around(cells.first, high) * intensity.around(cells.second, low))
    share = np.sqrt(model.paired_share[low, high] * model.paired_share[high, low])
    single = (1.0 - model.paired_share[low, high]) * (1.0 - model.paired_share[high, low])
    return np.asarray(share / single * density * agreement / np.maximum(chance, 1e-300))


def _fitted(
    model: FusionModel, reports: Reports, cells: _Cells, probability: Doubles, sizes: Doubles
) -> FusionModel:
    spread = _table(cells.distance, cells.lag, probability, model.spread.shape)
    spread = spread + PSEUDO_PAIRS * _volumes(model) / _volumes(model).sum()
    one, other = reports.category[cells.first], reports.category[cells.second]
    confusion = _table(one, other, probability, model.confusion.shape)
    marginal = model.usual.mean(axis=0)
    confusion = confusion + PSEUDO_PAIRS * reports.categories * marginal[:, None] * marginal[None, :]
    low, high = reports.source[cells.first], reports.source[cells.second]
    links = _table(low, high, probability, (reports.sources, reports.sources))
    links = links + links.T
    paired = np.clip((links + 1e-3) / np.maximum(sizes[:, None], 1.0), 1e-5, 0.95)
    history = (*model.history, float(probability.sum()))
    return replace(
        model, spread=spread / spread.sum(), confusion=confusion / confusion.sum(), paired_share=paired, history=history
    )


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


def _surplus(reports: Reports, pairs: Pairs, cells: _Cells) -> tuple[Doubles, Doubles, Doubles]:
    """First guess of the true side: near pairs less those that chance gives, told by reports shifted by a week."""
    shape = (len(DISTANCE_EDGES) - 1, len(LAG_EDGES_SECONDS) - 1)
    categories = (reports.categories, reports.categories)
    sources = (reports.sources, reports.sources)
    ones = np.ones(len(pairs.first))
    low, high = reports.source[cells.first], reports.source[cells.second]
    one, other = reports.category[cells.first], reports.category[cells.second]
    real = (_table(cells.distance, cells.lag, ones, shape), _table(one, other, ones, categories))
    links = _table(low, high, ones, sources)
    chance_cells, chance_pairs = _shifted(reports)
    told = np.ones(len(chance_pairs.first))
    one, other = reports.category[chance_cells.first], reports.category[chance_cells.second]
    chance = (_table(chance_cells.distance, chance_cells.lag, told, shape), _table(one, other, told, categories))
    low, high = reports.source[chance_cells.first], reports.source[chance_cells.second]
    links = np.maximum(links - _table(low, high, told, sources), 1.0)
    spread, confusion = (np.maximum(a - b, 0.0) + 0.5 for a, b in zip(real, chance, strict=True))
    return spread / spread.sum(), confusion / confusion.sum(), links + links.T


def _shifted(reports: Reports) -> tuple[_Cells, Pairs]:
    """Pairs of the reports when each source is moved by its own number of weeks, within the span of time they cover."""
    t = reports.t_seconds
    finite = t[np.isfinite(t)]
    start = float(finite.min()) if len(finite) else 0.0
    weeks = max(1.0, np.floor((float(finite.max()) - start) / WEEK_SECONDS)) if len(finite) else 1.0
    moved = start + np.mod(t - start + reports.source * WEEK_SECONDS, weeks * WEEK_SECONDS)
    other = replace(reports, t_seconds=moved)
    pairs = candidates(other)
    return _cells(other, pairs, DISTANCE_EDGES, LAG_EDGES_SECONDS), pairs


def _table(rows: Longs, columns: Longs, weights: Doubles, shape: tuple[int, ...]) -> Doubles:
    flat = np.bincount(rows * shape[1] + columns, weights=weights, minlength=shape[0] * shape[1])
    return np.asarray(flat.reshape(shape))
