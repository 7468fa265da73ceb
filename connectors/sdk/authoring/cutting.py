"""Chooses what of a whole file becomes a fixture: every shape of part once, then what is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.sdk.authoring.parts import Parts, parts_of
from connectors.sdk.decode import number
from connectors.sdk.element import canonical
from connectors.sdk.errors import BadSetting
from connectors.sdk.formats import Format

MAX_BYTES = 100_000
MAX_PARTS = 200
_SHAPES = 40


def cut(declared: Format, content: bytes, keep: str, max_bytes: int) -> tuple[bytes, int, int]:
    """The payload kept, the number of its parts, and of those there were; both 0 when parts cannot be told."""
    parts = parts_of(declared, content)
    total = len(parts.values) if parts else 0
    if len(content) <= max_bytes and not keep:
        return content, total, total
    if parts is None or not total:
        if len(content) <= max_bytes:
            return content, 0, 0
        raise BadSetting(
            f"the payload has {len(content)} bytes and a fixture at most {max_bytes}; payloads of this format are not "
            "cut: make a smaller file that its own tools can read, and record that"
        )
    order = _chosen(parts, keep)
    while True:
        kept = parts.cut(sorted(order))
        if len(kept) <= max_bytes or len(order) == 1:
            return kept, len(order), total
        order = order[: max(1, min(len(order) - 1, len(order) * max_bytes // len(kept)))]


def _chosen(parts: Parts, keep: str) -> list[int]:
    """Positions in the order of their worth."""
    shapes: dict[object, int] = {}
    for index, value in enumerate(parts.values):
        shapes.setdefault(_shape(value), index)
    if keep:
        try:
            wanted = re.compile(keep)
        except re.error as error:
            raise BadSetting(f"{keep!r} is no regular expression: {error}; escape its special signs with \\") from error
        rest = [
            index
            for index, value in enumerate(parts.values)
            if wanted.search(canonical(value).decode("utf-8", "replace"))
        ]
    else:
        rest = list(range(len(parts.values)))
    return list(dict.fromkeys([*list(shapes.values())[:_SHAPES], *rest]))[:MAX_PARTS]


def _shape(value: Any) -> object:
    """Which fields are there, and whether each is empty, a number or something else."""
    if isinstance(value, Mapping):
        return tuple((str(name), _shape(inner)) for name, inner in value.items())
    if value is None or value == "":
        return "-"
    return "n" if isinstance(number(value), int | float) else type(value).__name__
