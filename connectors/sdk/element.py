"""The values that travel through a connector: what was fetched, and each thing it contained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple

import orjson

from schemas.check import Violation

MAX_ELEMENT_BYTES = 256 * 1024
"""An element over this is refused ``too_large``: row and raw together must fit a broker message of 1 MiB."""
MAX_DEAD_LETTER_BYTES = 64 * 1024
"""Original bytes kept of a refused element; the rest is cut and the dead letter says so."""

Row = Mapping[str, object]


@dataclass(frozen=True)
class Payload:
    """One answer, file or message of a source, as it came.

    ``url`` says where it came from and never holds a secret; ``collected_at`` is the UTC instant of collection;
    ``metadata`` holds what the transport knew (``etag``, ``last_modified``, ``recording``). ``refusal`` is set
    when the whole payload cannot be used (a gzip bomb, an answer over the limit); ``content`` then holds only
    its beginning.
    """

    content: bytes
    url: str
    collected_at: datetime
    content_type: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    refusal: Violation | None = None

    @cached_property
    def payload_id(self) -> str:
        """First 16 hex digits of the SHA-256 of the content: equal content, equal identifier."""
        return sha256(self.content).hexdigest()[:16]


@dataclass(frozen=True)
class Element:
    """One thing in a payload (a line, a feature, a trip) before it is mapped to rows.

    ``raw`` holds the original bytes, or JSON text of the decoded element for binary formats. ``occurrence``
    counts equal elements of one payload from 0, so that equal lines of a source without keys stay different
    facts. ``violations`` is filled when the bytes could not be decoded; such an element is never mapped.
    """

    value: Any
    raw: bytes
    index: int
    occurrence: int = 0
    violations: tuple[Violation, ...] = ()

    @cached_property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the canonical value, or of the raw bytes when undecoded."""
        return digest_of(self.raw if self.violations else canonical(self.value))

    @property
    def content_id(self) -> str:
        """Identifier for sources without keys: same content and ordinal, same identifier, in any order."""
        return f"{self.digest}-{self.occurrence}"


class Decoded(NamedTuple):
    """What a format found: a value or the reasons why there is none, with the bytes it came from."""

    value: Any
    raw: bytes
    violations: tuple[Violation, ...] = ()


def canonical(value: object) -> bytes:
    """JSON bytes that are equal for equal values: keys sorted, no blanks."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except (TypeError, RecursionError):
        # integers over 64 bits and lone surrogates, which orjson refuses
        return json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).encode("ascii")


def digest_of(content: bytes) -> str:
    """First 16 hex digits of the SHA-256 of the bytes."""
    return sha256(content).hexdigest()[:16]


def number(decoded: Iterable[Decoded]) -> Iterator[Element]:
    """Give each decoded thing its index in the payload and its ordinal among equal things."""
    seen: dict[str, int] = {}
    for index, (value, raw, violations) in enumerate(decoded):
        digest = digest_of(raw if violations else canonical(value))
        occurrence = seen.get(digest, 0)
        seen[digest] = occurrence + 1
        element = Element(value, raw, index, occurrence, violations)
        element.__dict__["digest"] = digest  # spares the second hash; same value as the property
        yield element


def refused(rule: str, raw: bytes, message: str, *, column: str = "", value: str = "") -> Decoded:
    """An element that cannot be mapped, with the rule it broke and what a dead letter keeps of its bytes."""
    violation = Violation(rule=rule, column=column, value=value[:500], message=message)
    return Decoded(None, raw[: MAX_DEAD_LETTER_BYTES + 1], (violation,))
