"""Rules on sources that carry persons: whatever stands in a payload, only what is named leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from connectors.sdk.conformance.mutation import MUTATION_SEED, mutated
from connectors.sdk.conformance.rule import rule
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.element import Decoded, Payload, refused
from connectors.sdk.formats import Format
from connectors.sdk.judge import outcomes

PLANTED = ("Zoé TÉMOIN-DURAND", "MARKERPERSON")
_MUTATIONS = 60
_EVERY_BYTES = 97


@dataclass(frozen=True)
class _Planted(Format):
    """Gives prepared values as if they had been read."""

    found: tuple[Decoded, ...]

    def decode(self, content: bytes) -> Iterator[Decoded]:
        yield from self.found

    def reread(self, text: str, context: str = "") -> Decoded:
        raise NotImplementedError


@rule
def keeps_persons_out(subject: Subject) -> Iterator[str]:
    """A connector that declares `keep` lets out nothing of a payload that it does not name there."""
    keep = subject.connector.keep
    if keep is None:
        return
    for marker in PLANTED:
        where = _found(subject, marker)
        if where:
            yield f"{marker!r}, planted where `keep` names nothing, comes out in {where}"
            return
    damaged = mutated(subject.payload.content, Random(MUTATION_SEED), _MUTATIONS, max_bytes=5_000)
    sown = PLANTED[0].encode()
    for content in (subject.payload.content[:5_000], *damaged):
        planted = sown + sown.join(_cut(content)) + sown
        payload = replace(subject.payload, content=planted, url=f"file:{PLANTED[0]}?{PLANTED[1]}")
        where = _leak(subject, payload, (PLANTED[0], *PLANTED[0].split()))
        if where:
            yield f"{PLANTED[0]!r}, planted every {_EVERY_BYTES} bytes of a payload, comes out in {where}"
            return


def _found(subject: Subject, marker: str) -> str:
    """Where a marker comes out that replaces every text `keep` does not name, and stands in what cannot be read."""
    connector = type(subject.connector)(subject.connector.source, subject.connector.city)
    connector.guard = subject.connector.guard
    named = frozenset(subject.connector.keep or ())
    planted = [
        Decoded(_planted(value, "", named, marker), marker.encode(), violations)
        for value, _, violations in subject.connector.format.decode(subject.payload.content)
    ]
    unread = refused("unreadable", marker.encode(), marker, column=marker, value=marker)
    connector.format = _Planted((*planted, unread))
    return _leak(replace(subject, connector=connector), subject.payload, (marker,))


def _leak(subject: Subject, payload: Payload, markers: tuple[str, ...]) -> str:
    for outcome in outcomes(subject.connector, payload):
        message = outcome.message
        parts = {"the key": message.key, "the value": message.value, **{f"header {n}": v for n, v in message.headers}}
        parts["a violation"] = repr(outcome.violations).encode("utf-8", "backslashreplace")
        for name, content in parts.items():
            if any(_holds(content, marker) for marker in markers):
                return f"{name} of element {outcome.element.index} ({message.topic})"
    return ""


def _holds(content: bytes, marker: str) -> bool:
    escaped = marker.encode("ascii", "backslashreplace")
    return any(form in content for form in (marker.encode(), marker.encode("latin-1", "replace"), escaped))


def _planted(value: Any, path: str, named: frozenset[str], marker: str) -> Any:
    if isinstance(value, dict):
        inner = {name: _planted(one, f"{path}.{name}".strip("."), named, marker) for name, one in value.items()}
        return {**inner, marker: marker}
    if isinstance(value, list):
        return [*(_planted(one, path, named, marker) for one in value)]
    return value if path in named else marker


def _cut(content: bytes) -> list[bytes]:
    return [content[at : at + _EVERY_BYTES] for at in range(0, len(content), _EVERY_BYTES)] or [b""]
