"""Documents whose elements are not nodes of theirs but are put together from several places of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat

_WIDE = {
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
    b"<\x00": "utf-16-le",
    b"\x00<": "utf-16-be",
}


@dataclass(frozen=True)
class PartsFormat(Format):
    """Cuts each element of ``whole`` further: ``parts`` takes its value and gives the elements.

    For a record that needs what stands above it (the situation of a DATEX II record, the bulletin of a colour), and
    for documents with text that must not be kept: ``raw`` is JSON of the part, so only what ``parts`` picks is stored.
    An element of ``whole`` without any part, or which ``parts`` cannot take apart, is refused with rule ``shape``.

    The content of XML nodes named in ``forget`` is cut out before anything is read, so that it reaches no dead letter
    either; of those named in ``forget_unless`` when it does not match the expression given with the name. A part that
    ``parts`` gives as a refused one stays refused alone.
    """

    whole: Format
    parts: Callable[[Any], Iterable[Any]]
    forget: tuple[str, ...] = ()
    forget_unless: Mapping[str, re.Pattern[bytes]] = field(default_factory=dict)
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every part of every element, in order."""
        for found in self.whole.decode(self._without_forgotten(content)):
            if found.violations:
                yield found
            else:
                yield from self._cut(found)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of a kept part; of a kept original, when it holds one part."""
        part = JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)
        if not part.violations:
            return part
        found = list(self.decode(text.encode()))
        return found[0] if len(found) == 1 else part

    def _cut(self, found: Decoded) -> Iterator[Decoded]:
        try:
            parts = list(self.parts(found.value))
            if not parts:
                raise ValueError("it holds nothing to make a row of")
        except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
            column = str(error.args[0])[:100] if isinstance(error, KeyError) and error.args else ""
            what = f"it lacks {column!r}" if column else f"{type(error).__name__}: {str(error)[:200]}"
            yield refused("shape", found.raw, f"The element is not built as expected: {what}.", column=column)
            return
        for part in parts:
            if isinstance(part, Decoded):
                yield part
                continue
            raw = canonical(part)
            if len(raw) > self.max_element_bytes:
                message = f"The element has {len(raw)} bytes as JSON; allowed are {self.max_element_bytes}."
                yield refused("too_large", raw, message, value=str(len(raw)))
            else:
                yield Decoded(part, raw)

    def _without_forgotten(self, content: bytes) -> bytes:
        if not self.forget:
            return content
        names = "|".join(map(re.escape, (*self.forget, *self.forget_unless))).encode()
        attributes = rb"""(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*)?"""
        node = rb"<((?:[\w.-]+:)?(" + names + rb"))(" + attributes + rb")(?<!/)>(.*?)(</\1\s*>|\Z)"
        return re.sub(node, self._emptied, _in_utf8(content), flags=re.DOTALL)

    def _emptied(self, found: re.Match[bytes]) -> bytes:
        wanted = self.forget_unless.get(found[2].decode())
        if wanted is not None and found[5] and wanted.search(found[4]):
            return found[0]
        return b"<" + found[1] + found[3] + b">" + found[5]


def _in_utf8(content: bytes) -> bytes:
    """XML of two bytes per character as UTF-8, so that its nodes can be told; other encodings share ASCII."""
    for mark, encoding in _WIDE.items():
        if content.startswith(mark):
            plain = content.decode(encoding, "replace").removeprefix("\ufeff")
            return re.sub(r"^<\?xml[^>]*\?>", "", plain).encode("utf-8", "replace")
    return content
