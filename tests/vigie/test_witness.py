"""The comparison of `make demo-check` can fail: any changed, missing or additional figure is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from vigie.demo.independent import expected as witness
from vigie.demo.independent import figures as witness_figures
from vigie.demo.independent.compare import FIGURED, KEYS, Compared, compare, with_accounts
from vigie.demo.independent.figures import figures

CITY = "lancashire"
INCIDENTS = 56_434
NO_LAKE = Path("no lake")


@pytest.fixture(scope="module")
def answers() -> dict[str, list[dict[str, Any]]]:
    """What a dashboard without a fault answers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for chart, rows in witness.expected(figures(CITY)).items():
        names = KEYS.get(chart, ())
        found[chart] = [{**dict(zip(names, key, strict=False)), **figure} for key, figure in rows.items()]
    for row in found["zones"]:
        row["zone_label"] = row["zone_id"]
    return found


def different(answers: dict[str, list[dict[str, Any]]]) -> list[Compared]:
    return [line for line in compare(CITY, answers, NO_LAKE) if not line.is_equal]


def test_every_line_of_the_recording_is_counted(answers: dict[str, list[dict[str, Any]]]) -> None:
    assert answers["incidents"] == [{"incident_count": INCIDENTS}]
    assert sum(row["incident_count"] for row in answers["zones"]) == INCIDENTS
    assert len(answers["zones"]) == 14


def test_equal_figures_are_told_equal(answers: dict[str, list[dict[str, Any]]]) -> None:
    assert different(answers) == []


@pytest.mark.parametrize(
    ("chart", "column"),
    [("incidents", "incident_count"), ("zones", "rate_per_1000"), ("zones_trend", "baseline_count")],
)
def test_a_figure_off_by_a_millionth_is_told(answers: dict[str, list[dict[str, Any]]], chart: str, column: str) -> None:
    first, *others = answers[chart]
    changed = {**answers, chart: [{**first, column: first[column] * 1.000001}, *others]}
    assert [(line.chart, line.column) for line in different(changed)] == [(chart, column)]


def test_a_row_that_is_not_shown_is_told(answers: dict[str, list[dict[str, Any]]]) -> None:
    changed = {**answers, "themes_by_day": answers["themes_by_day"][1:]}
    assert [line.shown for line in different(changed)] == ["no such row"]


def test_a_row_that_should_not_be_there_is_told(answers: dict[str, list[dict[str, Any]]]) -> None:
    strange = {"indicator_date": "2030-01-01", "theme_label": "Autre", "incident_count": 1}
    changed = {**answers, "themes_by_day": [*answers["themes_by_day"], strange]}
    assert "no such row" in {line.computed for line in different(changed)}


def test_a_chart_without_a_witness_is_refused(answers: dict[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(LookupError, match="no independent computation for chart murders"):
        compare(CITY, {**answers, "murders": []}, NO_LAKE)


def test_accounts_of_a_source_that_nobody_reads_must_add_up() -> None:
    nothing = pd.DataFrame()
    counts = pd.DataFrame([{"source_label": "a", "contract_name": "silver.x", "read_count": 1, "accepted_count": 1,
                            "rejected_count": 0, "duplicate_count": 0}])  # fmt: skip
    found = witness_figures.WitnessFigures(0, 0, nothing, nothing, nothing, counts, ("b",))
    shown = {"source_label": "b", "contract_name": "silver.y", "read_count": 4, "accepted_count": 1,
             "rejected_count": 1, "duplicate_count": 1}  # fmt: skip
    added = with_accounts(found, [shown]).by_source.iloc[-1]
    assert (added["read_count"], added["source_label"]) == (3, "b")
    assert with_accounts(found, []) is found
    for contract in FIGURED:
        with pytest.raises(LookupError, match="no independent reader for b"):
            with_accounts(found, [{**shown, "contract_name": contract}])
