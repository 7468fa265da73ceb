"""The witness of fused incidents sees what a wrong table would hide."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.small_incidents import SIZES, incidents, report_id
from tests.dashboards.small_lake import write_table
from vigie.demo.independent.compare import chart_lines, keyed
from vigie.demo.independent.incidents import FUSED_CHARTS, FUSED_KEYS, LIMIT, Figures, fused, within_limit

ZONES = [(f"h3:{index}", f"Hexagone {index}") for index in range(3)]
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture
def tables() -> Tables:
    return incidents(ZONES)


def written(root: Path, tables: Tables) -> Path:
    for name, rows in tables.items():
        write_table(root, name, rows)
    return root


def figures(root: Path, tables: Tables) -> dict[str, Figures]:
    together = fused(written(root, tables))
    return {name: compute(together) for name, compute in FUSED_CHARTS.items()}


def test_figures_follow_from_the_reports(tmp_path: Path, tables: Tables) -> None:
    found = figures(tmp_path, tables)
    assert found["fused_incidents"] == {("",): {"incident_count": len(SIZES) - 1}}
    assert found["fused_sizes"]["5",] == {"incident_count": 1}
    assert len(found["fused_map"]) == len(SIZES) - 1
    assert len(found["fused_reports"]) == sum(SIZES)
    assert found["fused_most_told"][f"incident:{report_id(10, 0)}",]["confidence_ratio"] == pytest.approx(0.6)
    assert found["fused_map"][f"incident:{report_id(0, 0)}",]["theme_label"] == "Vols"


def test_a_report_that_belongs_to_no_incident_is_noticed(tmp_path: Path, tables: Tables) -> None:
    right = figures(tmp_path / "right", tables)
    tables["gold.incident_report"].pop()
    wrong = figures(tmp_path / "wrong", tables)
    assert wrong["fused_incidents"] == right["fused_incidents"]
    assert set(wrong["fused_map"]) == set(right["fused_map"])
    assert set(wrong["fused_most_told"]) != set(right["fused_most_told"])


def test_an_exercise_among_the_members_is_noticed(tmp_path: Path, tables: Tables) -> None:
    exercise = next(row for row in tables["silver.incident_report"] if row["is_exercise"])
    tables["gold.incident_report"].append({**tables["gold.incident_report"][0], "report_id": exercise["report_id"]})
    (name,) = {key for (key,) in figures(tmp_path, tables)["fused_most_told"] if key.endswith("(no report)")}
    assert name.startswith("incident:")


def test_a_link_across_two_incidents_is_noticed(tmp_path: Path, tables: Tables) -> None:
    tables["gold.incident_link"][0] |= {"second_report_id": report_id(10, 4)}
    homes = {figure["incident_id"] for figure in figures(tmp_path, tables)["fused_links"].values()}
    assert "reports of two incidents" in homes


def test_a_lake_without_incidents_has_nothing_to_show(tmp_path: Path) -> None:
    found = figures(tmp_path, {})
    assert found["fused_incidents"] == {("",): {"incident_count": 0}}
    assert found["fused_ratio"] == {("",): {"fused_ratio": None}}
    assert [name for name in FUSED_KEYS if found[name]] == []


def test_of_a_limited_table_what_is_shown_is_judged_and_what_could_be_shown_is_missed() -> None:
    computed: Figures = {(f"incident:{k}",): {"report_count": k} for k in range(LIMIT + 100)}
    rows = [{"incident_id": f"incident:{k}", "report_count": k} for k in range(100, LIMIT + 100)]
    name = "fused_most_told"

    def wrong(rows: list[dict[str, Any]]) -> int:
        shown = keyed(name, rows, computed, {})
        return sum(not line.is_equal for line in chart_lines(name, shown, within_limit(name, computed, shown)))

    assert wrong(rows) == 0
    assert wrong([*rows[1:], {**rows[0], "report_count": 7}]) == 1
    assert wrong(rows[1:]) == 101
