"""Delimited text: CSV, TSV and their relatives, declared and never sniffed."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, Element, refused
from connectors.sdk.errors import BadSetting
from connectors.sdk.formats.format import Format

_QUOTE = b'"'


@dataclass(frozen=True)
class CsvFormat(Format):
    """Lines of fields under one header line; an element maps column name to text, ``raw`` is its exact bytes.

    ``columns`` are required: if the header lacks one (renamed, dropped), every line is refused with rule
    ``shape`` naming it, so values never shift into their neighbour. Columns the format does not name are
    accepted and kept. ``like`` are expressions that one column's whole name must match each, for names that change
    with the edition (``CODGEO_[0-9]{4}``). The second column of the same name is ``name#2``. With ``header=False``
    the fields are ``columns`` in order. Only LF and CRLF end a line; a quoted field may hold them. A UTF-8
    byte-order mark is dropped.

    When a quote is opened and never properly closed, only its first line is refused and reading resumes on the
    next line, so one stray quote costs one line and not the rest of the file.
    """

    delimiter: str = ","
    encoding: str = "utf-8-sig"
    columns: tuple[str, ...] = ()
    header: bool = True
    like: tuple[str, ...] = ()
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def __post_init__(self) -> None:
        """Refuse a declaration that cannot be read line by line."""
        if len(self.delimiter.encode()) != 1 or "\n".encode(self.encoding).lstrip(codecs.BOM_UTF8) != b"\n":
            raise BadSetting(
                f"CsvFormat(delimiter={self.delimiter!r}, encoding={self.encoding!r}): expected one ASCII "
                "delimiter and an encoding that keeps ASCII as it is (utf-8, latin-1, cp1252, …)"
            )
        if not self.header and not self.columns:
            raise BadSetting("CsvFormat(header=False) needs `columns`: the names of the fields in order")

    def missing(self, names: Collection[str]) -> list[str]:
        """Required columns, and expressions, that a header of these names lacks."""
        lacking = [column for column in self.columns if column not in names]
        return lacking + [like for like in self.like if not any(re.fullmatch(like, name) for name in names)]

    def names(self, line: bytes) -> list[str]:
        """Names of the columns in a header line."""
        reading = _Reading(self, line + b"\n")
        return reading.header(reading.start)[0]

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every line after the header, in order."""
        return _Reading(self, content).elements()

    def text(self, element: Element) -> str:
        """The line as it came, under its header: the names are what makes a line readable alone, unshifted."""
        line = element.raw.decode(self.encoding, "backslashreplace")
        return _header_line(tuple(element.value), self.delimiter) + line if self.header else line

    def context_of(self, text: str) -> str:
        """The header of a kept text."""
        found = self._decoded(text)
        return _header_line(tuple(found[0].value), self.delimiter) if len(found) == 1 and found[0].value else ""

    def head(self, content: bytes) -> str:
        """The header of a content."""
        return _Reading(self, content).header_line() if self.header else ""

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of a kept line under its header; a line without one needs the header as ``context``."""
        found = self._decoded(text) or self._decoded(context + text)
        if len(found) == 1:
            return found[0]
        message = f"Expected a header and one line, found {len(found)} lines under the first; read the source again."
        return refused("shape", text.encode(), message, value=text)

    def _decoded(self, text: str) -> list[Decoded]:
        return list(self.decode(text.encode(self.encoding, "backslashreplace")))


class _Reading:
    """One pass over one content."""

    def __init__(self, declared: CsvFormat, content: bytes) -> None:
        self.declared = declared
        self.content = content
        self.encoding = "utf-8" if declared.encoding.lower().replace("_", "-") == "utf-8-sig" else declared.encoding
        self.delimiter = declared.delimiter.encode()
        is_utf8 = codecs.lookup(self.encoding).name == "utf-8"
        self.start = 3 if is_utf8 and content.startswith(codecs.BOM_UTF8) else 0

    def elements(self) -> Iterator[Decoded]:
        position = self.start
        names = list(self.declared.columns)
        if self.declared.header:
            if not self.content[position : self.declared.max_element_bytes].strip():
                yield refused("shape", self.content, "The content is empty; expected at least a header line.")
                return
            names, position = self.header(position)
        missing = self.declared.missing(names)
        if missing:
            yield from self._all_refused(position, names, missing)
            return
        yield from self._lines(position, names)

    def header_line(self) -> str:
        return _header_line(tuple(self.header(self.start)[0]), self.declared.delimiter)

    def header(self, position: int) -> tuple[list[str], int]:
        end = self._line_end(position)
        line = self.content[position : min(end, position + self.declared.max_element_bytes)]
        found, after = self._quoted(position, line) if _QUOTE in line else (None, end)
        fields = found or _end_stripped(line).decode(self.encoding, "surrogateescape").split(self.declared.delimiter)
        return _unique([_shown(field) for field in fields]), after if found else end

    def _lines(self, position: int, names: list[str]) -> Iterator[Decoded]:
        content, encoding, delimiter = self.content, self.encoding, self.declared.delimiter
        size, width, limit = len(content), len(names), self.declared.max_element_bytes
        while position < size:
            end = content.find(b"\n", position) + 1 or size
            line = content[position:end] if end - position <= limit else b""
            if not line:
                yield self._too_large(position, end)
            elif _QUOTE in line or b"\0" in line:
                element, end = self._careful(position, end, line, names)
                if element is not None:
                    yield element
            else:
                try:
                    fields = line.decode(encoding).rstrip("\r\n").split(delimiter)
                except UnicodeDecodeError:
                    yield self._judged(self._fields(line), line, names)
                else:
                    if len(fields) == width:
                        yield Decoded(dict(zip(names, fields, strict=True)), line)
                    elif fields != [""]:
                        yield self._judged(fields, line, names)
            position = end

    def _careful(self, position: int, end: int, line: bytes, names: list[str]) -> tuple[Decoded | None, int]:
        """One record that holds a quote or a NUL, and where the next one starts."""
        if b"\0" in line:
            return self._judged(self._fields(line), line, names), end
        fields, after = self._quoted(position, line)
        if fields is not None:
            judged = self._judged(fields, self.content[position:after], names)
            if after == end or not judged.violations:
                return judged, after
        message = (
            f'A quote in this line is not closed as CSV asks: {_excerpt(line)!r}. Expected "…" around a whole field.'
        )
        return refused("unreadable", line, message, value=_excerpt(line)), end

    def _quoted(self, position: int, line: bytes) -> tuple[list[str] | None, int]:
        """Fields of the record at ``position`` and its end; no fields when its quotes do not close in time."""
        taken = [line]
        reader = csv.reader(self._feed(position, taken), delimiter=self.declared.delimiter, strict=True)
        try:
            fields = next(reader)
        except (csv.Error, StopIteration):
            return None, position + len(line)
        return fields, position + sum(map(len, taken))

    def _feed(self, position: int, taken: list[bytes]) -> Iterator[str]:
        yield taken[0].decode(self.encoding, "surrogateescape")
        start, position = position, position + len(taken[0])
        while position < len(self.content):
            end = self._line_end(position)
            if end - start > self.declared.max_element_bytes:
                return
            taken.append(self.content[position:end])
            yield taken[-1].decode(self.encoding, "surrogateescape")
            position = end

    def _fields(self, line: bytes) -> list[str]:
        return _end_stripped(line).decode(self.encoding, "surrogateescape").split(self.declared.delimiter)

    def _judged(self, fields: list[str], raw: bytes, names: list[str]) -> Decoded:
        for index, field in enumerate(fields):
            if "\0" in field or not _is_readable(field):
                column = names[index] if index < len(names) else ""
                what = "a NUL byte" if "\0" in field else f"bytes that are not {self.declared.encoding}"
                expected = f"Expected text in {self.declared.encoding}."
                message = f"Column {column!r} holds {what}: {_shown(field)[:100]!r}. {expected}"
                return refused("unreadable", raw, message, column=column, value=_shown(field))
        if len(fields) != len(names):
            message = f"The line has {len(fields)} fields; the header has {len(names)}. Line: {_excerpt(raw)!r}"
            return refused("shape", raw, message, value=_excerpt(raw))
        return Decoded(dict(zip(names, fields, strict=True)), raw)

    def _all_refused(self, position: int, names: list[str], missing: list[str]) -> Iterator[Decoded]:
        message = (
            f"The header lacks {missing[0]!r} ({len(missing)} missing: {', '.join(missing)[:200]}); "
            f"it has {', '.join(names)[:300]}. If the source renamed it, change the format's `columns`."
        )
        while position < len(self.content):
            end = self._line_end(position)
            line = self.content[position:end]
            if _QUOTE in line:
                fields, after = self._quoted(position, line)
                end = after if fields is not None else end
            if line.strip(b"\r\n"):
                yield refused("shape", self.content[position:end], message, column=missing[0])
            position = end

    def _too_large(self, position: int, end: int) -> Decoded:
        message = f"The line has {end - position} bytes; allowed are {self.declared.max_element_bytes}."
        return refused("too_large", self.content[position : position + 128 * 1024], message, value=str(end - position))

    def _line_end(self, position: int) -> int:
        return self.content.find(b"\n", position) + 1 or len(self.content)


@lru_cache(maxsize=64)
def _header_line(names: tuple[str, ...], delimiter: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerow(names)
    return file.getvalue()


def _unique(names: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return unique


def _end_stripped(line: bytes) -> bytes:
    return line.rstrip(b"\r\n")


def _is_readable(field: str) -> bool:
    try:
        field.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _shown(field: str) -> str:
    r"""The field with undecodable bytes written as ``\xNN``."""
    return field.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _excerpt(raw: bytes) -> str:
    return raw[:200].decode("utf-8", "backslashreplace").rstrip("\r\n")
