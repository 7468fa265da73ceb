"""MLLP on the wire: frames cut out of a stream of bytes, and the shortest acknowledgement HL7 allows."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.sdk.element import MAX_DEAD_LETTER_BYTES

START = b"\x0b"
END = b"\x1c\x0d"
_DEFAULT = [b"MSH", b"^~\\&"]


@dataclass(frozen=True)
class Frame:
    """One message without its frame; of one over the limit only the beginning."""

    content: bytes
    is_too_large: bool = False


class Frames:
    """Cuts frames out of the bytes of one connection, holding ``max_bytes`` at most.

    Bytes outside a frame are dropped and counted. A start inside a frame begins it anew: what came before was broken
    off by a sender that will tell it again.
    """

    def __init__(self, max_bytes: int) -> None:
        """Begin outside a frame."""
        self.max_bytes = max_bytes
        self.dropped = 0
        self._buffer = bytearray()
        self._kept: bytes | None = None  # beginning of a frame over the limit, whose rest is thrown away
        self.is_inside = False

    def feed(self, part: bytes) -> Iterator[Frame]:
        """Every frame that is complete with these bytes."""
        self._buffer += part
        while True:
            if not self.is_inside and not self._enter():
                return
            end = self._buffer.find(END)
            start = self._buffer.rfind(START, 0, len(self._buffer) if end < 0 else end)
            if start >= 0:
                self.dropped += start
                del self._buffer[: start + 1]
                self._kept = None
                continue
            if end < 0:
                self._hold_back()
                return
            yield self._frame(end)

    def _enter(self) -> bool:
        start = self._buffer.find(START)
        self.dropped += len(self._buffer) if start < 0 else start
        del self._buffer[: len(self._buffer) if start < 0 else start + 1]
        self.is_inside = start >= 0
        return self.is_inside

    def _hold_back(self) -> None:
        if len(self._buffer) <= self.max_bytes + 1 and self._kept is None:
            return
        if self._kept is None:
            self._kept = bytes(self._buffer[: MAX_DEAD_LETTER_BYTES + 1])
        del self._buffer[:-1]  # its last byte may be the first of the end

    def _frame(self, end: int) -> Frame:
        content = bytes(self._buffer[:end])
        kept, self._kept = self._kept, None
        del self._buffer[: end + len(END)]
        self.is_inside = False
        if kept is None and len(content) <= self.max_bytes:
            return Frame(content)
        return Frame(kept or content[: MAX_DEAD_LETTER_BYTES + 1], is_too_large=True)


def header_of(content: bytes) -> list[bytes] | None:
    """Fields of the message's MSH segment, MSH-2 at index 1; ``None`` when it does not begin with one."""
    segment = content.lstrip(b"\r\n \t").partition(b"\r")[0].partition(b"\n")[0]
    if len(segment) < 8 or segment[:3] != b"MSH" or segment[3:4].isalnum():
        return None
    return segment.split(segment[3:4])


def acknowledgement(content: bytes, code: str, text: str = "") -> bytes:
    """The framed answer: MSH back to the sender, and MSA with the code, the sender's MSH-10 and a text.

    Args:
        content: the message answered; separators, version and applications are taken from its MSH.
        code: ``AA`` safe here, ``AE`` kept but refused, ``AR`` not taken.
        text: why not, without anything of the message itself.
    """
    header = header_of(content)
    separator = (content.lstrip(b"\r\n \t")[3:4] if header else b"") or b"|"
    sent = header or _DEFAULT
    field = [sent[index] if index < len(sent) else b"" for index in range(12)]
    moment = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000").encode()
    back = [b"MSH", field[1], field[4], field[5], field[2], field[3], moment, b"", b"ACK"]
    back += [uuid.uuid4().hex[:20].encode(), field[10] or b"P", field[11] or b"2.5"]
    verdict = [b"MSA", code.encode(), field[9], *([_plain(text, separator, field[1])] if text else [])]
    return START + separator.join(back) + b"\r" + separator.join(verdict) + b"\r" + END


def _plain(text: str, separator: bytes, others: bytes) -> bytes:
    """The text without bytes that would mean something in a segment."""
    special = separator + others + b"\r\n\x0b\x1c"
    return bytes(32 if byte in special else byte for byte in text.encode("ascii", "replace"))[:80]
