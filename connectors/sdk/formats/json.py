"""JSON documents and JSON lines, with limits."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, refused
from connectors.sdk.formats.format import Format

MAX_DEPTH = 64


class _Duplicated(dict[str, Any]):
    """An object that named a key twice; which value was meant nobody knows."""

    key = ""


@dataclass(frozen=True)
class JsonFormat(Format):
    """One JSON document; its elements are the items of the list at ``elements``: ``"results"``, ``"data.items"``.

    With ``elements=""`` the root is the list, or the single element. ``raw`` holds the item's exact text. NaN
    and Infinity, a key named twice, a lone surrogate and nesting over 64 are refused per element; when the
    document breaks off, what came before survives and the rest is one refused element.
    """

    elements: str = ""
    encoding: str = "utf-8"
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every item of the list, in order."""
        try:
            text = content.decode("utf-8-sig" if self.encoding == "utf-8" else self.encoding)
        except UnicodeDecodeError as error:
            yield _unreadable(content, f"byte {error.start} is not {self.encoding}")
            return
        position = 0
        try:
            position = _descend(text, [name for name in self.elements.split(".") if name])
            if text[position : position + 1] != "[":
                yield from self._single(text, position)
                return
            position += 1
            for start, end, value in _items(text, position):
                position = end
                yield judged(value, text[start:end].encode(), self.max_element_bytes)
            if text[position:].strip(" \t\r\n,")[:1] != "]":
                raise ValueError(f"the list of elements is not closed after character {position}")
        except _Missing as missing:
            yield refused(
                "shape",
                content,
                f"The document has no list at {self.elements!r}: {missing}",
                column=self.elements,
            )
        except (ValueError, RecursionError) as error:
            yield _broken(text[position:].lstrip(" \t\r\n,").encode(), error)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept item."""
        return read_one(text.encode(), "utf-8", self.max_element_bytes)

    def _single(self, text: str, position: int) -> Iterator[Decoded]:
        if self.elements:
            yield refused("shape", text.encode(), f"Expected a list at {self.elements!r}.", column=self.elements)
            return
        value, end = _DECODER.raw_decode(text, position)
        if text[end:].strip():
            raise ValueError(f"characters after the end of the document at {end}")
        yield judged(value, text[position:end].encode(), self.max_element_bytes)


@dataclass(frozen=True)
class JsonLinesFormat(Format):
    """One JSON value per line; a broken line is refused and the rest survives."""

    encoding: str = "utf-8"
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every line that is not blank, in order."""
        position = 0
        while position < len(content):
            end = content.find(b"\n", position) + 1 or len(content)
            start, position = position, end
            if end - start > self.max_element_bytes:
                message = f"The line has {end - start} bytes; allowed are {self.max_element_bytes}."
                yield refused("too_large", content[start : start + 128 * 1024], message, value=str(end - start))
                continue
            line = content[start:end].strip(b" \t\r\n")
            if line:
                yield read_one(line, self.encoding, self.max_element_bytes)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept line."""
        return read_one(text.encode(), "utf-8", self.max_element_bytes)


def read_one(raw: bytes, encoding: str, max_bytes: int) -> Decoded:
    """One JSON value that is the whole text, judged."""
    try:
        text = raw.decode(encoding)
        value, end = _DECODER.raw_decode(text)
        if end != len(text):
            raise ValueError(f"characters after the end of the value at {end}")
    except (ValueError, RecursionError) as error:
        return _broken(raw, error)
    return judged(value, raw, max_bytes)


def judged(value: Any, raw: bytes, max_bytes: int) -> Decoded:
    """The element, refused when it is too long, too deep, names a key twice or holds a lone surrogate."""
    if len(raw) > max_bytes:
        message = f"The element has {len(raw)} bytes; allowed are {max_bytes}."
        return refused("too_large", raw, message, value=str(len(raw)))
    level: list[tuple[str, Any]] = [("", value)]
    for _ in range(MAX_DEPTH + 1):
        below: list[tuple[str, Any]] = []
        for name, item in level:
            if isinstance(item, _Duplicated):
                return _unreadable(raw, f"the key {item.key!r} is named twice in one object", column=item.key)
            if isinstance(item, dict):
                below.extend(item.items())
            elif isinstance(item, list):
                below.extend((name, inner) for inner in item)
            elif isinstance(item, str) and not (item.isascii() or _is_text(item)):
                return _unreadable(raw, f"{name!r} holds half a surrogate pair", column=name)
        if not below:
            return Decoded(value, raw)
        level = below
    return refused("too_large", raw, f"The element is nested deeper than {MAX_DEPTH} levels.", column=level[0][0])


class _Missing(Exception):
    """The path to the elements does not exist; says where it stopped."""


def _unreadable(raw: bytes, why: str, column: str = "") -> Decoded:
    shown = raw[:200].decode("utf-8", "backslashreplace")
    return refused(
        "unreadable",
        raw,
        f"Not usable as JSON: {why}. Starts with {shown[:100]!r}",
        column=column,
        value=shown,
    )


def _broken(raw: bytes, error: Exception) -> Decoded:
    if isinstance(error, RecursionError):
        return refused("too_large", raw, f"The JSON is nested too deeply to be read; allowed are {MAX_DEPTH} levels.")
    return _unreadable(raw, str(error))


def _is_text(item: str) -> bool:
    try:
        item.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    names = [name for name, _ in pairs]
    marked = _Duplicated(found)
    marked.key = next(name for name in names if names.count(name) > 1)
    return marked


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_BLANKS = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)


def _blank(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _descend(text: str, path: list[str]) -> int:
    """Where the value at ``path`` starts; values beside the path are parsed and dropped."""
    position = _blank(text, 0)
    for name in path:
        if text[position : position + 1] != "{":
            raise _Missing(f"expected an object holding {name!r} at character {position}")
        position = _member(text, position + 1, name)
    return position


def _member(text: str, position: int, name: str) -> int:
    while True:
        position = _blank(text, position)
        if text[position : position + 1] != '"':
            raise _Missing(f"there is no {name!r}")
        key, position = _DECODER.raw_decode(text, position)
        position = _blank(text, position)
        if text[position : position + 1] != ":":
            raise ValueError(f"expected ':' at character {position}")
        position = _blank(text, position + 1)
        if key == name:
            return position
        _, position = _DECODER.raw_decode(text, position)
        position = _blank(text, position)
        if text[position : position + 1] == ",":
            position += 1


def _items(text: str, position: int) -> Iterator[tuple[int, int, Any]]:
    position = _blank(text, position)
    if text[position : position + 1] == "]":
        return
    while True:
        value, end = _DECODER.raw_decode(text, position)
        yield position, end, value
        position = _blank(text, end)
        if text[position : position + 1] == "]":
            return
        if text[position : position + 1] != ",":
            raise ValueError(f"expected ',' or ']' at character {position}")
        position = _blank(text, position + 1)
