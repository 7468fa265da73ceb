"""Makes rows again from originals kept in bronze, after a mapping was corrected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from connectors.sdk.accounting import Outcome, RunReport, Sink
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Payload, number
from connectors.sdk.judge import Judge


@dataclass(frozen=True)
class Original:
    """One element as bronze keeps it, in the columns of the same names."""

    raw: str
    payload_id: str
    element_index: int
    payload_url: str
    collected_at: datetime


def replay(connector: SourceConnector, originals: Iterable[Original], sink: Sink) -> RunReport:
    """Map and publish the originals again; rows that come out as before keep their ``ce_id``.

    Args:
        connector: the corrected connector.
        originals: ordered by payload and element index, and whole payloads: the ordinal of equal elements is
            counted again. Rows of the same element (several contracts, payload read twice) are taken once.
            Refused elements are among them: a correction may make them acceptable.
        sink: flushed after each payload.
    """
    report = RunReport.of(connector)
    for payload_id, group in groupby(originals, key=lambda original: original.payload_id):
        for outcome in _outcomes(connector, payload_id, group):
            sink.send(outcome.message)
            report.count(outcome)
        sink.flush()
        report.payloads += 1
    report.balance()
    return report


def _outcomes(connector: SourceConnector, payload_id: str, group: Iterable[Original]) -> Iterator[Outcome]:
    originals = list({original.element_index: original for original in group}.values())
    payload = Payload(b"", originals[0].payload_url, originals[0].collected_at)
    payload.__dict__["payload_id"] = payload_id  # the content is gone, its identifier is kept
    judge = Judge(connector, payload)
    context = next(filter(None, (connector.context_of(original.raw) for original in originals)), "")
    elements = number(connector.reread(original.raw, context) for original in originals)
    for element, original in zip(elements, originals, strict=True):
        yield from judge.element(replace(element, index=original.element_index))
