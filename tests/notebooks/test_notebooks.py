"""Every notebook runs from top to bottom against a lake that the real pipeline wrote."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


@pytest.mark.integration
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_walks_a_figure_back_to_its_source_lines(notebook: Path, city_lake: Path, tmp_path: Path) -> None:
    executed = tmp_path / f"{notebook.stem}.ipynb"
    subprocess.run(
        [sys.executable, "-m", "jupytext", "--to", "ipynb", "--execute", "--output", str(executed), str(notebook)],
        cwd=ROOT,
        env={**os.environ, "LAKE_ROOT": str(city_lake), "MPLBACKEND": "Agg"},
        check=True,
        timeout=300,
    )
    outputs = [output for cell in json.loads(executed.read_text())["cells"] for output in cell.get("outputs", [])]
    assert any("image/png" in output.get("data", {}) for output in outputs), "the notebook drew nothing"
    printed = "".join("".join(output["text"]) for output in outputs if output.get("name") == "stdout")
    walked = json.loads(printed.strip().splitlines()[-1])
    assert walked["figure"] > 0
    assert 0 < walked["source_lines"] <= walked["figure"]
