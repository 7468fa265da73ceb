"""What every wire format has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from connectors.sdk.element import Decoded, Element, Payload, number


class Format(ABC):
    """A declared way to cut payloads; nothing about it is guessed from the bytes."""

    def split(self, payload: Payload) -> Iterator[Element]:
        """Elements of the payload, lazily and in order, each with its ordinal among equal elements."""
        return number(self.decode(payload.content))

    @abstractmethod
    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Everything in the content, readable or refused, exactly once. No content makes it raise."""

    @abstractmethod
    def reread(self, text: str, context: str = "") -> Decoded:
        """The element whose ``text`` was kept in bronze: same value, hence same digest, as at first.

        ``context`` is what ``context_of`` gave for another element of the same payload; dead letters, which are the
        original bytes alone, may need it.
        """

    def context_of(self, text: str) -> str:
        """What a kept text says about its whole payload (a header); nothing for most formats."""
        return ""

    def head(self, content: bytes) -> str:
        """What of a content must stand before the bytes of one of its elements to read them alone (a header)."""
        return ""

    def original(self, content: bytes) -> bytes:
        """What a dead letter may keep of a payload that could not be cut into elements: all of it for most formats."""
        return content

    def text(self, element: Element) -> str:
        """The element's original text, kept beside its row and enough to read it again."""
        return element.raw.decode("utf-8", "backslashreplace")
