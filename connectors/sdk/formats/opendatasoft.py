"""Answers of Opendatasoft portals: the same records under four shapes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonFormat

_LIST = re.compile(rb'"(results|records)"\s*:\s*\[')


@dataclass(frozen=True)
class OpendatasoftFormat(Format):
    """Records of an Explore answer, as mappings of their fields.

    Version 2.1 gives ``results``, its exports are a list, version 2.0 gives ``records`` with ``record.fields`` and
    version 1 ``records`` with ``fields``, in its exports a list of them. Whichever list begins first is read.
    """

    encoding: str = "utf-8"
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every record, in order."""
        beginning = content.removeprefix(b"\xef\xbb\xbf").lstrip()
        one = JsonFormat(encoding=self.encoding, max_element_bytes=self.max_element_bytes)
        if beginning.startswith(b"["):
            yield from map(_flat, one.decode(content))
            return
        found = _LIST.search(beginning)
        name = found[1].decode() if found else "results"
        yield from map(_flat, replace(one, elements=name).decode(content))

    def reread(self, text: str, context: str = "") -> Decoded:
        """The record of one kept text."""
        return _flat(JsonFormat(max_element_bytes=self.max_element_bytes).reread(text))


def _flat(decoded: Decoded) -> Decoded:
    """The fields of a record that is wrapped, told by what stands beside them; another one is its fields."""
    value: Any = decoded.value if isinstance(decoded.value, dict) else {}
    record = value["record"] if isinstance(value.get("record"), dict) else value
    fields = record.get("fields")
    is_wrapped = record is not value or "recordid" in value or "datasetid" in value
    return Decoded(fields, canonical(fields)) if is_wrapped and isinstance(fields, dict) else decoded
