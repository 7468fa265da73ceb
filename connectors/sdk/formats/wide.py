"""Wide tables: one line per instant, one column per sensor; each cell is a fact of its own."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from connectors.sdk.element import Decoded, refused
from connectors.sdk.formats.csv import CsvFormat
from connectors.sdk.formats.format import Format

COLUMN = "#column"
VALUE = "#value"


@dataclass(frozen=True)
class WideCsvFormat(Format):
    """Cells of a delimited table; an element maps the ``keys`` of its line, and ``#column`` and ``#value`` of the cell.

    ``keys`` are required columns that say what the line is about; ``beside`` are optional ones repeated in each cell of
    the line; ``dropped`` repeat what the keys say. Every other column is a sensor: a new one is taken in by being
    there. ``raw`` is the cell as a table of one line, so that it can be read alone. A line that cannot be read is
    refused once, whole.
    """

    keys: tuple[str, ...]
    beside: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8-sig"
    lines: CsvFormat = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the reading of lines."""
        object.__setattr__(self, "lines", CsvFormat(self.delimiter, self.encoding, self.keys))

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every cell, line by line."""
        heads: dict[tuple[str, ...], bytes] = {}
        for value, raw, violations in self.lines.decode(content):
            if violations:
                yield Decoded(value, raw, violations)
                continue
            about = {name: text for name, text in value.items() if name in self.keys or name in self.beside}
            start = self._line(about.values())[:-1] + self.delimiter.encode()
            cells = [(name, text) for name, text in value.items() if name not in about and name not in self.dropped]
            if not cells:
                yield refused("shape", raw, f"The table has no column beside {', '.join(value)}; expected sensors.")
            for column, cell in cells:
                names = (*about, column)
                if names not in heads:
                    heads[names] = self._line(names)
                end = cell.encode() + b"\n" if _is_plain(cell) else self._line((cell,))
                yield Decoded({**about, COLUMN: column, VALUE: cell}, heads[names] + start + end)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept cell."""
        kept = replace(self, dropped=(), encoding="utf-8-sig")
        found = list(kept.decode(text.encode()))
        return found[0] if len(found) == 1 else self.lines.reread(text, context)

    def _line(self, fields: Iterable[str]) -> bytes:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=self.delimiter, lineterminator="\n").writerow(fields)
        return file.getvalue().encode()


def _is_plain(cell: str) -> bool:
    """Whether a cell needs no quotes."""
    return not cell or (cell.isascii() and cell.replace(".", "", 1).replace("-", "", 1).isdigit())
