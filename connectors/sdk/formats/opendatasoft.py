"""Answers of Opendatasoft portals: the same records under four shapes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonFormat


@dataclass(frozen=True)
class OpendatasoftFormat(Format):
    """Records of an Explore answer, as mappings of their fields.

    Version 2.1 gives ``results``, its exports are a list, version 2.0 gives ``records`` with ``record.fields`` and
    version 1 ``records`` with ``fields``; which one it is follows from the first names of the document.
    """

    encoding: str = "utf-8"
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every record, in order."""
        beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()
        one = JsonFormat(encoding=self.encoding, max_element_bytes=self.max_element_bytes)
        if beginning.startswith(b"["):
            yield from one.decode(content)
            return
        is_old = b'"records"' in beginning and b'"results"' not in beginning
        for decoded in replace(one, elements="records" if is_old else "results").decode(content):
            yield _flat(decoded) if is_old and not decoded.violations else decoded

    def reread(self, text: str, context: str = "") -> Decoded:
        """The record of one kept text."""
        return _flat(JsonFormat(max_element_bytes=self.max_element_bytes).reread(text))


def _flat(decoded: Decoded) -> Decoded:
    record: Any = decoded.value.get("record", decoded.value) if isinstance(decoded.value, dict) else None
    fields = record.get("fields") if isinstance(record, dict) else None
    return Decoded(fields, canonical(fields)) if isinstance(fields, dict) else decoded
