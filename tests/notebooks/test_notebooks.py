"""Every notebook runs from top to bottom against a lake that the real pipeline wrote."""

from __future__ import annotations

import json
from pathlib import Path

import jupytext
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.integration
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_walks_a_figure_back_to_its_source_lines(
    notebook: Path, city_lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAKE_ROOT", str(city_lake))
    monkeypatch.setenv("CITY", city_lake.name)
    executed = jupytext.read(notebook)
    NotebookClient(
        executed, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(ROOT / "notebooks")}}
    ).execute()
    outputs = [output for cell in executed["cells"] for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs), "the notebook drew nothing"
    printed = "".join("".join(output["text"]) for output in outputs if output.get("name") == "stdout")
    walked = json.loads(printed.strip().splitlines()[-1])
    assert walked["figure"] > 0
    assert 0 < walked["source_lines"] <= walked["figure"]
