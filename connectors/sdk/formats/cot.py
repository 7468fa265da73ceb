"""Cursor on Target: a stream of ``<event>`` documents, each read alone and reduced to what says where a unit is.

Events follow each other without a root, with or without XML declarations between them, or inside one root. A broken
event costs itself; bytes between events that are none are one refused element. Device numbers and call signs of the
people who carry them never leave this module: ``uid`` becomes a digest, the contact, remarks and chat are not kept at
all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded
from connectors.sdk.formats.reduced import ReducedFormat, kept, refused_reduced
from schemas.check import Violation

_START = re.compile(rb"<event(?=[\s/>])")
_END = re.compile(rb"</event\s*>")
_NOISE = re.compile(rb"(?:\s|\xef\xbb\xbf|<\?xml[^>]*\?>|<!--.*?-->|</?[A-Za-z_][\w.-]*\s*>)*", re.DOTALL)
_TYPE = re.compile(r"[A-Za-z0-9-]{1,60}", re.ASCII)
_FACTS = ("type", "time", "start", "stale", "how", "opex")
_POINT = ("lat", "lon", "hae", "ce")
_TRACK = ("speed", "course")


@dataclass(frozen=True)
class CotFormat(ReducedFormat):
    """An element is one event of a unit: its type, times, ``unit`` (a digest), ``point``, ``track`` and ``alert``.

    Events of other things are refused with rule ``shape``: drawings, markers, routes, chat, files, and tracks of anyone
    who is not an own unit. A suspect is no unit, and following one is not what this platform is for.
    """

    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every event of the stream, in order."""
        starts = [match.start() for match in _START.finditer(content)]
        yield from self._between(content[: starts[0]] if starts else content, alone=not starts)
        for start, following in pairwise([*starts, len(content)]):
            chunk = content[start:following]
            ends = list(_END.finditer(chunk))
            end = ends[-1].end() if ends else chunk.find(b">") + 1 or len(chunk)
            yield self._event(chunk[:end])
            yield from self._between(chunk[end:])

    def _between(self, content: bytes, *, alone: bool = False) -> Iterator[Decoded]:
        noise = _NOISE.match(content)
        if alone or (noise is not None and noise.end() < len(content)):
            says = f"{len(content)} bytes hold no event; expected Cursor-on-Target <event> documents in UTF-8."
            yield refused_reduced([Violation("unreadable", "", "", says)], content=content)

    def _event(self, chunk: bytes) -> Decoded:
        if len(chunk) > self.max_element_bytes:
            says = f"The event has {len(chunk)} bytes; allowed are {self.max_element_bytes}."
            return refused_reduced([Violation("too_large", "", str(len(chunk)), says)], content=chunk)
        try:
            node = fromstring(chunk, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            says = "The event is not well-formed XML without a DOCTYPE; its sender must send it again."
            return refused_reduced([Violation("unreadable", "", "", says)], content=chunk)
        value = _reduced(node)
        wrong = _unwanted(value["type"])
        return refused_reduced([wrong], {"type": value["type"], "time": value["time"]}) if wrong else kept(value)


def _reduced(node: Node) -> dict[str, Any]:
    detail = _child(node, "detail")
    links = [] if detail is None else [link for link in detail if link.tag == "link" and link.get("relation") == "p-p"]
    emergency = None if detail is None else _child(detail, "emergency")
    value: dict[str, Any] = {name: _told(node.get(name)) for name in _FACTS}
    value["type"] = value["type"] if _TYPE.fullmatch(value["type"] or "") else None
    value["unit"] = _digest(node.get("uid"))
    value["point"] = _numbers(_child(node, "point"), _POINT)
    value["track"] = _numbers(None if detail is None else _child(detail, "track"), _TRACK)
    if (value["type"] or "").startswith("b-a-o"):
        carrier = links[0] if links else None
        kind = None if carrier is None else carrier.get("type", "")
        value["alert"] = {
            "unit": value["unit"] if carrier is None else _digest(carrier.get("uid")),
            "unit_type": kind if kind and _TYPE.fullmatch(kind) else None,
            "cancelled": value["type"] == "b-a-o-can" or (emergency is not None and emergency.get("cancel") == "true"),
        }
    return value


def _unwanted(kind: str | None) -> Violation | None:
    parts = (kind or "").split("-")
    own = parts[0] == "a" and parts[1:2] and parts[1] in ("f", "a", "n")
    if own or (kind or "").startswith("b-a-o"):
        return None
    says = f"An event of type {kind!r} tells no own unit; expected a-f, a-a, a-n or b-a-o. It is counted and not kept."
    return Violation("shape", "type", kind or "", says)


def _child(node: Node, name: str) -> Node | None:
    return next((child for child in node if child.tag == name), None)


def _numbers(node: Node | None, names: tuple[str, ...]) -> dict[str, str]:
    found = {} if node is None else {name: node.get(name, "").strip()[:40] for name in names}
    return {name: value for name, value in found.items() if value}


def _told(value: str | None) -> str | None:
    return value.strip()[:60] or None if value else None


def _digest(uid: str | None) -> str | None:
    return sha256(uid.strip().encode("utf-8", "surrogatepass")).hexdigest()[:16] if uid and uid.strip() else None
