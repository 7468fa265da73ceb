"""Content lines and components of iCalendar (RFC 5545, section 3.1): unfolded, parsed and nested."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.sdk.element import MAX_ELEMENT_BYTES, digest_of

_LINE_END = re.compile(rb"\r\n|\n|\r")
_PARAMETER = r'[A-Za-z0-9-]+=(?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*'
_CONTENT_LINE = re.compile(rf"([A-Za-z0-9-]+)((?:;{_PARAMETER})*):(.*)", re.DOTALL)
_PARAMETERS = re.compile(rf";({_PARAMETER})")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: ``DTSTART;TZID=Europe/Paris:20250301T090000``; names in capital letters."""

    name: str
    parameters: Mapping[str, str]
    value: str

    def written(self, kept: tuple[str, ...] = ()) -> str:
        """Value and the parameters to keep, without the name: ``TZID=Europe/Paris:20250301T090000``."""
        shown = [
            f'{name}="{value}"' if re.search("[;:,]", value) else f"{name}={value}"
            for name, value in self.parameters.items()
            if name in kept
        ]
        return ";".join(shown) + ":" + self.value if shown else self.value


@dataclass(slots=True)
class Component:
    """Everything between ``BEGIN`` and ``END``."""

    name: str
    properties: list[Property] = field(default_factory=list)
    children: list[Component] = field(default_factory=list)
    is_closed: bool = False

    def all(self, name: str) -> list[Property]:
        """Properties of that name, in order."""
        return [one for one in self.properties if one.name == name]

    def first(self, name: str) -> Property | None:
        """The first property of that name."""
        return next((one for one in self.properties if one.name == name), None)


class Fault(NamedTuple):
    """A line that cannot be used: rule, property name when known, what a dead letter may keep, and why."""

    rule: str
    name: str
    raw: bytes
    message: str


def read(content: bytes, kept: frozenset[str]) -> tuple[list[Component], list[Fault]]:
    """Top-level components and faults. A broken line costs that line; only ``kept`` properties are shown in a fault."""
    roots: list[Component] = []
    stack: list[Component] = []
    faults: list[Fault] = []
    for number, line in enumerate(unfold(content), start=1):
        found = _parsed(line, number, kept)
        if isinstance(found, Fault):
            faults.append(found)
        elif found.name in ("BEGIN", "END"):
            fault = _nest(found, roots, stack, line, number)
            faults.extend([fault] if fault else [])
        elif stack:
            stack[-1].properties.append(found)
        else:
            faults.append(_fault("shape", found.name, line, number, "stands outside any component", kept))
    return roots, faults


def unfold(content: bytes) -> Iterator[bytes]:
    """Content lines: a line that begins with a blank goes on with the one before; empty lines do not count."""
    taken: list[bytes] = []
    for line in _LINE_END.split(content.removeprefix(codecs.BOM_UTF8)):
        if not line.strip():
            continue
        if line[:1] in (b" ", b"\t"):
            taken.append(line[1:])
            continue
        if taken:
            yield b"".join(taken)
        taken = [line]
    if taken:
        yield b"".join(taken)


def plain_text(value: str) -> str:
    """A text value without its escapes, on one line."""
    return re.sub(r"\\(.)", lambda found: " " if found[1] in "nN" else found[1], value, flags=re.DOTALL).strip()


def text_list(value: str) -> list[str]:
    """The texts of a list of texts; an escaped comma is part of a text."""
    return [text for text in map(plain_text, re.split(r"(?<!\\),", value)) if text]


def _parsed(line: bytes, number: int, kept: frozenset[str]) -> Property | Fault:
    name = re.match(rb"[A-Za-z0-9-]*", line)
    known = name[0].decode().upper() if name else ""
    if len(line) > MAX_ELEMENT_BYTES and known in kept:
        return _fault("too_large", known, line, number, f"has {len(line)} bytes, over {MAX_ELEMENT_BYTES}", frozenset())
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if known and known not in kept:
            return Property(known, {}, "")  # a text that is dropped anyway
        return _fault("unreadable", known, line, number, f"holds a byte at {error.start} that is not UTF-8", kept)
    found = _CONTENT_LINE.fullmatch(text)
    if found is None:
        return _fault("unreadable", known, line, number, "is not `NAME;PARAMETER=value:value`", kept)
    if known in kept and _CONTROL.search(text):
        return _fault("unreadable", known, line, number, "holds a control character", kept)
    parameters = (one.partition("=") for one in _PARAMETERS.findall(found[2]))
    return Property(known, {key.upper(): value.strip('"') for key, _, value in parameters}, found[3])


def _nest(found: Property, roots: list[Component], stack: list[Component], line: bytes, number: int) -> Fault | None:
    name = found.value.strip().upper()
    if found.name == "BEGIN":
        if name == "VCALENDAR":
            stack.clear()
        if len(stack) >= MAX_DEPTH:
            return _fault("too_large", "BEGIN", line, number, f"is nested over {MAX_DEPTH} levels", frozenset())
        component = Component(name)
        (stack[-1].children if stack else roots).append(component)
        stack.append(component)
        return None
    if name not in {component.name for component in stack}:
        return _fault("shape", "END", line, number, "closes nothing that is open", frozenset())
    while stack.pop().name != name:
        pass
    # What was left open inside keeps its flag and is told as an element of its own.
    _close(roots, stack)
    return None


def _close(roots: list[Component], stack: list[Component]) -> None:
    siblings = stack[-1].children if stack else roots
    siblings[-1].is_closed = True


def _fault(rule: str, name: str, line: bytes, number: int, what: str, kept: frozenset[str]) -> Fault:
    """A line that may hold persons (a description, an attendee) is told by its digest alone."""
    shown = line if name in kept else f"X-LINE:{len(line)} bytes, sha256 {digest_of(line)}".encode()
    return Fault(rule, name, shown, f"Content line {number} ({name or 'without a name'}) {what}; it is left out.")
