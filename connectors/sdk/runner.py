"""The loop that no connector writes: fetch, split, map, check, hand over, acknowledge, then move the offset."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
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
from connectors.sdk.secrets import judge as judge_settings
from connectors.sdk.transports import Batch, Delivery, Reading, batches, transport_of

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
_REPORT_SECONDS = 60.0
_RECONNECT_SECONDS = 5.0
_ASKED = ("file", "http")


def run_once(
    connector: SourceConnector,
    sink: Sink,
    offsets: OffsetStore,
    *,
    progress: Progress | None = None,
    poller: HttpPoller | None = None,
    stop: threading.Event | None = None,
    is_recorded: bool = False,
) -> RunReport:
    """Read everything the source has now; the offset follows each batch after the sink's acknowledgement.

    A source that pushes is read until nothing more waits for its setting ``idle_seconds``.

    Args:
        connector: the source.
        sink: takes the messages; ``flush`` is the acknowledgement.
        offsets: where the source was left, and is left.
        progress: called with the number of rows read so far.
        poller: HTTP side of polling connectors; one with default limits unless given.
        stop: ends the reading early, once what was taken in is safe and acknowledged.
        is_recorded: read the source's recordings as files, whatever its transport.

    Raises:
        Retry, FixConfiguration, Stop: see ``connectors.sdk.errors``. The offset then is that of the last
            batch whose records are all acknowledged.
    """
    run = _Run(connector, sink, offsets, progress)
    run.read(Reading(
        connector, offsets.load(connector.name), poller or HttpPoller(), stop or threading.Event(),
        is_recorded=is_recorded, tell=run.note,
    ))  # fmt: skip
    return run.report


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

    A source that pushes is listened to without a pause; what came is reported every minute. ``FixConfiguration`` and
    ``Stop`` end it, as trying again cannot help.
    """
    total = RunReport.of(connector)
    every = connector.every.total_seconds() if isinstance(connector, PollingConnector) else 60.0
    while not stop.is_set():
        pause = every if transport_of(connector) in _ASKED else _RECONNECT_SECONDS
        run = _Run(connector, sink, offsets, None)

        def tell(report: RunReport) -> None:
            total.add(report)
            if on_report:
                on_report(report)

        try:
            since = offsets.load(connector.name)
            reading = Reading(connector, since, poller or HttpPoller(), stop, is_endless=True, tell=run.note)
            run.read(reading, on_report=tell)
        except Retry as error:
            pause = max(pause, error.retry_after or 0.0)
            if on_retry:
                on_retry(error)
        finally:
            tell(run.report)
        stop.wait(pause)
    return total


class _Run:
    """One reading of one source, with its account."""

    def __init__(
        self, connector: SourceConnector, sink: Sink, offsets: OffsetStore, progress: Progress | None
    ) -> None:
        self.connector, self.sink, self.offsets, self.progress = connector, sink, offsets, progress
        self.report = RunReport.of(connector)
        self.started = time.monotonic()

    def note(self, message: str) -> None:
        """Keep what a transport tells in the account at hand."""
        self.report.note(message)

    def read(self, reading: Reading, *, on_report: Callable[[RunReport], None] | None = None) -> None:
        """Take batch after batch; each is acknowledged to the source when the next one is asked for."""
        offset = reading.since
        try:
            with closing(_batches(reading)) as found:
                for batch in found:
                    for delivery in batch:
                        if not delivery.is_known:
                            delivery.refusal = self.take(delivery.payload)
                            self.report.payloads += 1
                        offset = {**offset, **delivery.offset}
                    self.sink.flush()
                    if any(delivery.offset for delivery in batch):
                        self.offsets.commit(self.connector.name, offset)
                    if self.progress:
                        self.progress(self.report.read)
                    if on_report and time.monotonic() - self.started >= _REPORT_SECONDS:
                        self.end()
                        on_report(self.report)
                        self.report, self.started = RunReport.of(self.connector), time.monotonic()
        finally:
            self.end()

    def take(self, payload: Payload) -> str:
        """Hand over what the payload gives; says why when it gave refusals only."""
        refusal, is_useful = "", False
        for number, outcome in enumerate(outcomes(self.connector, payload), start=1):
            self.sink.send(outcome.message)
            self.report.count(outcome)
            is_useful = is_useful or outcome.is_accepted
            if outcome.violations and not refusal:
                first = outcome.violations[0]
                refusal = f"refused by rule {first.rule}" + (f" of column {first.column}" if first.column else "")
            if self.progress and number % _PROGRESS_STEP == 0:
                self.progress(self.report.read)
        return "" if is_useful else refusal

    def end(self) -> None:
        """Close the account."""
        self.report.seconds = time.monotonic() - self.started
        self.report.waiting = getattr(self.sink, "waiting", 0)
        self.report.balance()


def payloads(connector: SourceConnector, since: Offset, poller: HttpPoller) -> Iterator[Payload]:
    """What the source has to tell after ``since``, through the transport its settings choose."""
    with closing(_batches(Reading(connector, since, poller))) as found:
        for batch in found:
            yield from (delivery.payload for delivery in batch if not delivery.is_known)


def _batches(reading: Reading) -> Generator[Batch]:
    connector = reading.connector
    if not isinstance(connector, FileConnector | PollingConnector | SubscribingConnector):
        raise BadSetting(
            f"{type(connector).__name__} must extend FileConnector, PollingConnector or SubscribingConnector"
        )
    require_authorisation(connector, datetime.now(UTC))
    judge_settings(connector.source)
    if isinstance(connector, SubscribingConnector) and _subscribes_itself(connector) and not reading.is_recorded:
        for payload in connector.subscribe(reading.since):
            yield [Delivery(payload, connector.offset_after(payload))]
            if reading.stop.is_set():
                return
        return
    yield from batches(reading)


def _subscribes_itself(connector: SubscribingConnector) -> bool:
    return type(connector).subscribe is not SubscribingConnector.subscribe
