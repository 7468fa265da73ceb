"""How results look in a terminal, and how they leave for a program."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

_CELL_LIMIT = 80


def console() -> Console:
    """Standard output, plain when it is not a terminal."""
    from rich.console import Console

    return Console(soft_wrap=False, highlight=False)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> Table:
    """A table whose numbers are set right."""
    from rich import box
    from rich.table import Table

    held = [list(row) for row in rows]
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for number, column in enumerate(columns):
        is_number = any(_is_number(row[number]) for row in held)
        made.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in held:
        made.add_row(*map(cell, row))
    return made


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str | None = None) -> None:
    """Print a table: drawn in a terminal, tab-separated for a pipe so that no value is folded or cut."""
    out = console()
    if out.is_terminal:
        out.print(table(columns, rows, title=title))
        return
    if title:
        print(f"# {title}")
    print("\t".join(columns))
    for row in rows:
        print("\t".join(_plain(each) for each in row))


def cell(value: Any) -> str:
    """One value for a cell; long text is cut."""
    text = _plain(value) if not isinstance(value, int) or isinstance(value, bool) else f"{value:,}".replace(",", " ")
    from rich.markup import escape

    return escape(text if len(text) <= _CELL_LIMIT else text[: _CELL_LIMIT - 1] + "…")


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return f"{value:.6g}"
        case datetime():
            return value.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case bytes():
            return f"({len(value)} bytes)"
        case _:
            return str(value).replace("\t", " ").replace("\n", " ")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
