"""The tables inside one zip archive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from connectors.sdk.element import Decoded, Element, refused
from connectors.sdk.errors import Skip
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.zipped import MAX_UNPACKED_BYTES, members

_JUNK = ("__MACOSX/", "._", ".DS_Store")


@dataclass(frozen=True)
class ArchiveFormat(Format):
    """Tables inside one zip: ``tables`` maps a member's name, or a pattern such as ``*.xml``, to its own format.

    An element is ``{"member": <name>, "line": <value>}``. Its text is the member's name on a line of its own, then
    what the inner format keeps, so that an element can be read again alone. Names count without their folder, and a
    name told apart by its folder alone is refused. Members that ``tables`` does not name are no part of the format.
    ``required`` lists groups of names; when no member of a group is there, one element is refused, rule ``shape``.
    """

    tables: Mapping[str, Format]
    required: tuple[tuple[str, ...], ...] = ()
    max_bytes: int = MAX_UNPACKED_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of every table, member by member."""
        seen: list[str] = []
        try:
            for path, unpacked in members(content, max_bytes=self.max_bytes):
                name = path.rpartition("/")[2]
                table = None if path.startswith(_JUNK) or name.startswith(_JUNK) else self._table(name)
                if table is None:
                    continue
                if name in seen and name in self.tables:
                    yield _misshapen(path, f"The archive holds {name!r} in two folders; expected it once.", name)
                    continue
                seen.append(name)
                yield from _elements(name, table, unpacked)
        except Skip as skip:
            yield refused(skip.rule, content, str(skip))
            return
        for group in self.required:
            if not any(fnmatchcase(name, wanted) for name in seen for wanted in group):
                wanted = " or ".join(group)
                has = ", ".join(seen)
                yield _misshapen(has, f"The archive lacks {wanted}; it has {has[:300] or 'no table'}.", group[0])

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of a kept text."""
        name, _, kept = text.partition("\n")
        table = self._table(name)
        if table is None:
            return refused("shape", text.encode(), f"Expected a member's name in the first line, found {name[:100]!r}.")
        return _named(name, table, table.reread(kept))

    def _table(self, name: str) -> Format | None:
        found = self.tables.get(name)
        return found or next((table for wanted, table in self.tables.items() if fnmatchcase(name, wanted)), None)


def _elements(name: str, table: Format, content: bytes) -> Iterator[Decoded]:
    head = f"{name}\n{table.head(content)}".encode()
    for found in table.decode(content):
        if found.violations:
            yield Decoded(None, head + found.raw, found.violations)
        else:
            yield _named(name, table, found)


def _named(name: str, table: Format, found: Decoded) -> Decoded:
    if found.violations:
        return Decoded(None, f"{name}\n".encode() + found.raw, found.violations)
    kept = table.text(Element(found.value, found.raw, 0))
    return Decoded({"member": name, "line": found.value}, f"{name}\n{kept}".encode())


def _misshapen(names: str, message: str, column: str) -> Decoded:
    return refused("shape", (names or "an archive without tables").encode(), message, column=column)
