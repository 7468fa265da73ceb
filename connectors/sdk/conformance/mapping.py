"""Rules on splitting and mapping: nothing lost, nothing invented, nothing dependent on when or how often."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from contextvars import ContextVar
from random import Random
from typing import Any

from connectors.sdk.conformance.mutation import MUTATION_SEED, mutated
from connectors.sdk.conformance.rule import rule
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.element import Payload, canonical
from schemas.contract import ColumnType

_MUTATIONS = 60
_WATCHED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn")
_outside: ContextVar[list[str] | None] = ContextVar("outside", default=None)


@rule
def splits_everything(subject: Subject) -> Iterator[str]:
    """The payload gives elements, numbered 0, 1, 2 … in order, each with its original bytes."""
    if not subject.elements:
        yield "the recorded payload gives no element; record one that holds some"
    for expected, element in enumerate(subject.elements):
        if element.index != expected or not element.raw:
            yield f"element {expected} has index {element.index} and {len(element.raw)} original bytes; number from 0"
            return


@rule
def counts_occurrences(subject: Subject) -> Iterator[str]:
    """Equal elements of a payload have ordinals 0, 1, 2 …, so that equal lines stay different facts."""
    seen: Counter[str] = Counter()
    for element in subject.elements:
        if element.occurrence != seen[element.digest]:
            yield f"element {element.index} is number {seen[element.digest]} of its equals, not {element.occurrence}"
            return
        seen[element.digest] += 1


@rule
def filters_nothing(subject: Subject) -> Iterator[str]:
    """Every element gives at least one row, and at most one per contract, of declared contracts."""
    for element in subject.readable:
        emitted = [contract for contract, _ in subject.rows(element)]
        if not emitted:
            yield f"element {element.index} gives no row; give one with None for what is missing"
            return
        strange = [
            name for name, times in Counter(emitted).items() if times > 1 or name not in subject.connector.contracts
        ]
        if strange:
            yield f"element {element.index} gives {emitted}; expected one row at most of {subject.connector.contracts}"
            return


@rule
def pure(subject: Subject) -> Iterator[str]:
    """The same element always gives the same rows, in any order, from any instance, and stays as it was."""
    before = [canonical(element.value) for element in subject.readable]
    once = [subject.rows(element) for element in subject.readable]
    other = type(subject.connector)(subject.connector.source, subject.connector.city)
    twin = Subject(other, subject.payload, ())
    again = [twin.rows(element) for element in reversed(subject.readable)][::-1]
    for element, value, first, second in zip(subject.readable, before, once, again, strict=True):
        if first != second:
            yield f"element {element.index} gives {first} and then {second}; no clock, chance or memory in to_row"
            return
        if canonical(element.value) != value:
            yield f"to_row changed the value of element {element.index}; build a new mapping instead"
            return


@rule
def fetches_nothing(subject: Subject) -> Iterator[str]:
    """Mapping opens no connection and starts no process."""
    _watch()
    seen: list[str] = []
    token = _outside.set(seen)
    try:
        for element in subject.readable[:50]:
            subject.rows(element)
    finally:
        _outside.reset(token)
    if seen:
        yield f"to_row did {sorted(set(seen))}; fetch in `requests` or `files`, to_row works on the element alone"


@rule
def total(subject: Subject) -> Iterator[str]:
    """Neither split nor to_row ever raises, whatever the bytes."""
    real = subject.payload.content
    for content in (real, b"", *mutated(real, Random(MUTATION_SEED), _MUTATIONS, max_bytes=5_000)):
        payload = Payload(content, subject.payload.url, subject.payload.collected_at)
        try:
            elements = [element for element in subject.connector.split(payload) if not element.violations]
        except Exception as error:  # this is the question
            yield f"split raises {type(error).__name__}: {str(error)[:150]}; give a refused element instead"
            return
        for element in elements:
            try:
                list(subject.connector.to_rows(element, payload))
            except Exception as error:  # this is the question
                shown = element.raw[:200].decode("utf-8", "backslashreplace")
                yield f"to_rows raises {type(error).__name__}: {str(error)[:150]} on {shown!r}; pass the value on"
                return


@rule
def gives_json_values(subject: Subject) -> Iterator[str]:
    """Rows hold text, numbers, booleans, None, and lists or mappings of them."""
    for element in subject.readable:
        for _, row in subject.rows(element):
            for column, value in row.items():
                if not _is_json(value):
                    yield f"element {element.index}: {column} is a {type(value).__name__}; expected a JSON value"
                    return


@rule
def fills_source_columns(subject: Subject) -> Iterator[str]:
    """Rows name only columns that their contract leaves to the source."""
    for element in subject.readable:
        for contract, row in subject.rows(element):
            known = {column.name for column in subject.contracts[contract].source_columns}
            if not row.keys() <= known:
                strange = sorted(row.keys() - known)
                yield f"element {element.index} fills {strange}, which {contract} does not take from sources"
                return


@rule
def instants_in_utc(subject: Subject) -> Iterator[str]:
    """Every instant of an accepted row is UTC, written with a final Z."""
    for outcome in subject.outcomes:
        if not outcome.is_accepted or outcome.row is None:
            continue
        for column in subject.contracts[outcome.contract].columns:
            value = outcome.row.get(column.name)
            if column.type is ColumnType.TIMESTAMP and value is not None and not str(value).endswith("Z"):
                yield f"element {outcome.element.index}: {column.name} is {value!r}; decode it to UTC, ending in Z"
                return


@rule
def places_well(subject: Subject) -> Iterator[str]:
    """Located rows lie in the city for the most part, and say how precise they are."""
    located = [outcome for outcome in subject.outcomes if outcome.row and outcome.row.get("longitude") is not None]
    outside = [o for o in located if any(violation.rule.startswith("position") for violation in o.violations)]
    if len(outside) > len(located) / 2:
        yield f"{len(outside)} of {len(located)} located rows are refused: {outside[0].violations[0].message}"
    for outcome in located:
        knows = any(column.name == "location_precision_m" for column in subject.contracts[outcome.contract].columns)
        if knows and outcome.row is not None and outcome.row.get("location_precision_m") is None:
            yield f"element {outcome.element.index} has a place but no location_precision_m; give one"
            return


@rule
def reads_again(subject: Subject) -> Iterator[str]:
    """The text kept in bronze beside a row can be read again to an equal element, so that replay works."""
    for element in subject.readable:
        again = subject.connector.reread(subject.connector.text(element))
        if again.violations or canonical(again.value) != canonical(element.value):
            kept = subject.connector.text(element)[:150]
            yield f"element {element.index} is kept as {kept!r}, which reads as {again.value!r}"
            return


def _is_json(value: Any) -> bool:
    if value is None or type(value) in (str, int, float, bool):
        return True
    if isinstance(value, list | tuple):
        return all(map(_is_json, value))
    return isinstance(value, dict) and all(type(key) is str and _is_json(inner) for key, inner in value.items())


def _watch() -> None:
    """Listen to the interpreter's audit events; a hook cannot be taken away, so there is one for good."""
    if not _watch.__dict__.get("on"):
        sys.addaudithook(_heard)
        _watch.__dict__["on"] = True


def _heard(event: str, _: object) -> None:
    seen = _outside.get()
    if seen is not None and event.startswith(_WATCHED):
        seen.append(event)
