"""The page that teaches how to add a connector stays true."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.sdk.scaffold import KINDS


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "engineer" / "add-a-connector.md").read_text("utf-8")


def test_the_finished_file_is_shown_first_and_as_it_is(page: str, repository: Path) -> None:
    shown = page.split("```python\n", 1)[1].split("```", 1)[0]
    assert shown == (repository / "connectors" / "datasf_police_incidents.py").read_text("utf-8")


@pytest.mark.parametrize("word", [*KINDS, "new", "record", "check", "run", "replay"])
def test_kinds_and_commands_are_explained(page: str, word: str) -> None:
    assert f"`{word}`" in page or f"--kind {word}" in page or f"vigie connectors {word}" in page
