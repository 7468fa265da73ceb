"""GeoJSON: a collection, a feature, features one per line, or a text sequence; each element is one feature."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat

CRS = "crs"
_RECORD_SEPARATOR = b"\x1e"
_COLLECTION = re.compile(rb'"type"\s*:\s*"FeatureCollection"')
_CRS = re.compile(rb'"crs"\s*:\s*\{[^{}]*"properties"\s*:\s*\{[^{}]*"name"\s*:\s*"([^"]{1,100})"')
_WITHIN = 8_192


@dataclass(frozen=True)
class GeoJsonFormat(Format):
    """Features of RFC 7946, of newline-delimited GeoJSON and of RFC 8142 sequences.

    A ``FeatureCollection`` gives its ``features``; without one, a first line that closes its object begins lines of one
    feature each, and anything else is one feature. A coordinate system that the document declares (``crs``, from before
    RFC 7946) is given to every feature as the text ``crs``; positions are longitude or easting first, always. A feature
    that is no object is refused with rule ``shape``.
    """

    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every feature, in order."""
        declared = _CRS.search(content[:_WITHIN]) or _CRS.search(content[-_WITHIN:])
        crs = declared[1].decode("utf-8", "replace") if declared else None
        for decoded in self._features(content):
            yield decoded if decoded.violations else _judged(decoded, crs)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The feature of one kept text."""
        decoded = self._lines.reread(text)
        return decoded if decoded.violations else _judged(decoded, None)

    def _features(self, content: bytes) -> Iterator[Decoded]:
        plain = content.removeprefix(b"\xef\xbb\xbf")
        if _RECORD_SEPARATOR in plain:
            for text in plain.split(_RECORD_SEPARATOR):
                if text.strip():
                    yield from self._one.decode(text)
        elif _COLLECTION.search(plain, 0, _WITHIN) or _COLLECTION.search(plain, max(0, len(plain) - _WITHIN)):
            yield from replace(self._one, elements="features").decode(plain)
        elif plain.strip().partition(b"\n")[0].rstrip().endswith(b"}"):
            yield from self._lines.decode(plain)
        else:
            yield from self._one.decode(plain)

    @property
    def _lines(self) -> JsonLinesFormat:
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes)

    @property
    def _one(self) -> JsonFormat:
        return JsonFormat(max_element_bytes=self.max_element_bytes)


def _judged(decoded: Decoded, crs: str | None) -> Decoded:
    if not isinstance(decoded.value, dict):
        shown = decoded.raw[:200].decode("utf-8", "replace")
        return refused("shape", decoded.raw, f"Expected a GeoJSON feature, found {shown!r}.", value=shown)
    if crs is None or decoded.value.get(CRS) == crs:
        return decoded
    value = {**decoded.value, CRS: crs}
    return Decoded(value, canonical(value))
