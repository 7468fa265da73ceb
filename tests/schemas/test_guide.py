"""The examples of the guides are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from schemas.reader import read_contract

GUIDE = (Path(__file__).parents[2] / "docs" / "engineer" / "contracts.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, flags=re.DOTALL)


def test_the_contract_of_the_guide_loads(tmp_path: Path) -> None:
    (text,) = blocks("yaml")
    path = tmp_path / "silver" / "street_light.yaml"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    contract = read_contract(path)
    assert contract.key == ("light_id", "observed_at")
    assert contract.column("zone_id").origin == "platform"


def test_the_python_of_the_guide_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    (code,) = blocks("python")
    exec(compile(code, "contracts.md", "exec"), {})
    assert f"# {capsys.readouterr().out.strip()}\n" in code
