"""Lists of aerodrome reports (METAR, SPECI), as text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, refused
from connectors.sdk.formats.format import Format

_DATE_LINE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d", re.ASCII)
_STAMPED = re.compile(r"(\d{12})\s+(?=\S)|[A-Z][A-Z0-9]{3},(\d{4}),(\d\d),(\d\d),(\d\d),(\d\d),(?=\S)", re.ASCII)
_NEXT = re.compile(r"(?<==)\s*(?=(?:METAR|SPECI|TAF|COR|[A-Z][A-Z0-9]{3} \d{6}Z?)\b)", re.ASCII)
_START = re.compile(r"(?:(?:METAR|SPECI|TAF|COR)\s+)*[A-Z][A-Z0-9]{3}\s+\d{6}Z?(?:\s|=|$)", re.ASCII)
_HEADING = re.compile(r"\d{3}|[A-Z]{4}\d{2} [A-Z]{4} \d{6}(?: [A-Z]{3})?|METAR|SPECI|COR|NNNN|ZCZC.*|=+|#.*", re.ASCII)
_CONTROLS = "".join(map(chr, (*range(1, 9), 11, 12, *range(14, 32))))


@dataclass(frozen=True)
class MetarFormat(Format):
    """One report per line, or wrapped over lines that are indented or end in ``=``.

    A report that ends in ``=`` within a line ends there, and the next one begins.

    An element is ``report``, with single blanks, and ``dated``: the date line above it (``2024/05/01 12:00``, NOAA),
    the twelve digits before it (``202405011200``, Ogimet) or the fields of its table (``LEMD,2024,05,01,12,00,``), else
    nothing. Headings of bulletins, comments after ``#``
    and control characters are no reports. What is no report either is an element, and its row is refused.
    """

    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every report, in order."""
        dated = ""
        held: list[str] = []
        text = content.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
        for line in chain.from_iterable(map(_NEXT.split, text.splitlines())):
            plain = line.strip(_CONTROLS + " \t")
            continues = bool(held) and not held[-1].endswith("=") and not _START.match(plain)
            if plain and continues and (line[:1] in " \t" or plain.endswith("=")) and not _HEADING.fullmatch(plain):
                held.append(plain)
                continue
            if held:
                yield self._judged(" ".join(held), dated)
            held = [] if not plain or _HEADING.fullmatch(plain) or _DATE_LINE.fullmatch(plain) else [plain]
            dated = plain if _DATE_LINE.fullmatch(plain) else dated
        if held:
            yield self._judged(" ".join(held), dated)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The report of one kept text, under its date line."""
        found = list(self.decode(text.encode("utf-8", "surrogateescape")))
        return found[0] if len(found) == 1 else refused("shape", text.encode(), f"Not one report but {len(found)}.")

    def _judged(self, held: str, dated: str) -> Decoded:
        kept = f"{dated}\n{held}" if dated else held
        raw = kept.encode("utf-8", "surrogateescape")
        if len(raw) > self.max_element_bytes:
            message = f"The report has {len(raw)} bytes; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        try:
            raw.decode("utf-8")
        except UnicodeDecodeError as error:
            return refused("unreadable", raw, f"Byte {error.start} of the report is not UTF-8.")
        stamp = _STAMPED.match(held)
        report = held[stamp.end() :] if stamp else held
        stamped = "".join(filter(None, stamp.groups())) if stamp else dated
        return Decoded({"report": " ".join(report.split()), "dated": stamped}, raw)
