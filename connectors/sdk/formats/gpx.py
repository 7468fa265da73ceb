"""GPX 1.0 and 1.1: the points of tracks. Names, descriptions and authors are not kept.

Waypoints and points of routes are places somebody saved, not places where a unit was: each is refused with rule
``shape`` and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from connectors.sdk.element import Decoded
from connectors.sdk.formats.reduced import ReducedFormat, kept, refused_reduced
from schemas.check import Violation

MAX_DEPTH = 64
_POINTS = ("trkpt", "wpt", "rtept")
_FACTS = frozenset(("ele", "time", "speed", "course"))


@dataclass(frozen=True)
class GpxFormat(ReducedFormat):
    """An element is one ``trkpt``: ``lat``, ``lon``, ``ele``, ``time``, ``speed`` and ``course`` as written.

    Speed and course are direct children in GPX 1.0 and lie under ``extensions`` in 1.1, whatever their namespace. What
    comes before a break is kept.
    """

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every point, in order."""
        try:
            found = 0
            for point in self._points(content):
                found += 1
                yield point
            if not found:
                says = "The document holds no trkpt, wpt or rtept; expected a GPX track."
                yield refused_reduced([Violation("shape", "trkpt", "", says)], content=content)
        except _TooDeep:
            says = f"The document is nested deeper than {MAX_DEPTH} levels."
            yield refused_reduced([Violation("too_large", "", "", says)], content=content)
        except (ParseError, DefusedXmlException, ValueError, LookupError):
            says = f"Not well-formed GPX without a DOCTYPE ({len(content)} bytes); what came before the fault is kept."
            yield refused_reduced([Violation("unreadable", "", "", says)], content=content)

    def _points(self, content: bytes) -> Iterator[Decoded]:
        path: list[Node] = []
        for event, node in iterparse(BytesIO(content), ("start", "end"), forbid_dtd=True):
            if event == "start":
                path.append(node)
                if len(path) > MAX_DEPTH:
                    raise _TooDeep
                continue
            path.pop()
            name = _local(node)
            if name in _POINTS:
                yield _point(node) if name == "trkpt" else _saved(name)
            if path and name in (*_POINTS, "trkseg", "trk", "rte"):
                path[-1].remove(node)


class _TooDeep(Exception):
    pass


def _point(node: Node) -> Decoded:
    value: dict[str, Any] = {"lat": node.get("lat", "")[:40], "lon": node.get("lon", "")[:40]}
    for child in node.iter():
        name = _local(child)
        if name in _FACTS and child is not node:
            value.setdefault(name, (child.text or "").strip()[:60])
    return kept(value)


def _saved(name: str) -> Decoded:
    says = f"A {name} is a saved place, not a position of a unit; it is counted and not kept."
    return refused_reduced([Violation("shape", name, "", says)], {"point": name})


def _local(node: Node) -> str:
    return node.tag.rpartition("}")[2]
