"""A file of some nights, or of every third week, is not a quiet town: what was not collected is no silence."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.fusion import Background, learn, score
from tests.analytics.fusion.towns import town

DAY = 86_400.0
PARTS = {
    "all": lambda day: day >= 0,
    "every third week": lambda day: day // 7 % 3 == 0,
    "one day in five": lambda day: day % 5 == 0,
    "weekends": lambda day: day % 7 >= 5,
}


@pytest.mark.parametrize("part", PARTS)
def test_what_is_told_of_some_days_only_is_linked_as_well(part: str) -> None:
    place = town(11, events=30_000)
    kept = PARTS[part](np.floor(place.reports.t_seconds / DAY))
    reports, event = place.reports.taken(kept), place.event[kept]
    result = score(learn(reports), reports)
    truth = event[result.pairs.first] == event[result.pairs.second]
    assert result.probability.sum() == pytest.approx(truth.sum(), rel=0.06)
    likely = result.probability >= 0.5
    assert truth[likely].mean() >= 0.93


@pytest.mark.parametrize("part", PARTS)
def test_the_usual_rate_is_that_of_the_days_told(part: str) -> None:
    """Of 30,000 events in 180 days, 8,400 of each source twice told: 56 + 22.4 reports a day and source."""
    place = town(11, events=30_000)
    kept = PARTS[part](np.floor(place.reports.t_seconds / DAY))
    background = Background.learned(place.reports.taken(kept))
    t = place.reports.t_seconds[kept]
    busy = background.rhythm[np.floor(t / 1_800).astype(np.int64) % 336].mean()
    expected = 42_000 / 180 / 3 / DAY
    assert background.rate * busy == pytest.approx(expected, rel=0.12)


def test_few_reports_far_apart_are_no_pauses() -> None:
    place = town(12, events=200)
    whole = np.bincount(place.reports.source) / np.ptp(place.reports.t_seconds)
    rhythm = Background.learned(place.reports)
    assert rhythm.rate.sum() == pytest.approx(whole.sum(), rel=0.1)
