"""One publisher's table under the headers of several editions, told apart by their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sdk.element import Decoded, Element
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.format import Format


@dataclass(frozen=True)
class CsvDialects(Format):
    """Delimited text in the first of ``dialects`` whose columns its header has; nothing else is guessed.

    A header that fits none is refused under the first dialect, which names what it misses.
    """

    dialects: tuple[CsvFormat, ...]

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every line after the header, in order."""
        return self._of(content).decode(content)

    def text(self, element: Element) -> str:
        """The line under its header."""
        names = list(element.value)
        return next((each for each in self.dialects if not each.missing(names)), self.dialects[0]).text(element)

    def context_of(self, text: str) -> str:
        """The header of a kept text."""
        return self._of(text.encode()).context_of(text)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of a kept line under its header, or under ``context``."""
        return self._of((context or text).encode()).reread(text, context)

    def _of(self, content: bytes) -> CsvFormat:
        line = content[: self.dialects[0].max_element_bytes].split(b"\n", 1)[0]
        return next((each for each in self.dialects if not each.missing(each.names(line))), self.dialects[0])
