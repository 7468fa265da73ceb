"""Looks at a file and proposes how its format is declared; the author judges the proposal, no run ever guesses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook

from connectors.sdk.connector import read_payload
from connectors.sdk.errors import BadSetting

FORMATS = ("csv", "xlsx", "json", "jsonl", "geojson", "xml")
_SUFFIXES = {"txt": "csv", "tab": "csv", "tsv": "csv", "ndjson": "jsonl", "xlsm": "xlsx"}
_MOST_TITLE_ROWS = 30
XML_ELEMENTS = 'elements="TODO"'


@dataclass(frozen=True)
class Peek:
    """A format by its code, the arguments of its declaration as written in Python, and the names of its columns."""

    form: str
    arguments: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()


def peek(file: Path, form: str = "") -> Peek:
    """What a file seems to be, by ``form`` or its name, and by its first lines.

    Raises:
        BadSetting: no file, or none of the formats that are drafted.
    """
    if not file.is_file():
        raise BadSetting(f"there is no file {file}; give the path of one payload of the source")
    suffix = file.name.removesuffix(".gz").rpartition(".")[2].lower()
    form = form or _SUFFIXES.get(suffix, suffix)
    if form not in FORMATS:
        raise BadSetting(
            f"no draft is made from .{suffix}; give --format, one of {', '.join(FORMATS)}, without --payload"
        )
    content = read_payload(file).content
    try:
        return _PEEKS[form](content)
    except (ValueError, LookupError, TypeError, AttributeError, OSError, BadZipFile) as error:
        raise BadSetting(f"{file.name} is not readable as {form}: {error}; give --format without --payload") from error


def _csv(content: bytes) -> Peek:
    try:
        text, encoding = content.decode("utf-8-sig"), "utf-8-sig"
    except UnicodeDecodeError:
        text, encoding = content.decode("cp1252", "replace"), "cp1252"
    head = text.split("\n", 1)[0].strip("\r")
    delimiter = max(",;\t|", key=head.count)
    columns = next(csv.reader([head], delimiter=delimiter), [])
    shown = json.dumps(delimiter)
    return Peek("csv", (f"delimiter={shown}", f'encoding="{encoding}"'), tuple(columns))


def _xlsx(content: bytes) -> Peek:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = next((sheet for sheet in book.worksheets if sheet.sheet_state == "visible"), book.worksheets[0])
    rows = [row for _, row in zip(range(_MOST_TITLE_ROWS), sheet.iter_rows(values_only=True), strict=False)]
    at = _header(rows)
    columns = tuple(str(value).strip() for value in rows[at] if value is not None)
    return Peek("xlsx", (f"sheet={json.dumps(sheet.title, ensure_ascii=False)}", f"header_row={at + 1}"), columns)


def _header(rows: Sequence[Sequence[Any]]) -> int:
    """The last wide row of texts alone before the first that holds a number; else the first wide one."""
    filled = [[value for value in row if value is not None] for row in rows]
    width = max(map(len, filled), default=0)
    titles = [
        index
        for index, values in enumerate(filled)
        if len(values) * 2 > width and all(isinstance(value, str) for value in values)
    ]
    data = next(
        (index for index, values in enumerate(filled) if any(not isinstance(v, str) for v in values)), len(rows)
    )
    before = [index for index in titles if index < data]
    if not width:
        raise ValueError("its first sheet is empty")
    return before[-1] if before and data < len(rows) else titles[0] if titles else 0


def _json(content: bytes) -> Peek:
    document = json.loads(content)
    where = _list_in(document)
    items = document
    for name in where or ():
        items = items[name]
    path = json.dumps(".".join(where), ensure_ascii=False) if where else ""
    item = items[0] if where is not None and items else document
    return Peek("json", (f"elements={path}",) if path else (), _names(item))


def _list_in(document: Any, depth: int = 3) -> tuple[str, ...] | None:
    """Where the first list of objects stands, the outermost first."""
    if isinstance(document, list):
        return () if document and isinstance(document[0], dict) else None
    if not isinstance(document, dict) or not depth:
        return None
    for value_kind in (list, dict):
        for name, value in document.items():
            found = _list_in(value, depth - 1) if isinstance(value, value_kind) and "." not in name else None
            if found is not None:
                return (name, *found)
    return None


def _jsonl(content: bytes) -> Peek:
    return Peek("jsonl", (), _names(json.loads(content.split(b"\n", 1)[0])))


def _geojson(content: bytes) -> Peek:
    document = json.loads(content)
    features = document.get("features") or [document]
    return Peek("geojson", (), _names(features[0].get("properties")))


def _xml(content: bytes) -> Peek:
    return Peek("xml", (XML_ELEMENTS,))


def _names(item: object) -> tuple[str, ...]:
    return tuple(map(str, item)) if isinstance(item, dict) else ()


_PEEKS = {"csv": _csv, "xlsx": _xlsx, "json": _json, "jsonl": _jsonl, "geojson": _geojson, "xml": _xml}
