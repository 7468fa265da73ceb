"""Examples of the pages run as they are printed; what they assert holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ("engineer/geo-join.md", "engineer/nearest.md")


@pytest.mark.parametrize("page", PAGES)
def test_examples_of_a_page_run(page: str) -> None:
    examples = EXAMPLE.findall((ROOT / "docs" / page).read_text(encoding="utf-8"))
    assert any("assert" in example for example in examples)
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, page, "exec"), names)
