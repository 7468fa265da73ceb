"""FHIR resources as JSON: a Bundle, a single resource, or one resource per line (bulk export)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat

_LINES = re.compile(rb'\A\s*\{"[^\n]*\n(?:\s*\n)*\{"')
_BUNDLE = re.compile(rb'"entry"\s*:\s*\[')
_BESIDE = ("include", "outcome")
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?", re.ASCII)


@dataclass(frozen=True)
class FhirFormat(Format):
    """The resources of one type; what a server adds to a search (``include``, ``outcome``) belongs to nobody here.

    A resource of another type that is not marked so is refused with rule ``shape``. In a Bundle that breaks off the
    entries before the break survive; so do whole lines of a bulk export.
    """

    resource: str
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every resource, in order."""
        if _LINES.match(content.removeprefix(b"\xef\xbb\xbf")):
            found = JsonLinesFormat("utf-8-sig", self.max_element_bytes).decode(content)
        elif _BUNDLE.search(content):
            found = JsonFormat("entry", max_element_bytes=self.max_element_bytes).decode(content)
        else:
            found = JsonFormat(max_element_bytes=self.max_element_bytes).decode(content)
        for decoded in found:
            yield from self._resources(decoded)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept resource."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)

    def _resources(self, decoded: Decoded) -> Iterator[Decoded]:
        value, raw, violations = decoded
        if violations:
            yield decoded
            return
        entry = value if isinstance(value, dict) else {}
        if entry.get("resourceType") == "Bundle" and not entry.get("entry"):
            return
        search = entry.get("search")
        if isinstance(search, dict) and search.get("mode") in _BESIDE:
            return
        resource = entry.get("resource", entry)
        if isinstance(resource, dict) and resource.get("resourceType") == self.resource:
            yield Decoded(resource, raw, ())
        else:
            yield refused("shape", raw, f"Expected a resource of type {self.resource}.", column="resourceType")


def fhir_time(text: str, zone: tzinfo) -> tuple[datetime, str] | None:
    """Moment and precision (``day`` or ``minute``) of a FHIR dateTime or instant; None for a month, a year, other text.

    FHIR asks for an offset wherever there is an hour; a time without one is not guessed.
    """
    found = _DATE_TIME.fullmatch(text)
    if found is None or (found[2] and not found[3]):
        return None
    try:
        if not found[2]:
            return datetime.fromisoformat(found[1]).replace(tzinfo=zone), "day"
        return datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3]}"), "minute"
    except ValueError:
        return None
