"""Messages of the French emergency hub: EDXL-DE envelopes and bare messages, in JSON and in XML, as one mapping.

Both writings of a message give the identical elements. What the hub's own schemas refuse is refused here, field by
field, and so are messages of another kind: an acknowledgement (``reference``, ``error``, kind ``Ack`` or ``Error``)
tells no fact and is counted as refused, since it must not vanish. An XML envelope may hold what EDXL-DE 2.0 allows
beyond the hub's profile; the message inside may not.

Case files hold names, addresses, telephone numbers and medical notes. An element is cut to the ``keep`` list of its
kind before anything else sees it; a kept text that is no identifier, code or instant (blanks, a telephone number) is
refused and not kept either. Validation takes about a millisecond a message, most of the time of reading one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.sdk.element import Decoded
from connectors.sdk.formats.cisu_schema import CHECKED, ENVELOPE, HEADER, OTHERS, faults
from connectors.sdk.formats.cisu_xml import Unreadable, document_of
from connectors.sdk.formats.json import JsonFormat
from connectors.sdk.formats.reduced import ReducedFormat, kept, refused_reduced
from schemas.check import Violation

MAX_MESSAGE_BYTES = 1024 * 1024
Keep = Mapping[str, Any]
"""Field -> keep list of what is under it; ``None`` for a value kept as it is, a function for one that is coarsened."""
Parts = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]

_HEADER_KEYS = frozenset(("messageId", "sender", "sentAt", "kind", "status", "recipient"))
_ENVELOPE_KEYS = frozenset(("distributionID", "senderID", "distributionKind", "distributionStatus", "content"))
_HEADERLESS = frozenset(("technicalNoreq", "customContent", "distributionElement"))
_KNOWN = frozenset((*CHECKED, *OTHERS))
_PLAIN = re.compile(r"(?!.*\+\d{6})[A-Za-z0-9_.#:/+-]{1,200}", re.ASCII)
_SHOWN = re.compile(r"(?=.*[A-Z])[A-Z0-9_./-]{1,40}", re.ASCII)
_ANSWERS = frozenset(("reference", "error"))


def whole(message: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The message as its only part."""
    yield message


@dataclass(frozen=True)
class Kind:
    """How one kind of message is read.

    Attributes:
        keep: what of it may be kept.
        parts: cuts the reduced message into elements, one per thing it tells of.
        judge: a reason to refuse a part, or none.
    """

    keep: Keep
    parts: Parts = whole
    judge: Callable[[dict[str, Any]], Violation | None] = lambda part: None


