"""Fusion learns from reports alone, finds what was told twice, and does not depend on the order of anything."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.fusion import FusionModel, Scored, incidents_of, learn, one_to_one, score
from tests.analytics.fusion.towns import Town, town


def scored(place: Town) -> tuple[FusionModel, Scored]:
    reports = place.reports
    model = learn(reports)
    return model, score(model, reports)


@pytest.fixture(scope="module")
def place() -> Town:
    return town(1)


@pytest.fixture(scope="module")
def found(place: Town) -> tuple[FusionModel, Scored]:
    return scored(place)


def test_what_was_told_twice_is_found_without_labels(place: Town, found: tuple[FusionModel, Scored]) -> None:
    _, result = found
    truth = place.event[result.pairs.first] == place.event[result.pairs.second]
    kept = one_to_one(result.pairs.first, result.pairs.second, place.reports.source, 3, result.probability)
    kept &= result.probability >= 0.5
    assert truth[kept].mean() >= 0.97
    assert truth[kept].sum() / 2_400 >= 0.97


def test_a_probability_is_as_often_right_as_it_says(place: Town, found: tuple[FusionModel, Scored]) -> None:
    _, result = found
    truth = place.event[result.pairs.first] == place.event[result.pairs.second]
    assert result.probability.sum() == pytest.approx(truth.sum(), rel=0.05)
    unsure = (result.probability > 0.1) & (result.probability < 0.9)
    assert abs(result.probability[unsure].mean() - truth[unsure].mean()) < 0.15


def test_where_nothing_is_told_twice_hardly_anything_is_linked() -> None:
    alone = town(2, told_twice=0.0)
    _, result = scored(alone)
    assert (result.probability >= 0.5).sum() <= len(alone.reports) * 0.015


def test_the_weights_are_readable_and_read_again(place: Town, found: tuple[FusionModel, Scored]) -> None:
    model, result = found
    again = FusionModel.from_json(model.to_json())
    reports = place.reports
    assert np.array_equal(score(again, reports).probability, result.probability)
    assert model.lag.sum(axis=1) == pytest.approx(1.0)
    # 85 % keep their category and an eighth of the rest meets it by luck: 0.87 × 8 / (0.13 × 8 / 7)
    others = model.affinity[~np.eye(len(model.affinity), dtype=bool)].mean()
    assert model.affinity.diagonal()[:8].mean() / others == pytest.approx(47, rel=0.2)


def test_the_result_does_not_depend_on_the_order_of_the_reports(place: Town, found: tuple[FusionModel, Scored]) -> None:
    other, order = place.shuffled(7)
    _, again = scored(other)
    straight = incidents_of(place.reports, found[1])
    shuffled = incidents_of(other.reports, again)
    same = {frozenset(np.flatnonzero(straight == k).tolist()) for k in range(straight.max() + 1)}
    back = {frozenset(order[np.flatnonzero(shuffled == k)].tolist()) for k in range(shuffled.max() + 1)}
    assert len(same ^ back) <= 0.002 * len(same)


def test_an_incident_holds_one_report_of_a_source_and_stays_within_its_limits(
    place: Town, found: tuple[FusionModel, Scored]
) -> None:
    incident = incidents_of(place.reports, found[1])
    keys = incident * place.reports.sources + place.reports.source
    assert len(np.unique(keys)) == len(keys)
    last = np.zeros(incident.max() + 1)
    np.maximum.at(last, incident, place.reports.t_seconds)
    first = np.full(incident.max() + 1, np.inf)
    np.minimum.at(first, incident, place.reports.t_seconds)
    assert (last - first).max() <= 10_800.0


def test_most_incidents_are_exactly_the_events(place: Town, found: tuple[FusionModel, Scored]) -> None:
    """B-cubed F1: for every report, how much of its incident is its event, and how much of its event its incident."""
    incident = incidents_of(place.reports, found[1])
    both = place.event * (incident.max() + 1) + incident
    size = {name: np.bincount(np.unique(codes, return_inverse=True)[1])[np.unique(codes, return_inverse=True)[1]]
            for name, codes in (("both", both), ("event", place.event), ("incident", incident))}
    precision = (size["both"] / size["incident"]).mean()
    recall = (size["both"] / size["event"]).mean()
    assert 2 * precision * recall / (precision + recall) >= 0.97
