"""The page that teaches how to add a connector stays true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from connectors.sdk.authoring.peek import FORMATS
from connectors.sdk.scaffold import KINDS
from vigie.cli import build


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs" / "engineer" / "add-a-connector.md").read_text("utf-8")


def test_the_finished_file_is_shown_first_and_as_it_is(page: str, repository: Path) -> None:
    shown = page.split("```python\n", 1)[1].split("```", 1)[0]
    assert shown == (repository / "connectors" / "datasf_police_incidents.py").read_text("utf-8")


def test_reasons_follow_the_file_and_what_is_not_written_follows_them(page: str) -> None:
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings[:3] == ["Why each line", "What you do not write", "Five steps"]


@pytest.mark.parametrize("word", [*KINDS, "new", "record", "refuse", "check", "run", "replay"])
def test_kinds_and_commands_are_explained(page: str, word: str) -> None:
    assert f"`{word}`" in page or f"--kind {word}" in page or f"vigie connectors {word}" in page


@pytest.mark.parametrize("form", FORMATS)
def test_formats_of_drafts_are_named(page: str, form: str) -> None:
    assert f"`{form}`" in page or f"--format {form}" in page


def test_every_command_and_option_of_the_page_exists(page: str) -> None:
    group = get_command(build()).commands["connectors"].commands  # type: ignore[attr-defined]
    shown = re.findall(r"`vigie connectors ([a-z]+)([^`]*)`", page)
    assert {command for command, _ in shown} >= {"new", "record", "refuse", "check", "run"}
    for command, arguments in shown:
        known = {option for parameter in group[command].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z]+", arguments)) <= known


def test_every_file_the_page_leads_to_is_there(page: str, repository: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page)
    assert [one for one in targets if not (repository / "docs" / "engineer" / one).exists()] == []
