"""Rules on what a connector says about itself."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from connectors.sdk.authoring.todo import is_todo, todo_lines
from connectors.sdk.conformance.rule import rule
from connectors.sdk.conformance.subject import Subject
from schemas.codes import load_codes
from schemas.contract import names

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")


@rule
def named(subject: Subject) -> Iterator[str]:
    """The module is called `<standard or publisher>_<what>`, and the class says what one row is."""
    if not _NAME.fullmatch(subject.connector.name):
        yield f"the module is called {subject.connector.name!r}; expected two or more words joined by _"
    if not (type(subject.connector).__doc__ or "").strip():
        yield f"{type(subject.connector).__name__} has no docstring; say what one row is and what its key is"


@rule
def finished(subject: Subject) -> Iterator[str]:
    """Nothing that the draft asks for is left open in the module or in the file that names the source."""
    kind = type(subject.connector)
    module = getattr(sys.modules.get(kind.__module__), "__file__", None)
    if is_todo(kind.__doc__) and not module:
        yield f"{kind.__name__} still says TODO in its docstring; write it, or delete the line"
    for path in (Path(module) if module else None, subject.connector.source.path):
        lines = todo_lines(path) if path and path.is_file() else ()
        if lines:
            yield f"{path} still says TODO in line {', '.join(map(str, lines))}; write it, or delete the line"


@rule
def labelled(subject: Subject) -> Iterator[str]:
    """The source has a label in French and in English."""
    label = getattr(subject.connector, "label", None)
    for language in ("fr", "en"):
        if not getattr(label, language, "").strip():
            yield f"`label` has no text in {language!r}; write label = Label(fr=…, en=…)"


@rule
def in_a_family(subject: Subject) -> Iterator[str]:
    """The source belongs to a family of the code list `family`."""
    found = getattr(subject.connector, "family", None)
    known = load_codes("family").values
    if found not in known:
        yield f"`family` is {found!r}; expected one of {', '.join(known)}"


@rule
def attributed(subject: Subject) -> Iterator[str]:
    """The publisher and the licence of the data are named."""
    attribution = getattr(subject.connector, "attribution", None)
    for part in ("publisher", "licence"):
        if not getattr(attribution, part, "").strip():
            yield f"`attribution` names no {part}; write attribution = Attribution(publisher=…, licence=…)"


@rule
def contracts_known(subject: Subject) -> Iterator[str]:
    """Every contract named exists, and `contract` is the first of them."""
    emitted = subject.connector.contracts
    for contract in emitted:
        if contract not in names():
            yield f"there is no contract {contract!r}; expected one of {', '.join(names())}"
    if not emitted or emitted[0] != subject.connector.contract:
        yield f"`contracts` is {emitted}; expected it to begin with `contract`, {subject.connector.contract!r}"
