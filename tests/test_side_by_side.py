"""What is shared is started once: tests of one costly part are given to one process."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.side_by_side import SHARED_PARTS, place

ROOT = Path(__file__).resolve().parent.parent
FILES = {str(path.relative_to(ROOT)): path.read_text() for path in sorted((ROOT / "tests").rglob("test_*.py"))}
USED = r"\b(?:{})\b[,:)]"


def test_every_beginning_is_that_of_a_test() -> None:
    lost = [one for part in SHARED_PARTS.values() for one in part if not any(file.startswith(one) for file in FILES)]
    assert lost == []


@pytest.mark.parametrize("used", ["spark", "city_home|city_lake", "observatory", "live_demo"])
def test_files_that_use_one_part_go_to_one_process(used: str) -> None:
    users = [file for file, text in FILES.items() if re.search(USED.format(used), text)]
    assert users
    assert len({place(f"{file}::test_it") for file in users}) == 1


def test_a_file_of_no_shared_part_is_a_group_of_its_own() -> None:
    first, second = place("tests/schemas/test_city.py::test_a"), place("tests/schemas/test_codes.py::test_a")
    assert first != second
    assert first[0] == len(SHARED_PARTS)
