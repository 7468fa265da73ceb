"""The peers of incident fusion: a supervised model as a ceiling, and Splink tuned for the task."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.fusion import Background, Intensity, Pairs, candidates
from benchmarks.result import BenchmarkError
from benchmarks.told_twice import Difficulty, ToldTwice

LABELLED_PAIRS = 1_000_000
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]
Linked = tuple[Longs, Longs, Doubles]
MISSING = "the peers are not installed: `make bench` installs them"


def supervised(training: Sequence[ToldTwice], year: ToldTwice) -> Linked:
    """Candidate pairs of a year with the probability that a model trained on labelled pairs of other years gives.

    Raises:
        BenchmarkError: scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
    except ImportError:
        raise BenchmarkError(MISSING) from None
    features, labels = [], []
    for known in training:
        pairs = candidates(known.reports)
        features.append(_features(known, pairs))
        labels.append(known.event[pairs.first] == known.event[pairs.second])
    table, label = np.concatenate(features), np.concatenate(labels)
    chosen = np.random.default_rng(0).permutation(len(label))[:LABELLED_PAIRS]
    model = HistGradientBoostingClassifier(
        max_iter=300, learning_rate=0.08, max_leaf_nodes=63, categorical_features=[3, 4], random_state=0
    )
    model.fit(table[chosen], label[chosen])
    pairs = candidates(year.reports)
    return pairs.first, pairs.second, model.predict_proba(_features(year, pairs))[:, 1]


def _features(year: ToldTwice, pairs: Pairs) -> Doubles:
    reports = year.reports
    intensity = Intensity(Background.learned(reports), reports)
    rivals = np.bincount(np.concatenate((pairs.first, pairs.second)), minlength=len(reports))
    one, other = reports.category[pairs.first], reports.category[pairs.second]
    around = [
        np.log(intensity.around(pairs.first, reports.source[pairs.second])),
        np.log(intensity.around(pairs.second, reports.source[pairs.first])),
    ]
    lag = pairs.lag_seconds
    agreement = (one, other, one == other)
    return np.column_stack(
        (pairs.distance_m, lag, np.abs(lag), *agreement, *around, rivals[pairs.first], rivals[pairs.second])
    )


def splink(year: ToldTwice, difficulty: Difficulty) -> Linked:
    """Pairs of a year with Splink's match probability.

    Blocking keeps cells of four standard distances and delays, each also shifted by half a cell, so that few true pairs
    are lost at borders. Levels of distance and delay follow the set's own scale, which Splink is told and ours is not.

    Raises:
        BenchmarkError: Splink is not installed.
    """
    try:
        import splink.comparison_library as cl
        from splink import Linker, SettingsCreator, block_on
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise BenchmarkError(MISSING) from None
    cell, step = 4 * difficulty.distance_m, 4 * difficulty.delay_seconds
    reports = year.reports
    table = pd.DataFrame(
        {
            "unique_id": np.arange(len(reports)),
            "x": reports.x_m,
            "y": reports.y_m,
            "t": reports.t_seconds,
            "category": reports.category,
            "source": reports.source,
        }
    )
    for shift in (0, 1):
        table[f"cx{shift}"] = np.floor(reports.x_m / cell + shift / 2).astype(int)
        table[f"cy{shift}"] = np.floor(reports.y_m / cell + shift / 2).astype(int)
        table[f"ct{shift}"] = np.floor(reports.t_seconds / step + shift / 2).astype(int)
    rules = [block_on(f"cx{i}", f"cy{j}", f"ct{k}") for i in (0, 1) for j in (0, 1) for k in (0, 1)]
    gap = "sqrt(power(x_l - x_r, 2) + power(y_l - y_r, 2))"
    distances = [share * difficulty.distance_m for share in (0.5, 1.0, 1.5, 2.0, 2.75)]
    delays = [share * difficulty.delay_seconds for share in (0.25, 0.5, 1.0, 2.0, 4.0)]
    comparisons = [
        _levels(cl, "distance", gap, distances),
        _levels(cl, "delay", "abs(t_l - t_r)", delays),
        cl.ExactMatch("category"),
        cl.CustomComparison(
            output_column_name="other_source",
            comparison_levels=[
                {"sql_condition": "source_l != source_r", "label_for_charts": "another source"},
                {"sql_condition": "ELSE", "label_for_charts": "the same source"},
            ],
        ),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=comparisons,
        blocking_rules_to_generate_predictions=rules,
        probability_two_random_records_match=0.8 / len(reports),
        retain_matching_columns=False,
    )
    api = DuckDBAPI()
    linker = Linker(api.register(table), settings, log_level=40)
    linker.training.estimate_u_using_random_sampling(max_pairs=5_000_000)
    linker.training.estimate_parameters_using_expectation_maximisation(block_on("cx0", "cy0", "ct0"))
    found = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
    first, second = found["unique_id_l"].to_numpy(np.int64), found["unique_id_r"].to_numpy(np.int64)
    other = reports.source[first] != reports.source[second]
    low, high = np.minimum(first, second)[other], np.maximum(first, second)[other]
    return low, high, found["match_probability"].to_numpy(np.float64)[other]


def _levels(library: object, name: str, measure: str, limits: Sequence[float]) -> object:
    levels = [{"sql_condition": f"{measure} <= {limit}", "label_for_charts": f"up to {limit:.0f}"} for limit in limits]
    levels.append({"sql_condition": "ELSE", "label_for_charts": "more"})
    return library.CustomComparison(output_column_name=name, comparison_levels=levels)  # type: ignore[attr-defined]
