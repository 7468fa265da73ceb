"""From a payload to accepted rows and refused elements, whatever is wrong with bytes or connector."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.sdk.accounting import Outcome
from connectors.sdk.authorisation import require_authorisation
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import MAX_DEAD_LETTER_BYTES, Element, Payload, Row
from connectors.sdk.envelope import MAX_MESSAGE_BYTES, Envelope, prefix_of
from connectors.sdk.persons import sealed
from schemas.check import Violation, check_row
from schemas.contract import TableContract, load


def outcomes(connector: SourceConnector, payload: Payload) -> Iterator[Outcome]:
    """Every row of the payload, accepted or refused, lazily: a connector's whole path without broker or offset."""
    judge = Judge(connector, payload if connector.keep is None else sealed(payload, connector.guard.pseudonyms))
    if judge.payload.refusal:
        yield judge.whole_payload(judge.payload.refusal, 0)
        return
    elements = connector.split(payload)
    index = 0
    while True:
        try:
            element = next(elements, None)
        except Exception as error:  # a connector's own split is a stranger's code: its fault is one refused element
            yield judge.whole_payload(_split_raised(connector, error, index), index)
            return
        if element is None:
            return
        index = element.index + 1
        yield from judge.element(element)


class Judge:
    """Checks what a connector makes of the elements of one payload."""

    def __init__(self, connector: SourceConnector, payload: Payload) -> None:
        """Load the connector's contracts once for all elements.

        Raises:
            NotAuthorised: the law does not let a payload collected at that instant be taken in.
        """
        require_authorisation(connector, payload.collected_at)
        self.connector = connector
        self.payload = payload
        self.contracts: Mapping[str, TableContract] = {name: load(name) for name in connector.contracts}
        self.envelope = Envelope(connector.city.city_id, connector.name, prefix_of(connector.contracts))

    def element(self, element: Element) -> Iterator[Outcome]:
        """Outcomes of one element: one per contract, or one refusal when it could not be read or mapped."""
        if element.violations:
            yield self._refused(element.violations, element)
            return
        try:
            made = [self._judged(contract, row, element) for contract, row in self._rows(element)]
        except Exception as error:  # to_row is total by contract; one that is not must not stop the stream
            yield self._refused((_mapping_raised(self.connector, error, element),), element)
            return
        yield from made

    def whole_payload(self, violation: Violation, index: int) -> Outcome:
        """Outcome of a payload, or of the rest of one, that cannot be cut into elements."""
        raw = self.connector.format.original(self.payload.content)[: MAX_DEAD_LETTER_BYTES + 1]
        return self._refused((violation,), Element(None, raw, index, 0, (violation,)))

    def _rows(self, element: Element) -> list[tuple[str, Row]]:
        rows = list(self.connector.to_rows(element, self.payload))
        if not rows:
            raise LookupError("to_rows gave no row; a connector must not filter")
        unknown = [contract for contract, _ in rows if contract not in self.contracts]
        if unknown:
            raise LookupError(f"to_rows gave a row of {unknown[0]}, which is not among the connector's contracts")
        return rows

    def _judged(self, contract: str, row: Row, element: Element) -> Outcome:
        table = self.contracts[contract]
        bounds = self.connector.city.bounds
        violations = check_row(row, table, collected_at=self.payload.collected_at, bounds=bounds)
        if not violations:
            text = self.connector.text(element)
            message = self.envelope.accepted(row, text, element, self.payload, table)
            if len(message.value) <= MAX_MESSAGE_BYTES:
                return Outcome(contract, message, (), row, element)
            violations = (_too_large(len(message.value)),)
        return self._refused(violations, element, contract, row)

    def _refused(
        self, violations: tuple[Violation, ...], element: Element, contract: str = "", row: Row | None = None
    ) -> Outcome:
        name = contract or self.connector.contracts[0]
        message = self.envelope.refused(violations, element, self.payload, self.contracts[name])
        return Outcome(name, message, violations, row, element)


def _split_raised(connector: SourceConnector, error: Exception, index: int) -> Violation:
    return Violation(
        rule="unreadable",
        column="",
        value="",
        message=f"{connector.name}.split raised {_shown(connector, error)} after {index} elements; the rest is not "
        "read. Make split give a refused element instead.",
    )


def _mapping_raised(connector: SourceConnector, error: Exception, element: Element) -> Violation:
    return Violation(
        rule="shape",
        column=str(error.args[0])[:100] if isinstance(error, KeyError) and error.args else "",
        value=element.raw[:500].decode("utf-8", "backslashreplace"),
        message=f"{connector.name} could not map this element: {_shown(connector, error)}. It has not the structure "
        "the connector expects; to_row must pass strange values on and never raise.",
    )


def _too_large(size: int) -> Violation:
    return Violation(
        rule="too_large",
        column="",
        value=str(size),
        message=f"Row and original together have {size} bytes; a message may have {MAX_MESSAGE_BYTES}.",
    )


def _shown(connector: SourceConnector, error: Exception) -> str:
    if connector.keep is not None:  # an exception's text quotes what it was raised about
        return type(error).__name__
    return f"{type(error).__name__}: {str(error)[:200]}"
