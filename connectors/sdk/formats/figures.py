"""Tables whose lines hold many figures: each figure is an element of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.sdk.element import Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat

INDICATOR, VALUE = "indicator", "value"


@dataclass(frozen=True)
class FiguresFormat(Format):
    """Every line of ``inner`` gives one element per column that is not ``fixed``, by name or by an expression.

    With ``figures_like`` only the columns whose whole title it matches are figures; the others are left out, whatever
    their number, so that a wide table is taken in by the few figures that matter.

    An element maps the fixed columns to their values, ``indicator`` to the column's title and ``value`` to what stands
    in the cell; ``raw`` is its JSON text. A column that a new edition adds is a new indicator. A line that cannot be
    read is one refused element, whole.
    """

    inner: Format
    fixed: tuple[str, ...]
    fixed_like: str = ""
    figures_like: str = ""

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every cell, line by line."""
        for line in self.inner.decode(content):
            if line.violations:
                yield line
            else:
                yield from self._cells(line)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text; a kept line that was refused is one cell no more, so it stays refused."""
        found = JsonLinesFormat().reread(text)
        if isinstance(found.value, dict) and {INDICATOR, VALUE} <= found.value.keys():
            return found
        return refused("shape", text.encode() or b" ", "A line of several figures was kept; read the source again.")

    def _cells(self, line: Decoded) -> Iterator[Decoded]:
        value: Mapping[str, object] = line.value
        kept, cells = {}, []
        for name in value:
            if name in self.fixed or (self.fixed_like and re.fullmatch(self.fixed_like, name)):
                kept[name] = value[name]
            elif not self.figures_like or re.fullmatch(self.figures_like, name):
                cells.append(name)
        if not cells:
            like = f" whose title is like {self.figures_like!r}" if self.figures_like else ""
            yield refused("shape", line.raw, f"The line has no figure beside {', '.join(self.fixed)}{like}.")
        for name in cells:
            cell = {**kept, INDICATOR: name, VALUE: value[name]}
            yield Decoded(cell, canonical(cell))
