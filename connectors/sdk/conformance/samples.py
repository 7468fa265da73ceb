"""Rules on the recorded samples: the rows that must come out, and the elements that must be refused."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.sdk.conformance.rule import rule
from connectors.sdk.conformance.subject import Mapped, RefusedSample, Subject
from connectors.sdk.element import Row
from connectors.sdk.judge import outcomes


@rule
def accepted_rows_as_recorded(subject: Subject) -> Iterator[str]:
    """The recorded payload gives exactly the rows of `accepted.jsonl`, in order; missing and None are the same."""
    given = [Mapped(o.contract, o.row) for o in subject.outcomes if o.is_accepted and o.row is not None]
    if not subject.accepted:
        name = subject.connector.name
        yield f"accepted.jsonl is empty or missing; run `vigie connectors record {name}` and read it through"
        return
    for index, (expected, found) in enumerate(zip(subject.accepted, given, strict=False)):
        if expected.contract != found.contract or _filled(expected.row) != _filled(found.row):
            yield f"row {index}: {_difference(expected, found)}"
            return
    if len(given) != len(subject.accepted):
        refused = next((o.violations[0].message for o in subject.outcomes if not o.is_accepted), "none refused")
        yield f"the payload gives {len(given)} accepted rows, accepted.jsonl has {len(subject.accepted)} ({refused})"


@rule
def refused_as_recorded(subject: Subject) -> Iterator[str]:
    """Each sample under `refused/` is refused for the recorded reasons and no others; there is at least one."""
    if not subject.refused:
        yield "there is no sample under refused/; add one real or altered payload per way this source goes wrong"
    for sample in subject.refused:
        yield from _judged(subject, sample)


def _judged(subject: Subject, sample: RefusedSample) -> Iterator[str]:
    made = list(outcomes(subject.connector, sample.payload))
    found = [
        (outcome.element.index, outcome.contract, violation.rule, violation.column)
        for outcome in made
        for violation in outcome.violations
    ]
    main = subject.connector.contract
    expected = [
        (entry.get("index", 0), entry.get("contract", main), entry["rule"], entry.get("column", ""))
        for entry in sample.violations
    ]
    if sorted(found) != sorted(expected):
        yield f"refused/{sample.name}: refused {_listed(found)}; expected {_listed(expected)}"
    accepted = sum(outcome.is_accepted for outcome in made)
    if sample.accepted is not None and accepted != sample.accepted:
        yield f"refused/{sample.name}: {accepted} rows accepted beside the refused ones; expected {sample.accepted}"


def _filled(row: Row) -> dict[str, object]:
    return {column: value for column, value in row.items() if value is not None and value != ""}


def _difference(expected: Mapped, found: Mapped) -> str:
    if expected.contract != found.contract:
        return f"is of {found.contract}; expected {expected.contract}"
    before, after = _filled(expected.row), _filled(found.row)
    changed = sorted(column for column in before.keys() | after.keys() if before.get(column) != after.get(column))
    return "; ".join(f"{name} is {after.get(name)!r}, expected {before.get(name)!r}" for name in changed[:5])


def _listed(found: list[tuple[int, str, str, str]]) -> str:
    return (
        ", ".join(f"{rule}({column}) at {index} of {contract}" for index, contract, rule, column in found[:8])
        or "nothing"
    )
