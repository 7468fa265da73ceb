"""What a source states of its precision is checked against the reports of the others."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from analytics.fusion import Precision, Reports, learn, one_to_one, score
from analytics.fusion.fuse import Fusion
from analytics.fusion.precision import CLASS_EDGES_M
from analytics.fusion.reports import UNSTATED_PRECISION_M
from tests.analytics.fusion.towns import Town, told_table, town

REAL_M = 100 / np.sqrt(2) * np.sqrt(np.log(2))
"""Within which half of the reports of the town lie: their error is normal, 100 m between two of them."""


@pytest.fixture(scope="module")
def place() -> Town:
    return town(3)


def found(place: Town, reports: Reports) -> float:
    """Share of the events told twice that are found, by links that are right in 97 of 100 cases."""
    result = score(learn(reports), reports)
    first, second = result.pairs.first, result.pairs.second
    kept = one_to_one(first, second, reports.source, reports.sources, result.probability) & (result.probability >= 0.5)
    truth = (place.event[first] == place.event[second])[kept]
    assert truth.mean() >= 0.97
    return float(truth.sum() / (len(place.event) - len(np.unique(place.event))))


@pytest.mark.parametrize("stated", [12.0, 50.0, 300.0])
def test_whatever_is_stated_the_real_precision_is_learned(place: Town, stated: float) -> None:
    reports = replace(place.reports, precision_m=np.full(len(place.event), stated))
    corrected = Precision.learned(reports).applied(reports)
    assert corrected.precision_m == pytest.approx(REAL_M, rel=0.25)
    assert found(place, corrected) >= 0.97


def test_without_it_the_partners_of_an_overconfident_source_are_lost(place: Town) -> None:
    assert found(place, replace(place.reports, precision_m=np.full(len(place.event), 12.0))) < 0.6


def test_each_source_has_its_own(place: Town) -> None:
    """One source is right; one says a fifth of its error and one three times."""
    reports = replace(place.reports, precision_m=REAL_M * np.array([1.0, 0.2, 3.0])[place.reports.source])
    factor = Precision.learned(reports).factor[range(3), np.digitize(REAL_M * np.array([1.0, 0.2, 3.0]), CLASS_EDGES_M)]
    assert factor == pytest.approx([1.0, 5.0, 1 / 3], rel=0.25)


def test_what_is_not_compared_stays_out_and_what_is_not_known_stays_as_stated(place: Town) -> None:
    stated = np.full(len(place.event), REAL_M)
    stated[::10] = np.nan
    reports = replace(place.reports, precision_m=stated, sources=4)
    precision = Precision.learned(reports)
    assert np.array_equal(np.isnan(precision.applied(reports).precision_m), np.isnan(stated))
    assert precision.factor[3].tolist() == [1.0] * precision.factor.shape[1]


def test_of_very_many_reports_some_weeks_are_enough(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analytics.fusion.precision.FIRST_REPORTS", 3_000)
    reports = replace(place.reports, precision_m=np.full(len(place.event), 12.0))
    assert Precision.learned(reports).applied(reports).precision_m == pytest.approx(REAL_M, rel=0.3)


def test_no_reports_are_taken_at_their_word() -> None:
    none = town(4, events=2, told_twice=0.0).reports
    assert Precision.learned(none.taken(np.empty(0, np.int64))).factor.tolist() == Precision.stated(3).factor.tolist()


def test_a_place_of_unstated_precision_is_compared_and_an_older_model_takes_all_at_their_word() -> None:
    table = told_table(5, events=600)
    column = table.schema.get_field_index("location_precision_m")
    silent = table.set_column(column, "location_precision_m", pa.nulls(table.num_rows, pa.float64()))
    fusion = Fusion.learned(silent)
    assert fusion.reports(silent).precision_m == pytest.approx(REAL_M, rel=0.3)
    parts = json.loads(fusion.to_json())
    del parts["precision"]
    assert set(Fusion.from_json(json.dumps(parts)).reports(silent).precision_m) == {UNSTATED_PRECISION_M}
