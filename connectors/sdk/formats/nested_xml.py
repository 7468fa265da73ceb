"""XML documents whose elements may stand inside one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import tostring

from defusedxml.ElementTree import iterparse

from connectors.sdk.element import Decoded, refused
from connectors.sdk.formats.xml import MAX_DEPTH, MAX_NODES, XmlFormat, plain

_OURS = "{urn:vigie}"


@dataclass(frozen=True)
class NestedXmlFormat(XmlFormat):
    """One document; its elements are the nodes whose local name is among ``names``, each apart.

    An element is ``{<local name>: <mapping>}``, the mapping as ``XmlFormat`` makes it. A node inside another one is an
    element of its own, taken out of the outer one and told before it; ``@within`` is then the outer one's ``id``.
    ``defaults`` names nodes whose text every element after them repeats as an attribute, such as the defaults of a
    frame. ``raw`` is the node's XML with these two, so that an element can be read again alone.
    """

    elements: str = ""
    names: tuple[str, ...] = ()
    defaults: tuple[str, ...] = ()

    def _nodes(self, content: bytes) -> Iterator[Decoded]:
        path: list[Node] = []
        outer: list[Node] = []
        known: dict[str, str] = {}
        for count, (event, node) in enumerate(iterparse(BytesIO(content), ("start", "end"), forbid_dtd=True)):
            name = _local(node.tag)
            if event == "start":
                path.append(node)
                outer += [node] * (name in self.names)
                if len(path) > MAX_DEPTH or count > 2 * MAX_NODES:
                    message = f"The document is over the limit of {MAX_DEPTH} levels and {MAX_NODES} nodes."
                    yield refused("too_large", content, message, column=name)
                    return
                continue
            path.pop()
            if name in self.defaults and node.text:
                known[name] = node.text.strip()
            if name in self.names:
                outer.pop()
                _inherit(node, outer, known)
                yield self._apart(name, node)
            if path and (name in self.names or not outer):
                path[-1].remove(node)

    def _apart(self, name: str, node: Node) -> Decoded:
        raw = tostring(node, encoding="utf-8")
        if len(raw) > self.max_element_bytes:
            message = f"The element has {len(raw)} bytes; allowed are {self.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        return Decoded({name: plain(node)}, raw)


def _inherit(node: Node, outer: list[Node], known: dict[str, str]) -> None:
    """Write what is known from outside into the node, unless an earlier reading did."""
    if outer and "id" in outer[-1].attrib:
        node.attrib.setdefault(f"{_OURS}within", outer[-1].attrib["id"])
    for name, text in known.items():
        node.attrib.setdefault(f"{_OURS}{name}", text)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
