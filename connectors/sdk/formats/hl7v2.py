r"""HL7 version 2 messages, one or many in a payload, as files write them and as MLLP carries them.

Read for versions 2.1 to 2.9 and their national profiles: structure is taken from the separators each message declares,
never from a version's grammar, so Z segments and longer fields are read like others.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat

CHARSETS = {
    "ASCII": "latin-1", "": "latin-1", "UNICODE": "utf-8", "UNICODE UTF-8": "utf-8", "UNICODE UTF-16": "utf-16",
    "UNICODE UTF-32": "utf-32", "GB 18030-2000": "gb18030", "BIG-5": "big5", "KS X 1001": "euc_kr",
    "CNS 11643-1992": "latin-1", "ISO IR14": "latin-1", "ISO IR87": "latin-1", "ISO IR159": "latin-1",
    **{f"8859/{part}": f"iso8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16)},
}  # fmt: skip
"""Table HL70211. ASCII and none are read as Latin-1, which has a letter for every byte; codes are ASCII in all."""
_NOTHING = ("", '""')
_ENVELOPE = {"FHS", "BHS", "BTS", "FTS"}
_LINE = re.compile(rb"[^\r\n\x0b\x1c]+")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?([+-]\d{4})?", re.ASCII)
_TEXT_MARKS = {".br": "\n", ".sp": "\n", ".ce": "\n", ".fi": "", ".nf": "", "H": "", "N": "", "P": "…"}


@dataclass(frozen=True)
class Hl7v2Format(Format):
    """One message is one element; ``raw`` holds its bytes from MSH to the segment before the next MSH.

    The value maps segment -> occurrences -> field -> repetitions -> component -> text, or subcomponent -> text where a
    component has several: ``value["PV1"][0]["19"][0]["1"]``. Empty parts are left out, and so is ``""``, which
    deletes a value told before. Segments end in CR, LF or both; MLLP frame bytes, a byte-order mark and batch
    envelopes (FHS, BHS) are framing. A line that begins with no segment name belongs to the text before it.

    ``segments`` names those that are parsed at all; others are passed over unread. Of OBX only those are given whose
    code (OBX-3.1) is in ``observations``.
    """

    segments: frozenset[str] = frozenset()
    observations: frozenset[str] = frozenset()
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every message, in order; what stands before the first one is refused as such."""
        if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            content = content.decode("utf-16", "replace").encode()
        if not content.removeprefix(codecs.BOM_UTF8).strip(b" \t\r\n\x0b\x1c"):
            yield refused("shape", content, "The content is empty; expected at least one message that begins with MSH.")
        for start, end, is_message in _messages(content):
            raw = content[start:end]
            if not is_message:
                yield refused("shape", raw, f"Expected MSH, found {raw[:20]!r}: these segments belong to no message.")
            elif len(raw) > self.max_element_bytes:
                message = f"The message has {len(raw)} bytes; allowed are {self.max_element_bytes}."
                yield refused("too_large", raw, message, value=str(len(raw)))
            else:
                yield self._message(raw)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept message, or of the reduced one that a source with persons keeps."""
        if text.startswith("{"):
            return JsonLinesFormat().reread(text)
        found = list(self.decode(text.encode()))
        return found[0] if len(found) == 1 else refused("shape", text.encode(), "Expected one message.")

    def _message(self, raw: bytes) -> Decoded:
        marks = _marks(raw)
        if marks is None:
            message = f"MSH declares no usable separators: {raw[3:9]!r}; expected such as |^~\\&"
            return refused("unreadable", raw, message, column="MSH")
        encoding = _charset(raw, marks)
        if encoding is None:
            return refused("unreadable", raw, "MSH-18 names an unknown character set; see table HL70211.", column="MSH")
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError as error:
            message = f"Byte {error.start} is not {encoding}, the character set that MSH-18 names."
            return refused("unreadable", raw, message, column="MSH")
        value: dict[str, Any] = {}
        for line in re.split(r"[\r\n\x0b\x1c]+", text):
            name = line[:3]
            if name in _ENVELOPE or line[3:4] != marks.field or (self.segments and name not in self.segments):
                continue
            fields = marks.fields(line)
            if name == "OBX" and self.observations and not self._is_wanted(fields):
                continue
            value.setdefault(name, []).append(fields)
        return Decoded(value, raw)

    def _is_wanted(self, fields: dict[str, Any]) -> bool:
        codes = (repetition.get("1") for repetition in fields.get("3", ()))
        return any(isinstance(code, str) and code in self.observations for code in codes)


@dataclass(frozen=True)
class _Marks:
    """The separators of one message."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def fields(self, line: str) -> dict[str, Any]:
        parts = line.split(self.field)
        number = 0
        if parts[0] == "MSH":
            parts, number = ["MSH", *parts[2:]], 2  # MSH-1 is the separator itself, MSH-2 the others
        found = ((str(at + number), self._repetitions(part)) for at, part in enumerate(parts) if at and part.strip())
        return {name: repetitions for name, repetitions in found if repetitions}

    def _repetitions(self, text: str) -> list[dict[str, Any]]:
        repetitions = text.split(self.repetition) if self.repetition else [text]
        return [found for one in repetitions if (found := self._components(one))]

    def _components(self, text: str) -> dict[str, Any]:
        components = text.split(self.component) if self.component else [text]
        return {str(at): self._component(one) for at, one in enumerate(components, 1) if one.strip() not in _NOTHING}

    def _component(self, text: str) -> Any:
        if not self.subcomponent or self.subcomponent not in text:
            return self._plain(text)
        parts = text.split(self.subcomponent)
        return {str(at): self._plain(one) for at, one in enumerate(parts, 1) if one.strip() not in _NOTHING}

    def _plain(self, text: str) -> str:
        if not self.escape or self.escape not in text:
            return text.strip()
        pieces = text.split(self.escape)
        # an odd number of pieces means that every escape is closed; the last of an even number is a stray one
        plain = [piece if at % 2 == 0 else self._unescaped(piece) for at, piece in enumerate(pieces)]
        if len(pieces) % 2 == 0:
            plain[-1] = self.escape + pieces[-1]
        return "".join(plain).strip()

    def _unescaped(self, name: str) -> str:
        letters = {"F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition, "E": self.escape}
        if name in letters:
            return letters[name]
        if name[:1] == "X" and len(name) % 2 and re.fullmatch("[0-9A-Fa-f]+", name[1:]):
            return bytes.fromhex(name[1:]).decode("latin-1")
        return _TEXT_MARKS.get(name[:3].rstrip("0123456789+-"), "" if name[:1] in "CMZ." else name)


def hl7_time(text: str, zone: tzinfo) -> tuple[datetime, str] | None:
    """Moment and precision (``day``, ``hour``, ``minute``) of an HL7 time; None for month, year and other text.

    Without an offset the wall clock is that of ``zone``; of an hour that occurs twice the first is meant (PEP 495,
    ``fold=0``).
    """
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, offset = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        shift = timedelta(hours=int(offset[:3]), minutes=int(offset[0] + offset[3:])) if offset else None
        moment = moment.replace(tzinfo=zone if shift is None else timezone(shift))
    except ValueError:
        return None
    return moment, "minute" if minute else "hour" if hour else "day"


def _messages(content: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where messages begin and end; envelopes between them belong to none."""
    start: int | None = None
    is_message = False
    end = 0
    for line in _LINE.finditer(content):
        text = line[0]
        at = line.start() + (3 if line.start() == 0 and text.startswith(codecs.BOM_UTF8) else 0)
        name = content[at : at + 3]
        mark = content[at + 3 : at + 4]
        if name == b"MSH" and mark and not mark.isalnum():
            if start is not None:
                yield start, end, is_message
            start, is_message = at, True
        elif name.decode("ascii", "replace") in _ENVELOPE and mark and not mark.isalnum():
            if start is not None:
                yield start, end, is_message
            start = None
            continue
        elif start is None:
            if not content[at : line.end()].strip():
                continue
            start, is_message = at, False
        end = line.end()
    if start is not None:
        yield start, end, is_message


def _marks(raw: bytes) -> _Marks | None:
    line = raw.split(b"\r")[0].split(b"\n")[0].decode("latin-1")
    field = line[3:4]
    others = line[4:].split(field)[0] if field else ""
    marks = [field, *others[:4]]
    if not 1 <= len(others) <= 5 or len(set(marks)) < len(marks):
        return None
    if any(mark.isalnum() or mark.isspace() or not mark.isprintable() for mark in marks):
        return None
    return _Marks(*(*marks, "", "", "", "")[:5])


def _charset(raw: bytes, marks: _Marks) -> str | None:
    """Codec of the first character set that MSH-18 names; the others are reached by escapes only."""
    line = re.split(rb"[\r\n]", raw, maxsplit=1)[0].decode("latin-1")
    fields = line.split(marks.field)
    named = fields[17] if len(fields) > 17 else ""
    first = named.split(marks.repetition)[0] if marks.repetition else named
    return CHARSETS.get(first.split(marks.component)[0].strip().upper())
