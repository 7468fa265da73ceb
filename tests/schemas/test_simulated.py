"""The mark on invented data: written once, found again, and not lost by damage."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.label import LANGUAGES, Label
from schemas.simulated import FILE, WORDS, SimulatedRun, is_simulated, line, mark, marked, read_mark

RUN = SimulatedRun("marseille", 7, date(2026, 5, 2), date(2026, 5, 3))


def test_what_was_marked_is_read_again(tmp_path: Path) -> None:
    folder = tmp_path / "lake" / "marseille"
    assert not is_simulated(folder)
    mark(folder, RUN)
    assert is_simulated(folder)
    assert read_mark(folder) == RUN


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}"])
def test_a_damaged_mark_is_still_a_mark(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    assert is_simulated(tmp_path)
    with pytest.raises((ValueError, KeyError, TypeError)):
        read_mark(tmp_path)


def test_a_name_and_the_line_say_it_in_the_reader_s_language() -> None:
    for language in LANGUAGES:
        words = WORDS.in_language(language)
        assert words in marked(Label(fr="Marseille", en="Marseille")).in_language(language)
        assert words in line()
