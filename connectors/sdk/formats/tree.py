"""JSON documents whose elements are not simply the items of one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat, judged, read_one

_BLANK = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"


class Misshapen(ValueError):
    """A part of a document is not built as declared; ``column`` names it."""

    def __init__(self, message: str, column: str) -> None:
        """Keep what was found and expected, and where."""
        super().__init__(message)
        self.column = column


@dataclass(frozen=True)
class JsonTreeFormat(Format):
    """One JSON document; ``elements`` takes it as mappings and lists and gives its elements, as JSON values.

    ``raw`` is JSON text of the element. A part that ``elements`` cannot take apart it gives as a refused one
    (``misshapen``); when it raises ``Misshapen``, the rest of the document is one refused element. A document that
    breaks off, names a key twice or holds NaN is one refused element.
    """

    elements: Callable[[Any], Iterable[Any]]
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of the document, in order."""
        document = document_of(content)
        if document.violations:
            yield document
            return
        try:
            for value in self.elements(document.value):
                yield value if isinstance(value, Decoded) else judged(value, canonical(value), self.max_element_bytes)
        except Misshapen as fault:
            yield misshapen(document.value, fault)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)


def document_of(content: bytes) -> Decoded:
    """The whole content as one JSON value; a byte-order mark and blanks around it are dropped."""
    found = read_one(content.removeprefix(_MARK).strip(_BLANK), "utf-8", len(content))
    if found.violations:
        return Decoded(None, content[:MAX_ELEMENT_BYTES], found.violations)
    return found


def misshapen(value: object, fault: Misshapen) -> Decoded:
    """The refused element of a part that is not built as declared."""
    return refused("shape", canonical(value), str(fault), column=fault.column)


def expect(value: Any, kind: type, column: str) -> Any:
    """The value when it is a list or a mapping as declared.

    Raises:
        Misshapen: it is something else.
    """
    if isinstance(value, kind):
        return value
    wanted = "a list" if kind is list else "an object"
    raise Misshapen(f"Found {type(value).__name__} at {column!r}; expected {wanted}.", column)
