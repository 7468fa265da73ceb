"""GTFS-Realtime feeds, in Protocol Buffers or in JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.transit.gtfs_realtime_pb2 import FeedEntity, FeedHeader, FeedMessage

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat, judged
from connectors.sdk.formats.protobuf import ProtobufFormat
from connectors.sdk.formats.tree import Misshapen, document_of, expect, misshapen

_IS_JSON = re.compile(rb'(?:\xef\xbb\xbf)?[ \t\r\n]*\{[ \t\r\n]*["}]')
_WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)
_WHOLE_TYPES = (
    FieldDescriptor.CPPTYPE_INT32,
    FieldDescriptor.CPPTYPE_INT64,
    FieldDescriptor.CPPTYPE_UINT32,
    FieldDescriptor.CPPTYPE_UINT64,
)


@dataclass(frozen=True)
class GtfsRealtimeFormat(Format):
    """One feed; ``elements`` takes ``{"header": …, "entity": […]}`` in plain form and gives elements.

    Two dialects, told apart by the first bytes, since no binary feed begins with a brace and a quote:

    * Protocol Buffers, read as ``ProtobufFormat`` reads them;
    * JSON: the mapping of Protocol Buffers (``routeId``, numbers as text, enumerations as names) or the field names of
      the specification (``route_id``, enumerations as numbers), the feed at the root or under ``response``. A repeated
      field may be a single object. Every entity is judged alone.

    Both give the same plain form, so that an element says the same whatever way it came: snake_case names, integers,
    enumerations as their names, a number that the enumeration does not know as the number.
    """

    elements: Callable[[Mapping[str, Any]], Iterable[Any]]
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every element of the feed, in order."""
        if not _IS_JSON.match(content):
            yield from ProtobufFormat(FeedMessage, self.elements, self.max_element_bytes).decode(content)
            return
        document = document_of(content)
        if document.violations:
            yield document
            return
        try:
            yield from self._entities(document.value)
        except Misshapen as fault:
            yield misshapen(document.value, fault)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)

    def _entities(self, document: Mapping[str, Any]) -> Iterator[Decoded]:
        feed = document if "header" in document else expect(document.get("response", document), dict, "response")
        if "header" not in feed:
            raise Misshapen(f"Found the keys {', '.join(feed)[:200]}; expected the feed's `header`.", "header")
        header = _plain(FeedHeader.DESCRIPTOR, feed["header"], "header")
        for entity in expect(feed.get("entity") or [], list, "entity"):
            try:
                known = _plain(FeedEntity.DESCRIPTOR, entity, "entity")
            except Misshapen as fault:
                yield misshapen(entity, fault)
                continue
            for value in self.elements({"header": header, "entity": [known]}):
                yield judged(value, canonical(value), self.max_element_bytes)


def _plain(declared: Any, value: Any, name: str) -> dict[str, Any]:
    """An object of the JSON in the plain form of its message; keys that the message does not know are left out.

    Raises:
        Misshapen: not an object, a list or object where a value belongs, or a required field missing.
    """
    given = expect(value, dict, name)
    found: dict[str, Any] = {}
    for field in declared.fields:
        item = given.get(field.name, given.get(field.camelcase_name))
        if item is None:
            if field.is_required:
                raise Misshapen(f"{name!r} lacks {field.name!r}, which the specification requires.", field.name)
        elif field.is_repeated:
            items = item if isinstance(item, list) else [item]
            if items:
                found[field.name] = [_one(field, each) for each in items]
        else:
            found[field.name] = _one(field, item)
    return found


def _one(field: FieldDescriptor, item: Any) -> Any:
    if field.message_type is not None:
        return _plain(field.message_type, item, field.name)
    if isinstance(item, list | dict):
        raise Misshapen(f"Found {type(item).__name__} at {field.name!r}; expected a single value.", field.name)
    if field.enum_type is not None:
        known = field.enum_type.values_by_number.get(item) if type(item) is int else None
        return known.name if known else item
    if field.cpp_type in _WHOLE_TYPES:
        if isinstance(item, str) and _WHOLE.fullmatch(item):
            return int(item)
        if isinstance(item, float) and item.is_integer():
            return int(item)
    return item
