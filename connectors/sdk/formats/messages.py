"""JSON messages as devices send them: one object, a list, or one object per line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonFormat, JsonLinesFormat


@dataclass(frozen=True)
class JsonMessagesFormat(Format):
    """The messages of one payload, whatever carried them: an MQTT message, an HTTP answer, a file of lines.

    A payload that starts with ``[`` is one list; one that is a single JSON value, printed on several lines or not, is
    one message; anything else is JSON lines, in which a broken line costs that line alone.
    """

    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every message, in order."""
        bare = content.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
        whole = JsonFormat(max_element_bytes=self.max_element_bytes)
        if bare.startswith(b"["):
            yield from whole.decode(bare)
            return
        if b"\n" in bare.rstrip(b" \t\r\n") and bare.startswith(b"{") and not _is_line(bare):
            found = list(whole.decode(bare))
            if len(found) == 1 and not found[0].violations:
                yield from found
                return
        yield from JsonLinesFormat(max_element_bytes=self.max_element_bytes).decode(bare)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept message."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text, context)


def _is_line(content: bytes) -> bool:
    """Whether the first line ends as a whole object does, so that the rest are lines too."""
    return content[: content.find(b"\n")].rstrip().endswith(b"}")
