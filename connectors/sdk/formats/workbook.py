"""Office workbooks (.xlsx), read as values and with limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat, judged

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_RATIO = 200
RATIO_FREE_BYTES = 16 * 1024 * 1024
MAX_PARTS = 5_000
ERRORS = frozenset(("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!"))
Cells = tuple[object, ...]


@dataclass(frozen=True)
class Sheet:
    """One sheet as a function of elements sees it: plain values row by row, from the first row on."""

    title: str
    is_hidden: bool
    rows: Iterator[Cells]


@dataclass(frozen=True)
class WorkbookFormat(Format):
    """Rows of one sheet under its header row; an element maps title to value, ``raw`` is its JSON text.

    Values are text, numbers, booleans, ``None``, and dates and times as ISO 8601 text (midnight is the day alone). Of
    a formula the value that was stored with it is read; macros, links to other files and images are not opened. A row
    with an error value (``#REF!``) is refused. Columns of ``columns`` are required as in ``CsvFormat``; a value under
    no title is kept under its letter, ``(H)``. Rows above the header and rows without any value are no elements.

    With ``elements`` the rows are not read so: it is given every sheet, hidden ones marked, and gives the elements;
    that is for matrices. Without ``sheet`` the first sheet that is not hidden is read.

    A workbook is a zip archive: one that unpacks to more than 256 MiB, or to more than 200 times its size, is refused
    before anything is unpacked.
    """

    sheet: str = ""
    header_row: int = 1
    columns: tuple[str, ...] = ()
    elements: Callable[[Sheet], Iterable[Any]] | None = None
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every row, or every element that ``elements`` gives, in order; what came before a fault survives."""
        fault = _unsafe(content)
        if fault is not None:
            yield fault
            return
        try:
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
            sheets = book.worksheets
            if self.elements is None:
                yield from self._table(content, sheets)
                return
            told = False
            for sheet in sheets:
                for element in self.elements(_sheet(sheet)):
                    told = True
                    yield self._judged(element)
            if not told:
                listed = ", ".join(sheet.title for sheet in sheets)
                yield refused("shape", content, f"No sheet is built as expected; the workbook has {listed}.")
        except Exception as error:  # the reader of workbooks raises whatever damaged parts make it raise
            shown = f"{type(error).__name__}: {str(error)[:200]}"
            message = f"Not a readable workbook: {shown}. Save it as .xlsx again."
            yield refused("unreadable", content, message, value=shown)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)

    def _table(self, content: bytes, sheets: list[Any]) -> Iterator[Decoded]:
        visible = [sheet for sheet in sheets if sheet.sheet_state == "visible"]
        chosen = [sheet for sheet in sheets if sheet.title == self.sheet] if self.sheet else visible[:1]
        if not chosen:
            listed = ", ".join(sheet.title + ("" if sheet in visible else " (hidden)") for sheet in sheets) or "none"
            message = f"The workbook has no sheet {self.sheet!r}; it has {listed}. Correct `sheet`."
            yield refused("shape", content, message, column=self.sheet)
            return
        rows = _rows(chosen[0])
        header: Cells = ()
        for _ in range(self.header_row):
            header = next(rows, ())
        names = _titles(header)
        missing = [column for column in self.columns if column not in names.values()]
        if not names:
            yield refused("shape", content, f"Row {self.header_row} names no column; correct `header_row`.")
            return
        for row in rows:
            element = {name: row[index] if index < len(row) else None for index, name in names.items()}
            unnamed = [index for index, value in enumerate(row) if index not in names and value is not None]
            element |= {f"({get_column_letter(index + 1)})": row[index] for index in unnamed}
            if any(value is not None for value in element.values()):
                yield self._lacking(element, missing, names) if missing else self._judged(element)

    def _lacking(self, element: Mapping[str, object], missing: list[str], names: Mapping[int, str]) -> Decoded:
        message = (
            f"Row {self.header_row} lacks {missing[0]!r} ({len(missing)} missing: {', '.join(missing)[:200]}); it has "
            f"{', '.join(names.values())[:300]}. If the source renamed it, change the format's `columns`."
        )
        return refused("shape", canonical(element), message, column=missing[0])

    def _judged(self, element: Any) -> Decoded:
        raw = canonical(element)
        for name, value in element.items() if isinstance(element, Mapping) else ():
            if isinstance(value, str) and value in ERRORS:
                message = f"{name!r} holds the error {value} of the workbook; correct its formula and save it again."
                return refused("unreadable", raw, message, column=str(name), value=value)
        return judged(element, raw, self.max_element_bytes)


def _unsafe(content: bytes) -> Decoded | None:
    """Why the archive must not be unpacked; ``None`` when it may be."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        message = "An .xls workbook or one protected by a password; save it as an unprotected .xlsx."
        return refused("unreadable", content, message)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except Exception as error:  # also struct and memory faults of a forged directory
        shown = f"{type(error).__name__}: {str(error)[:100]}"
        return refused("unreadable", content or b" ", f"Not a workbook: {shown}. Expected an .xlsx file.", value=shown)
    total = sum(part.file_size for part in parts)
    is_bomb = total > RATIO_FREE_BYTES and total > MAX_RATIO * len(content)
    if total > MAX_UNPACKED_BYTES or is_bomb or len(parts) > MAX_PARTS:
        message = (
            f"The workbook unpacks from {len(content)} to {total} bytes in {len(parts)} parts; allowed are "
            f"{MAX_UNPACKED_BYTES} bytes, {MAX_RATIO} times the packed size and {MAX_PARTS} parts."
        )
        return refused("too_large", content, message, value=str(total))
    return None


def _sheet(sheet: Any) -> Sheet:
    return Sheet(sheet.title, sheet.sheet_state != "visible", _rows(sheet))


def _rows(sheet: Any) -> Iterator[Cells]:
    """Plain values; the size a sheet declares is not believed, so that a forged one pads no row."""
    if not hasattr(sheet, "reset_dimensions"):  # a sheet of charts
        return
    sheet.reset_dimensions()
    for row in sheet.iter_rows(values_only=True):
        yield tuple(map(_plain, row))


def _plain(value: Any) -> object:
    if value is None or type(value) in (str, int, float, bool):
        return value or None if type(value) is str else value
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return str(value)


def _titles(header: Cells) -> dict[int, str]:
    """Position and title of every named column; the second of one title is ``title#2``."""
    seen: dict[str, int] = {}
    names: dict[int, str] = {}
    for index, value in enumerate(header):
        title = "" if value is None else str(value).strip()
        if title:
            seen[title] = seen.get(title, 0) + 1
            names[index] = title if seen[title] == 1 else f"{title}#{seen[title]}"
    return names