@dataclass(frozen=True)
class EdxlFormat(ReducedFormat):
    """Messages of the hub; ``kinds`` maps the name of a message (``createCase``) to how it is read.

    An element is ``{"type", "sender", "sent_at", "kind", "status", "message"}``; the four in the middle come from the
    envelope, else from the header of the message, and are missing for a bare one.
    """

    kinds: Mapping[str, Kind]
    max_message_bytes: int = MAX_MESSAGE_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Every part of every message in the content."""
        if len(content) > self.max_message_bytes:
            message = f"The message has {len(content)} bytes; allowed are {self.max_message_bytes}."
            yield _withheld(Violation("too_large", "", str(len(content)), message), content)
        elif content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            try:
                document = document_of(content)
            except Unreadable as error:
                yield _withheld(Violation(error.rule, "", "", str(error)), content)
            else:
                yield from self._document(document, content)
        else:
            for found in JsonFormat(max_element_bytes=self.max_message_bytes).decode(content):
                if found.violations:
                    says = f"Not usable as JSON ({len(content)} bytes); the sender must send it again."
                    yield _withheld(Violation(found.violations[0].rule, "", "", says), content)
                else:
                    yield from self._document(found.value, content)

    def _document(self, document: Any, content: bytes) -> Iterator[Decoded]:
        if not isinstance(document, dict):
            says = "Expected an object: an EDXL-DE envelope or a message."
            yield _withheld(Violation("shape", "", "", says), content)
        elif not _ENVELOPE_KEYS & document.keys() and _KNOWN & document.keys():
            yield from self._message(document, {}, [], not _HEADER_KEYS & document.keys())
        elif not _ENVELOPE_KEYS & document.keys() and isinstance(document.get("message"), dict):
            yield from self._message(document["message"], {}, [], False)
        else:
            wrong = faults(ENVELOPE, document, "$", lambda path, value: _told(value))
            contents = document.get("content")
            for item in contents if isinstance(contents, list) and contents else [None]:
                message = at(item, "jsonContent", "embeddedJsonContent", "message")
                yield from self._message(message, document, wrong, False)

    def _message(self, message: Any, envelope: dict[str, Any], wrong: list[Violation], bare: bool) -> Iterator[Decoded]:
        found = message if isinstance(message, dict) else {}
        present = [name for name in found if name in _KNOWN]
        reasons = [*wrong, *self._judged(found, present, bare)]
        common = _common(envelope, found)
        if not reasons:
            reasons = self._unwanted(present[0], common)
        if reasons:
            yield refused_reduced(reasons, {"type": present, **common})
            return
        name = present[0]
        yield from self._parts(self.kinds[name], reduced(found[name], self.kinds[name].keep, name), name, common)

    def _judged(self, message: dict[str, Any], present: list[str], bare: bool) -> Iterator[Violation]:
        if not bare and not (present and set(present) <= _HEADERLESS):
            yield from faults(HEADER, message, "", lambda path, value: _told(value))
        headed = bare or bool(_HEADER_KEYS & message.keys())
        if not any(headed or name in _HEADERLESS for name in present):
            says = "could not detect any schemas in the message, at least one is required"
            yield Violation("shape", "embeddedJsonContent", "", f"embeddedJsonContent: {says}.")
        wrong = {name: self._faults(name, message[name]) for name in present}
        for name in present:
            yield from wrong[name]
        if len(present) > 1:
            says = f"should be valid to one and only one schema, but {sum(not w for w in wrong.values())} are valid"
            yield Violation("shape", "embeddedJsonContent", "", f"embeddedJsonContent: {says}.")

    def _faults(self, name: str, message: Any) -> list[Violation]:
        if name not in CHECKED:
            return []
        keep = self.kinds[name].keep if name in self.kinds else {}
        return faults(CHECKED[name], message, name, lambda path, value: _told(value) if _keeps(keep, path) else "")

    def _unwanted(self, name: str, common: Mapping[str, Any]) -> list[Violation]:
        if name in _ANSWERS or common["kind"] in ("Ack", "Error"):
            says = "answers another message and tells no fact; it is counted here and changes no row."
            return [Violation("shape", "distributionKind", str(common["kind"] or name), f"The message {says}")]
        if name not in self.kinds:
            says = f"is a message this source does not read; expected one of {', '.join(self.kinds)}"
            return [Violation("shape", name, "", f"{name}: {says}. Bind the queue to those alone.")]
        return []

    def _parts(self, kind: Kind, found: tuple[Any, list[Violation]], name: str, common: Any) -> Iterator[Decoded]:
        message, reasons = found
        if reasons:
            yield refused_reduced(reasons, {"type": [name], **common, "message": message})
            return
        for part in kind.parts(message):
            value = {"type": name, **common, "message": part}
            reason = kind.judge(part)
            yield refused_reduced([reason], value) if reason else kept(value)


def at(value: Any, *path: str) -> Any:
    """What lies at the path of keys; nothing when one of them is missing."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def reduced(value: Any, keep: Any, path: str = "") -> tuple[Any, list[Violation]]:
    """The value cut to the keep list, and a reason for each text that may not be kept."""
    if isinstance(value, list):
        cut = [reduced(item, keep, path) for item in value]
        return [item for item, _ in cut], [reason for _, reasons in cut for reason in reasons]
    if isinstance(keep, Mapping):
        if not isinstance(value, dict):
            return None, []
        inner = {name: reduced(value[name], keep[name], f"{path}.{name}") for name in keep if name in value}
        return {name: item for name, (item, _) in inner.items()}, [r for _, reasons in inner.values() for r in reasons]
    if isinstance(value, dict):
        return None, []
    if isinstance(value, str) and value and not _PLAIN.fullmatch(value):
        says = "is no identifier, code or instant; expected letters, digits and _ . # : / + - without blanks"
        return None, [Violation("pattern", path, "", f"{path}: the text {says}. It is not kept.")]
    return (keep(value) if keep else value), []


def _common(envelope: Mapping[str, Any], message: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "sender": envelope.get("senderID", at(message, "sender", "name")),
        "sent_at": envelope.get("dateTimeSent", message.get("sentAt")),
        "kind": envelope.get("distributionKind", message.get("kind")),
        "status": envelope.get("distributionStatus", message.get("status")),
    }
    return {name: told if isinstance(told, str) and _PLAIN.fullmatch(told) else None for name, told in found.items()}


def _keeps(keep: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(keep, Mapping) or name not in keep:
            return False
        keep = keep[name]
    return keep is None


def _told(value: object) -> str:
    return value if isinstance(value, str) and _SHOWN.fullmatch(value) else ""


def _withheld(reason: Violation, content: bytes) -> Decoded:
    return refused_reduced([reason], content=content)
