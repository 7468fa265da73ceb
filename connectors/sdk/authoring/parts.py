"""Payloads taken apart and put together again: a fixture is cut from a whole file, a sample is spoilt on purpose."""

from __future__ import annotations

import copy
import csv
import io
import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from openpyxl import Workbook, load_workbook

from connectors.sdk.element import Element, Payload
from connectors.sdk.errors import BadSetting
from connectors.sdk.formats import (
    CsvDialects,
    CsvFormat,
    FiguresFormat,
    Format,
    GeoJsonFormat,
    JsonFormat,
    JsonLinesFormat,
    KeptFieldsFormat,
    WorkbookFormat,
)


class Parts(ABC):
    """The parts of one payload, in order: what each says, and the bytes of some of them alone."""

    values: Sequence[Any]

    @abstractmethod
    def cut(self, chosen: Sequence[int]) -> bytes:
        """A payload of the chosen parts, with everything that stands around parts (header, titles)."""

    @abstractmethod
    def spoilt(self, chosen: Sequence[int], changes: Mapping[str, str], renames: Mapping[str, str]) -> bytes:
        """The same with values of the first part changed and columns renamed.

        Raises:
            BadSetting: the part has no such column.
        """


def parts_of(declared: Format, content: bytes) -> Parts | None:
    """The parts of a payload; ``None`` for formats that cannot be put together again (binary ones, XML, matrices)."""
    wire = wire_format(declared)
    if isinstance(wire, CsvFormat | CsvDialects | JsonLinesFormat):
        return _Lines(wire, content)
    if isinstance(wire, WorkbookFormat) and wire.elements is None:
        return _Rows(wire, content)
    if isinstance(wire, JsonFormat | GeoJsonFormat):
        path = wire.elements if isinstance(wire, JsonFormat) else "features"
        try:
            return _Items(json.loads(content), [name for name in path.split(".") if name])
        except (ValueError, LookupError, TypeError, RecursionError):
            return None
    return None


def wire_format(declared: Format) -> Format:
    """The format of the bytes, under those that only cut its elements smaller."""
    while isinstance(declared, FiguresFormat | KeptFieldsFormat):
        declared = declared.inner
    return declared


class _Lines(Parts):
    """Lines of CSV or JSON; those that are not changed keep their bytes."""

    def __init__(self, declared: Format, content: bytes) -> None:
        self.elements: tuple[Element, ...] = tuple(declared.split(Payload(content, "", datetime.now(UTC))))
        self.values = [element.value for element in self.elements]
        start = content.find(self.elements[0].raw) if self.elements else len(content)
        self.head = content[: max(start, 0)]
        self.declared = declared

    def cut(self, chosen: Sequence[int]) -> bytes:
        return self.head + b"".join(self._ended(self.elements[index].raw) for index in chosen)

    def spoilt(self, chosen: Sequence[int], changes: Mapping[str, str], renames: Mapping[str, str]) -> bytes:
        rows = [copy.deepcopy(self.values[index]) for index in chosen]
        is_json = isinstance(self.declared, JsonLinesFormat)
        _change(rows[0], changes, is_text=not is_json)
        _known(rows[0], renames)
        if is_json:
            return b"".join(json.dumps(_renamed(row, renames), ensure_ascii=False).encode() + b"\n" for row in rows)
        lines = [self._line(rows[0].values()), *(self._ended(self.elements[index].raw) for index in chosen[1:])]
        head = self._line(_renamed(rows[0], renames)) if renames else self.head
        return head + b"".join(lines)

    def _line(self, fields: Iterable[str]) -> bytes:
        form = self._csv()
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=form.delimiter, lineterminator="\r\n" if b"\r\n" in self.head else "\n").writerow(
            fields
        )
        return file.getvalue().encode("utf-8" if form.encoding == "utf-8-sig" else form.encoding)

    def _csv(self) -> CsvFormat:
        dialects = self.declared.dialects if isinstance(self.declared, CsvDialects) else (self.declared,)
        names = next((list(value) for value in self.values if value is not None), [])
        forms = [each for each in dialects if isinstance(each, CsvFormat)]
        return next((each for each in forms if not each.missing(names)), forms[0])

    @staticmethod
    def _ended(raw: bytes) -> bytes:
        return raw if raw.endswith(b"\n") else raw + b"\n"


