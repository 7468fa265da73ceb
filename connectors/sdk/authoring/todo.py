"""Finds what a drafted file still asks its author for."""

from __future__ import annotations

import re
from pathlib import Path

_SHOWN = 3
_TODO = re.compile(r"\bTODO\b")


def is_todo(text: object) -> bool:
    """Whether a text is, or holds, the mark of a draft."""
    return bool(_TODO.search(str(text)))


def todo_lines(path: Path) -> tuple[int, ...]:
    """Numbers of the lines of a file that hold the mark."""
    return tuple(number for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if is_todo(line))


def told(path: Path, root: Path) -> str | None:
    """``connectors/a_b.py (lines 1, 14, 17 and 9 more)``, or ``None`` when the file is finished."""
    lines = todo_lines(path)
    if not lines:
        return None
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"{shown} (line{'s' * (len(lines) > 1)} {', '.join(map(str, lines[:_SHOWN]))}{more})"
