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
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class XmlFormat(Format):
    """One document; its elements are the nodes whose local name is in ``elements``, whatever their prefix.

    An element is a mapping: ``@name`` for attributes, ``#text`` for text, and a list under each child's local
    name. ``raw`` is the node's XML. A DOCTYPE is refused, so no entity is ever expanded; so are more than 64
    levels. What came before the fault survives.

    ``namespaces`` limits elements to namespaces that begin so, or to none at all; a document that has some in another
    namespace only is refused. Of the names in ``inside`` one must
    occur, with the ``xsi:type`` behind its ``@`` if it has one, or the document is another one and is refused: a
    well-formed error page has no elements either. Nodes named in ``context`` that stand before an element are given
    with it under ``@before``; its ``raw`` does not hold them, so such a format is read through ``PartsFormat``.
    """

    elements: str | tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every matching node that is not inside another one, in document order."""
        try:
            yield from self._nodes(content)
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
        before: dict[str, Any] = {}
        kept, met, given, foreign = 0, not self.inside, False, ""
        for count, (event, node) in enumerate(iterparse(BytesIO(content), ("start", "end"), forbid_dtd=True)):
            name = _local(node.tag)
            is_kept = self._is_element(node.tag) or name in self.context
            if event == "start":
                path.append(node)
                kept += is_kept
                foreign = foreign or ("" if is_kept or name not in self._names else node.tag[1:].partition("}")[0])
                met = met or self._is_inside(name, node)
                if len(path) > MAX_DEPTH or count > 2 * MAX_NODES:
                    message = f"The document is over the limit of {MAX_DEPTH} levels and {MAX_NODES} nodes."
                    yield refused("too_large", content, message, column=name)
                    return
                continue
            path.pop()
            kept -= is_kept
            if is_kept and not kept and met:
                if name in self.context:
                    before = {**before, name: plain(node)}
                else:
                    given = True
                    yield self._judged(node, before)
            if not kept and path:
                path[-1].remove(node)
        if not met:
            yield self._another(content)
        elif foreign and not given:
            expected = ", ".join(self.namespaces)
            message = f"The document's {self._names[0]} is of namespace {foreign[:200]!r}; expected one of {expected}."
            yield refused("shape", content, message, column=self._names[0], value=foreign)

    @property
    def _names(self) -> tuple[str, ...]:
        return (self.elements,) if isinstance(self.elements, str) else self.elements

    def _another(self, content: bytes) -> Decoded:
        message = f"The document holds none of {', '.join(self.inside)}; expected one. Is it another document?"
        return refused("shape", content, message, column=self.inside[0].partition("@")[0])

    def _is_element(self, tag: str) -> bool:
        namespace, name = tag[1:].split("}", 1) if tag.startswith("{") else ("", tag)
        return name in self._names and (not namespace or not self.namespaces or namespace.startswith(self.namespaces))

    def _is_inside(self, name: str, node: Node) -> bool:
        kinds = [entry.partition("@")[2] for entry in self.inside if entry.partition("@")[0] == name]
        return any(not kind or node.get(_XSI_TYPE, "").rpartition(":")[2] == kind for kind in kinds)

    def _judged(self, node: Node, before: dict[str, Any]) -> Decoded:
        raw = tostring(node, encoding="utf-8")
        if len(raw) > self.max_element_bytes:
            message = f"The element has {len(raw)} bytes; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        return Decoded({**plain(node), "@before": before} if self.context else plain(node), raw)


def is_xml(content: bytes) -> bool:
    """Whether the content begins as a document does, in any encoding that shows it by its first bytes."""
    beginning = content[:1_000].removeprefix(codecs.BOM_UTF8)
    for mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        beginning = beginning.removeprefix(mark)
    return beginning.replace(b"\0", b"").lstrip()[:1] == b"<"


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