class _Rows(Parts):
    """Rows of one sheet; what stands above its header goes along, other sheets do not."""

    def __init__(self, declared: WorkbookFormat, content: bytes) -> None:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book[declared.sheet] if declared.sheet in book.sheetnames else book.worksheets[0]
        rows = [tuple(row) for row in sheet.iter_rows(values_only=True)]
        self.title = sheet.title
        self.top = rows[: declared.header_row]
        self.body = [row for row in rows[declared.header_row :] if any(value is not None for value in row)]
        self.names = ["" if value is None else str(value).strip() for value in (self.top[-1] if self.top else ())]
        self.values = [dict(zip(self.names, row, strict=False)) for row in self.body]

    def cut(self, chosen: Sequence[int]) -> bytes:
        return self._book(self.top, [self.body[index] for index in chosen])

    def spoilt(self, chosen: Sequence[int], changes: Mapping[str, str], renames: Mapping[str, str]) -> bytes:
        rows = [dict(self.values[index]) for index in chosen]
        _change(rows[0], changes)
        _known(rows[0], renames)
        header = [renames.get(name, name) or None for name in self.names]
        return self._book([*self.top[:-1], header], [list(row.values()) for row in rows])

    def _book(self, *blocks: Iterable[Iterable[Any]]) -> bytes:
        book = Workbook(write_only=True)
        sheet = book.create_sheet(self.title)
        for block in blocks:
            for row in block:
                sheet.append(list(row))
        file = io.BytesIO()
        book.save(file)
        return file.getvalue()


class _Items(Parts):
    """Items of a list in one JSON document."""

    def __init__(self, document: Any, path: Sequence[str]) -> None:
        self.document, self.path = document, path
        items = document
        for name in path:
            items = items[name]
        if not isinstance(items, list):
            raise TypeError(f"expected a list at {'.'.join(path)!r}")
        self.values = items

    def cut(self, chosen: Sequence[int]) -> bytes:
        return self._with([self.values[index] for index in chosen])

    def spoilt(self, chosen: Sequence[int], changes: Mapping[str, str], renames: Mapping[str, str]) -> bytes:
        items = copy.deepcopy([self.values[index] for index in chosen])
        _change(items[0], changes)
        _known(items[0], renames)
        return self._with([_renamed(item, renames) for item in items])

    def _with(self, items: list[Any]) -> bytes:
        if not self.path:
            return json.dumps(items, ensure_ascii=False).encode()
        document = copy.copy(self.document)
        inner = document
        for name in self.path[:-1]:
            inner[name] = copy.copy(inner[name])
            inner = inner[name]
        inner[self.path[-1]] = items
        return json.dumps(document, ensure_ascii=False).encode()


def _change(value: Any, changes: Mapping[str, str], *, is_text: bool = False) -> None:
    """Set ``column`` or ``outer.inner`` of a part to what is written; nothing written is no value."""
    _known(value, changes)
    for name, written in changes.items():
        inner, last = _place(value, name)
        inner[last] = written if is_text else _read(written)


def _known(value: Any, names: Iterable[str]) -> None:
    for name in names:
        inner, last = _place(value, name)
        if not isinstance(inner, dict) or last not in inner:
            known = ", ".join(map(str, inner)) if isinstance(inner, dict) else f"only {inner!r}"
            raise BadSetting(f"the first recorded part has no {name!r}; it has {known[:400]}")


def _place(value: Any, name: str) -> tuple[Any, str]:
    """Where a name stands: itself when the part has it, else along its dots."""
    while isinstance(value, dict) and name not in value and "." in name:
        outer, _, name = name.partition(".")
        value = value.get(outer)
    return value, name


def _renamed(value: Any, renames: Mapping[str, str]) -> Any:
    return {renames.get(key, key): inner for key, inner in value.items()} if isinstance(value, dict) else value


def _read(written: str) -> Any:
    if not written:
        return None
    try:
        return json.loads(written)
    except ValueError:
        return written
