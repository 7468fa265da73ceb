"""The loop that no connector writes: fetch, split, map, check, hand over, acknowledge, then move the offset."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from connectors.sdk.accounting import Counts, Outcome, Progress, RunReport, Sink
from connectors.sdk.authorisation import require_authorisation
from connectors.sdk.connector import (
    FileConnector,
    Offset,
    PollingConnector,
    SourceConnector,
    SubscribingConnector,
)
from connectors.sdk.element import Payload
from connectors.sdk.errors import BadSetting, Retry
from connectors.sdk.http import HttpPoller
from connectors.sdk.judge import outcomes
from connectors.sdk.offsets import OffsetStore

__all__ = [
    "Counts",
    "Outcome",
    "Progress",
    "RunReport",
    "Sink",
    "outcomes",
    "payloads",
    "run_once",
    "run_until",
]

_PROGRESS_STEP = 500


def run_once(
    connector: SourceConnector,
    sink: Sink,
    offsets: OffsetStore,
    *,
    progress: Progress | None = None,
    poller: HttpPoller | None = None,
) -> RunReport:
    """Read everything the source has now; the offset follows each payload after the sink's acknowledgement.

    Args:
        connector: the source.
        sink: takes the messages; ``flush`` is the acknowledgement.
        offsets: where the source was left, and is left.
        progress: called with the number of rows read so far.
        poller: HTTP side of polling connectors; one with default limits unless given.

    Raises:
        Retry, FixConfiguration, Stop: see ``connectors.sdk.errors``. The offset then is that of the last
            payload whose records are all acknowledged.
    """
    require_authorisation(connector, datetime.now(UTC))
    report = RunReport.of(connector)
    started = time.monotonic()
    offset = offsets.load(connector.name)
    for payload in payloads(connector, offset, poller or HttpPoller()):
        for number, outcome in enumerate(outcomes(connector, payload), start=1):
            sink.send(outcome.message)
            report.count(outcome)
            if progress and number % _PROGRESS_STEP == 0:
                progress(report.read)
        sink.flush()
        offset = {**offset, **connector.offset_after(payload)}
        offsets.commit(connector.name, offset)
        report.payloads += 1
        if progress:
            progress(report.read)
    report.seconds = time.monotonic() - started
    report.waiting = getattr(sink, "waiting", 0)
    report.balance()
    return report


def run_until(
    stop: threading.Event,
    connector: SourceConnector,
    sink: Sink,
    offsets: OffsetStore,
    *,
    on_report: Callable[[RunReport], None] | None = None,
    on_retry: Callable[[Retry], None] | None = None,
    poller: HttpPoller | None = None,
) -> RunReport:
    """Run again and again until told to stop: every ``connector.every``, or later when the source asks.

    ``FixConfiguration`` and ``Stop`` end it, as trying again cannot help.
    """
    total = RunReport.of(connector)
    every = connector.every.total_seconds() if isinstance(connector, PollingConnector) else 60.0
    while not stop.is_set():
        pause = every
        try:
            report = run_once(connector, sink, offsets, poller=poller)
        except Retry as error:
            pause = max(every, error.retry_after or 0.0)
            if on_retry:
                on_retry(error)
        else:
            total.add(report)
            if on_report:
                on_report(report)
        stop.wait(pause)
    return total


def payloads(connector: SourceConnector, since: Offset, poller: HttpPoller) -> Iterator[Payload]:
    """What the source has to tell after ``since``, in the way its kind is read."""
    if isinstance(connector, FileConnector):
        yield from connector.files(since)
    elif isinstance(connector, PollingConnector):
        for request in connector.requests(since):
            payload = poller.poll(request, since.get(poller.address(request), {}))
            if payload is not None:
                yield payload
    elif isinstance(connector, SubscribingConnector):
        yield from connector.subscribe(since)
    else:
        raise BadSetting(
            f"{type(connector).__name__} must extend FileConnector, PollingConnector or SubscribingConnector"
        )
