"""XML documents, read defensively."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, refused
from connectors.sdk.formats.format import Format

MAX_DEPTH = 64
MAX_NODES = 5_000_000


@dataclass(frozen=True)
class XmlFormat(Format):
    """One document; its elements are the nodes whose local name is ``elements``, whatever their namespace.

    An element is a mapping: ``@name`` for attributes, ``#text`` for text, and a list under each child's local
    name. ``raw`` is the node's XML. A DOCTYPE is refused, so no entity is ever expanded; so are more than 64
    levels. What came before the fault survives. With ``roots`` a document without any element whose root has another
    name is refused with rule ``shape``: an error page is no empty answer.
    """

    elements: str
    roots: tuple[str, ...] = ()
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every matching node that is not inside another one, in document order."""
        try:
            found = False
            for node in self._nodes(content):
                found = True
                yield node
            root = "" if found or not self.roots else root_of(content)
            if root and root not in self.roots:
                message = f"The document is <{root}>; expected <{'> or <'.join(self.roots)}>."
                yield refused("shape", content, message, column=root)
        except DefusedXmlException as error:
            message = f"The document declares a DOCTYPE or an entity ({error}); expected plain XML without."
            yield refused("unreadable", content, message)
        except (ParseError, ValueError, LookupError) as error:
            shown = content[:100].decode("utf-8", "backslashreplace")
            yield refused("unreadable", content, f"Not well-formed XML: {error}. Starts with {shown!r}", value=shown)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept node."""
        found = list(self.decode(text.encode()))
        return found[0] if len(found) == 1 else refused("shape", text.encode(), f"Not one node {self.elements!r}.")

    def _nodes(self, content: bytes) -> Iterator[Decoded]:
        path: list[Node] = []
        inside = 0
        for count, (event, node) in enumerate(iterparse(BytesIO(content), ("start", "end"), forbid_dtd=True)):
            is_element = _local(node.tag) == self.elements
            if event == "start":
                path.append(node)
                inside += is_element
                if len(path) > MAX_DEPTH or count > 2 * MAX_NODES:
                    message = f"The document is over the limit of {MAX_DEPTH} levels and {MAX_NODES} nodes."
                    yield refused("too_large", content, message, column=_local(node.tag))
                    return
                continue
            path.pop()
            inside -= is_element
            if is_element and not inside:
                yield self._judged(node)
            if not inside and path:
                path[-1].remove(node)

    def _judged(self, node: Node) -> Decoded:
        raw = tostring(node, encoding="utf-8")
        if len(raw) > self.max_element_bytes:
            message = f"The element has {len(raw)} bytes; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        return Decoded(plain(node), raw)


def is_xml(content: bytes) -> bool:
    """Whether the content begins as a document does, in any encoding that shows it by its first bytes."""
    beginning = content[:1_000].removeprefix(codecs.BOM_UTF8)
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        beginning = beginning.removeprefix(mark)
    return beginning.replace(b"\0", b"").lstrip()[:1] == b"<"


def root_of(content: bytes) -> str:
    """Local name of the document's root; nothing when it cannot be read."""
    try:
        for _, node in iterparse(BytesIO(content), ("start",), forbid_dtd=True):
            return _local(node.tag)
    except (DefusedXmlException, ParseError, ValueError, LookupError):
        pass
    return ""


def plain(node: Node) -> dict[str, Any]:
    """The node as a mapping: attributes, text, and children by local name."""
    found: dict[str, Any] = {f"@{_local(name)}": value for name, value in node.attrib.items()}
    text = (node.text or "").strip()
    if text:
        found["#text"] = text
    for child in node:
        found.setdefault(_local(child.tag), []).append(plain(child))
    return found


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
