"""Wide tables read cell by cell: each measure of each line is an element of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from connectors.sdk.element import Decoded, canonical, refused
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat

_NO_WORD = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class CellFormat(Format):
    """Elements are ``{"line": labels, "column": title, "cell": text}``, ``raw`` is their JSON.

    Titles are compared folded (``folded``): case, accents, blanks and apostrophes differ between editions of one table.
    ``labels`` say what a line is about, under their folded names; ``required`` of them must be there, or every line is
    refused with rule ``shape``. Every other column is a measure, so a new one is taken in and a renamed one is another
    indicator, never a shifted value. A line that cannot be read is one refused element.
    """

    lines: CsvFormat
    labels: frozenset[str]
    required: tuple[str, ...]

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every cell of every line, in order."""
        for line, raw, violations in self.lines.decode(content):
            if violations:
                yield Decoded(None, raw, violations)
            else:
                yield from self._cells(line, raw)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept cell."""
        return JsonLinesFormat().reread(text)

    def _cells(self, line: Mapping[str, str], raw: bytes) -> Iterator[Decoded]:
        names = {title: folded(title) for title in line}
        labels = {names[title]: text for title, text in line.items() if names[title] in self.labels}
        missing = [name for name in self.required if name not in labels]
        measures = [title for title, name in names.items() if name not in self.labels]
        if missing or not measures:
            what = f"the columns {', '.join(missing)}" if missing else "any column with figures"
            message = (
                f"The header lacks {what}; it has {', '.join(line)[:300]}. If it was renamed, adapt the connector."
            )
            yield refused("shape", raw, message, column=missing[0] if missing else "")
            return
        for title in measures:
            value: dict[str, Any] = {"line": labels, "column": title, "cell": line[title]}
            yield Decoded(value, canonical(value))


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """``Classe d'âge`` as ``classe_d_age``: letters without accents and digits, joined by one underscore."""
    plain = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore").decode()
    return _NO_WORD.sub("_", plain.lower()).strip("_")
