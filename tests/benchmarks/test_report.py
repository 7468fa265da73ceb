from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.__main__ import main, names
from benchmarks.report import PAGE, SIMULATOR_PAGE, page, saved_results, with_table
from benchmarks.result import RESULTS, Result


def test_page_is_what_the_generator_makes_of_the_committed_results() -> None:
    expected = page(saved_results())
    assert PAGE.read_text(encoding="utf-8") == expected, "run `python -m benchmarks.report`"


def test_the_simulators_page_holds_the_committed_table() -> None:
    text = SIMULATOR_PAGE.read_text(encoding="utf-8")
    assert with_table(text, Result.load(RESULTS / "simulator.json")) == text, "run `python -m benchmarks.report`"


def test_every_result_belongs_to_a_benchmark_and_tells_its_machine() -> None:
    results = saved_results()
    assert results
    for result in results:
        assert result.name in names()
        assert result.machine["cores"]
        assert result.versions
        assert all(set(row) <= set(result.columns) for row in result.rows)


def test_result_is_read_back_as_it_was_saved(tmp_path: Path) -> None:
    rows = ({"engine": "ours", "rate": 1234.5}, {"engine": "peer", "rate": None})
    result = Result("name", "Title", "Promise.", "Verdict.", ("engine", "rate"), rows, ("A note.",), {"numpy": "2"})
    result.save(tmp_path / "name.json")
    assert Result.load(tmp_path / "name.json").table() == result.table()
    assert "| ours   | 1,234 |" in result.table()


def test_committed_zone_results_show_no_difference_to_geos() -> None:
    rows = json.loads((RESULTS / "point_in_zone.json").read_text(encoding="utf-8"))["rows"]
    assert {row["differences to GEOS"] for row in rows if row["engine"].startswith("ours")} == {0}


def test_unknown_benchmark_is_refused_with_the_names_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["speed"]) == 2
    assert "point_in_zone" in capsys.readouterr().err
