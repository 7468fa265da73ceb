"""Protocol Buffers messages."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from struct import Struct
from typing import Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat

_SINGLE = Struct("<f")


class Undecoded(str):
    """Text of a string field whose bytes are not UTF-8, kept so that its element can be refused and shown."""


@dataclass(frozen=True)
class ProtobufFormat(Format):
    """One message; ``elements`` names a repeated field, or takes the message as mappings and gives elements.

    Plain: fields present on the wire only, snake_case names, integers as integers, enumerations as their names,
    numbers of 32 bits with no more digits than they hold.
    ``raw`` is JSON text of the element. Bytes that are no such message, or lack a required field, are one
    refused element.
    """

    message: type[Message]
    elements: str | Callable[[Mapping[str, Any]], Iterable[Any]]
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of the message, in order."""
        message = self.message()
        name = message.DESCRIPTOR.full_name
        try:
            message.ParseFromString(content)
            if not content:
                raise DecodeError("there are no bytes")
        except (DecodeError, RuntimeError) as error:
            shown = content[:60].hex(" ")
            yield refused("unreadable", content, f"Not a {name} message: {error}. Bytes: {shown}", value=shown)
            return
        tree = plain(message)
        for value in tree.get(self.elements, ()) if isinstance(self.elements, str) else self.elements(tree):
            yield self._judged(value)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)

    def _judged(self, value: Any) -> Decoded:
        raw = canonical(value)
        if len(raw) > self.max_element_bytes:
            message = f"The element has {len(raw)} bytes as JSON; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        for name, text in _undecoded("", value):
            message = f"Field {name!r} is not UTF-8: {text[:100]!r}. Expected readable text."
            return refused("unreadable", raw, message, column=name, value=text)
        return Decoded(value, raw)


def plain(message: Message) -> dict[str, Any]:
    """The fields present in the message as mappings, lists, numbers and text.

    A number that its enumeration does not name is kept as the number: proto2 files it under unknown fields.
    """
    found: dict[str, Any] = {
        descriptor.name: [_plain(descriptor, item) for item in value]
        if descriptor.is_repeated
        else _plain(descriptor, value)
        for descriptor, value in message.ListFields()
    }
    unknowns = UnknownFieldSet(message)
    for unknown in (unknowns[index] for index in range(len(unknowns))):
        declared = message.DESCRIPTOR.fields_by_number.get(unknown.field_number)
        if declared is not None and declared.enum_type is not None and isinstance(unknown.data, int):
            found[declared.name] = unknown.data
    return found


def _plain(descriptor: Any, item: Any) -> Any:
    if isinstance(item, Message):
        return plain(item)
    if descriptor.enum_type is not None:
        known = descriptor.enum_type.values_by_number.get(item)
        return known.name if known else item
    if isinstance(item, bytes):  # also what a string field gives when it is not UTF-8
        return item.hex() if descriptor.type == descriptor.TYPE_BYTES else _shown(item)
    return _shortest(item) if descriptor.type == descriptor.TYPE_FLOAT else item


def _shortest(item: float) -> float:
    """The number with the fewest digits that is this one in 32 bits: 48.39129 and not 48.39128875732422."""
    if not math.isfinite(item):
        return item
    written = (float(f"{item:.{digits}g}") for digits in range(6, 9))
    return next((each for each in written if _SINGLE.pack(each) == _SINGLE.pack(item)), float(f"{item:.9g}"))


def _shown(item: bytes) -> Undecoded:
    return Undecoded(item.decode("utf-8", "backslashreplace"))


def _undecoded(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Undecoded):
        yield name, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _undecoded(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _undecoded(name, inner)
