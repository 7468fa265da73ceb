"""Elements that keep only what the mapping uses, for payloads that name persons.

What is left out is kept nowhere: not in the row, not in the text beside it, not in a dead letter. The price is that a
payload which cannot be read leaves only its length and digest, and must be asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any

from connectors.sdk.element import Decoded, canonical
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.json import JsonLinesFormat
from schemas.check import Violation

_REFUSED = "refused"


class ReducedFormat(Format):
    """A format whose elements are JSON mappings of the few values it keeps; ``raw`` is their text."""

    def original(self, content: bytes) -> bytes:
        """Length and digest alone."""
        return canonical({_REFUSED: [], **_stamp(content)})

    def reread(self, text: str, context: str = "") -> Decoded:
        """The kept element; one refused when it came stays refused, since the rest of it was never kept."""
        found = JsonLinesFormat().reread(text)
        if not found.violations and isinstance(found.value, dict) and _REFUSED not in found.value:
            return found
        reasons = found.value.get(_REFUSED) if isinstance(found.value, dict) else None
        known = [reason for reason in reasons or () if isinstance(reason, list) and len(reason) == 3]
        violations = [Violation(str(rule), str(column), "", str(message)) for rule, column, message in known]
        return Decoded(None, text.encode() or b"{}", tuple(violations or [unkept()]))


def unkept() -> Violation:
    """Why a kept text without reasons is no element."""
    return Violation("shape", "", "", "The kept text is no reduced element; ask the source to send the message again.")


def kept(value: dict[str, Any]) -> Decoded:
    """An element of the values that the mapping uses."""
    return Decoded(value, canonical(value))


def refused_reduced(violations: Iterable[Violation], value: object = None, content: bytes | None = None) -> Decoded:
    """A refused element: its reasons, what may be kept of it, or length and digest of what may not."""
    reasons = tuple(violations)
    left: dict[str, Any] = {_REFUSED: [[one.rule, one.column, one.message] for one in reasons]}
    if value is not None:
        left["element"] = value
    if content is not None:
        left |= _stamp(content)
    return Decoded(None, canonical(left), reasons)


def _stamp(content: bytes) -> dict[str, Any]:
    return {"bytes": len(content), "sha256": sha256(content).hexdigest()}
