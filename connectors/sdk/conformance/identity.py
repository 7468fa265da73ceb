"""Rules on keys: what makes reading twice, in another order or on another day, tell the same facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.sdk.conformance.mutation import MUTATION_SEED
from connectors.sdk.conformance.rule import rule
from connectors.sdk.conformance.subject import Subject
from connectors.sdk.element import Decoded, Element, number
from connectors.sdk.envelope import header, key_of
from connectors.sdk.judge import outcomes

_Keys = set[tuple[str, str]]


@rule
def same_when_read_later(subject: Subject) -> Iterator[str]:
    """Reading the same payload on another day gives the same record identifiers."""
    later = replace(subject.payload, collected_at=subject.payload.collected_at + timedelta(hours=12))
    first = [header(outcome.message.headers, "ce_id") for outcome in subject.outcomes]
    second = [header(outcome.message.headers, "ce_id") for outcome in outcomes(subject.connector, later)]
    if first != second:
        changed = next(index for index, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
        yield f"row {changed} gets another identifier when read 12 hours later; leave collected_at out of rows"


@rule
def same_when_shuffled(subject: Subject) -> Iterator[str]:
    """The same elements in another order give the same set of keys."""
    shuffled = [Decoded(element.value, element.raw, element.violations) for element in subject.elements]
    Random(MUTATION_SEED).shuffle(shuffled)
    renumbered = tuple(element for element in number(shuffled) if not element.violations)
    if _keys(subject, renumbered) != _keys(subject, subject.readable):
        yield "keys change with the order of the elements; use element.content_id, never element.index"


@rule
def same_key_same_fact(subject: Subject) -> Iterator[str]:
    """Two accepted rows with one key are equal, unless the contract knows versions of a key."""
    seen: dict[tuple[str, str], object] = {}
    for outcome in subject.outcomes:
        contract = subject.contracts[outcome.contract]
        if not outcome.is_accepted or outcome.row is None or contract.version_by:
            continue
        key = (outcome.contract, key_of(outcome.row, contract))
        if seen.setdefault(key, outcome.row) != outcome.row:
            yield f"two different rows of {outcome.contract} have the key {key[1]!r}; take a field that differs"
            return


@rule
def content_keys_count(subject: Subject) -> Iterator[str]:
    """A key made from the content also holds the ordinal, so equal lines of a source without keys are not merged."""
    for element in subject.readable:
        twin = replace(element, occurrence=element.occurrence + 1)
        for key in _keys(subject, (element,)) & _keys(subject, (twin,)):
            if element.digest in key[1]:
                yield f"the key {key[1]!r} of element {element.index} is also its equals'; use element.content_id"
                return


def _keys(subject: Subject, elements: Iterable[Element]) -> _Keys:
    return {
        (contract, key_of(row, subject.contracts[contract]))
        for element in elements
        for contract, row in subject.rows(element)
        if contract in subject.contracts
    }
