"""The XML writing of a hub message as the document its JSON writing would be.

Namespaces differ between releases and are ignored. Types come from the official JSON Schema: what it calls a number is
read as one, what it calls an array is a list even with one item. What is no number stays text, for the schema to
refuse.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.sdk.formats.cisu_schema import CHECKED, HEADER, schema_of

MAX_DEPTH = 64
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_FACTS = ("distributionID", "senderID", "dateTimeSent", "dateTimeExpires", "distributionStatus", "distributionKind")
_DESCRIBED = ("explicitAddressScheme", "explicitAddressValue")


class Unreadable(Exception):
    """The bytes are no XML this reader accepts; says why without telling what they hold."""

    def __init__(self, rule: str, message: str) -> None:
        """Keep the rule that was broken."""
        super().__init__(message)
        self.rule = rule


def document_of(content: bytes) -> dict[str, Any]:
    """The envelope, the message or the bare content of the XML, as its JSON document.

    Raises:
        Unreadable: not well-formed, too deep, or with a DOCTYPE.
    """
    root = _root(content)
    name = local(root)
    if name == "edxlDistribution":
        return _envelope(root)
    if name == "message":
        return {"message": _message(root)}
    return {name: _typed(root, CHECKED[name]) if name in CHECKED else plain(root)}


def local(node: Node) -> str:
    """The name of a node without its namespace."""
    return node.tag.rpartition("}")[2]


def _root(content: bytes) -> Node:
    path: list[Node] = []
    root: Node | None = None
    try:
        for event, node in iterparse(BytesIO(content), ("start", "end"), forbid_dtd=True):
            if event == "start":
                root = node if root is None else root
                path.append(node)
            else:
                path.pop()
            if len(path) > MAX_DEPTH:
                raise Unreadable("too_large", f"The XML is nested deeper than {MAX_DEPTH} levels.")
    except DefusedXmlException:
        raise Unreadable("unreadable", "The XML declares a DOCTYPE or an entity; expected plain XML without.") from None
    except (ParseError, ValueError, LookupError) as error:
        where = ":".join(map(str, getattr(error, "position", ())))
        raise Unreadable("unreadable", f"Not well-formed XML (line and column {where or 'unknown'}).") from None
    if root is None:
        raise Unreadable("unreadable", "The XML holds no element.")
    return root


def _envelope(root: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _FACTS:
        node = _child(root, name)
        if node is not None:
            found[name] = _text(node)
    descriptor = _child(root, "descriptor")
    if descriptor is not None:
        language, address = _child(descriptor, "language"), _child(descriptor, "explicitAddress")
        found["descriptor"] = {"language": _text(language)} if language is not None else {}
        if address is not None:
            parts = {name: _child(address, name) for name in _DESCRIBED}
            found["descriptor"]["explicitAddress"] = {k: _text(node) for k, node in parts.items() if node is not None}
    contents = [_content(item) for content in root if local(content) == "content" for item in _objects(content)]
    if contents:
        found["content"] = contents
    return found


def _objects(content: Node) -> list[Node]:
    return [node for node in content if local(node) == "contentObject"]


def _content(item: Node) -> dict[str, Any]:
    xml = _child(item, "contentXML")
    embedded = None if xml is None else _child(xml, "embeddedXMLContent")
    message = None if embedded is None else _child(embedded, "message")
    return {"jsonContent": {"embeddedJsonContent": {} if message is None else {"message": _message(message)}}}


def _message(node: Node) -> dict[str, Any]:
    found: dict[str, Any] = {}
    header = schema_of(HEADER)["properties"]
    for child in node:
        name = local(child)
        if name in CHECKED:
            found[name] = _typed(child, CHECKED[name])
        elif name in header:
            _add(found, name, child, header[name], schema_of(HEADER))
        else:
            found[name] = plain(child)
    return found


def _typed(node: Node, schema: str) -> Any:
    return _shaped(node, schema_of(schema), schema_of(schema))


def _shaped(node: Node, schema: Mapping[str, Any], root: Mapping[str, Any]) -> Any:
    schema = _resolved(schema, root)
    properties = schema.get("properties")
    if properties is None:
        return plain(node) if len(node) else _value(_text(node), schema.get("type"))
    found: dict[str, Any] = {}
    for child in node:
        _add(found, local(child), child, properties.get(local(child), {}), root)
    return found or _text(node) or {}


def _add(found: dict[str, Any], name: str, child: Node, schema: Mapping[str, Any], root: Mapping[str, Any]) -> None:
    schema = _resolved(schema, root)
    if schema.get("type") == "array":
        found.setdefault(name, []).append(_shaped(child, schema.get("items", {}), root))
    elif name in found:
        # twice where the schema has one: a list, which the schema refuses by name
        first = found[name]
        found[name] = [*first, plain(child)] if isinstance(first, list) else [first, plain(child)]
    else:
        found[name] = _shaped(child, schema, root)


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rpartition("/")[2]]
    return schema


def _value(text: str, type_: object) -> Any:
    if type_ in ("number", "integer"):
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _NUMBER.fullmatch(text) and abs(float(text)) < float("inf") else text
    return _BOOLEANS.get(text, text) if type_ == "boolean" else text


def plain(node: Node) -> Any:
    """A node no schema describes: its text, or its children by name."""
    return {local(child): plain(child) for child in node} if len(node) else _text(node)


def _child(node: Node, name: str) -> Node | None:
    return next((child for child in node if local(child) == name), None)


def _text(node: Node) -> str:
    return (node.text or "").strip()
