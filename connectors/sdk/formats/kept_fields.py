"""Another format's elements with nothing but the fields that are mapped: what is not needed is never kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from connectors.sdk.element import Decoded, canonical, digest_of
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat
from schemas.check import Violation


@dataclass(frozen=True)
class KeptFieldsFormat(Format):
    """Elements of ``inner`` that keep the fields ``names`` alone; ``raw`` is JSON text of what is kept.

    For sources whose other fields may hold persons (the free text of a logbook): they are dropped before anything is
    stored, published or shown. An element that cannot be cut cannot be reduced, so its bytes and excerpts are withheld:
    its ``raw`` tells their digest and number, enough to count it and to find it in the source's own file.
    """

    inner: Format
    names: tuple[str, ...]

    def original(self, content: bytes) -> bytes:
        """Digest and number of the bytes alone."""
        return _notice(content)

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of the inner format, reduced."""
        for decoded in self.inner.decode(content):
            if decoded.violations:
                yield withheld(decoded, self.names)
            else:
                value = reduced(decoded.value, self.names)
                yield Decoded(value, canonical(value))

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text; a withheld one must be read from its source again."""
        found = JsonLinesFormat().reread(text)
        if found.violations or (isinstance(found.value, Mapping) and "withheld" in found.value):
            return withheld(found._replace(violations=found.violations or _LOST), self.names)
        return found


def reduced(value: Any, names: tuple[str, ...]) -> Any:
    """The fields named, by name or dotted path; a list on the way is kept whole, what is no mapping becomes one."""
    if not isinstance(value, Mapping):
        return {}
    kept: dict[str, Any] = {}
    paths: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        if name in value:
            kept[name] = value[name]
        elif name.startswith("@"):
            kept["geometry"] = value.get("geometry")
        elif rest and head in value:
            paths.setdefault(head, []).append(rest)
    for head, rests in paths.items():
        inner = value[head]
        if isinstance(inner, Mapping):
            already = kept.get(head)
            kept[head] = {**(already if isinstance(already, dict) else {}), **reduced(inner, tuple(rests))}
        elif isinstance(inner, list):
            kept[head] = inner
    return kept


def withheld(decoded: Decoded, names: tuple[str, ...]) -> Decoded:
    """The refused element without its bytes and without what its violations quote of them."""
    return Decoded(None, _notice(decoded.raw), tuple(_without_excerpt(each, names) for each in decoded.violations))


def _notice(content: bytes) -> bytes:
    return canonical({"withheld": digest_of(content), "bytes": len(content)})


def _without_excerpt(violation: Violation, names: tuple[str, ...]) -> Violation:
    column = violation.column if violation.column in names else ""
    told = f" (see column {column!r})" if column else ""
    return replace(violation, column=column, value="", message=(
        f"The element cannot be cut into fields{told}. Its text is withheld, because only mapped fields may be kept; "
        "look it up in the source's own file by its number, correct it there and read the file again."
    ))  # fmt: skip


_LOST = (Violation(rule="unreadable", column="", value="", message=""),)
