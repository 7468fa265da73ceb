"""A streaming query that runs: how its progress is told, how it is stopped, and what its failures mean."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming.query import StreamingQuery

from jobs.sdk.errors import CheckpointError, DataLossError, JobError
from jobs.sdk.files import Files

Progress = Callable[[str, int], None]
FailureReader = Callable[[Exception], JobError | None]

POLL_SECONDS = 0.2
IDLE_SECONDS = 60.0

_DAMAGED_CHECKPOINT = (
    "Incomplete log file",
    "Malformed log file",
    "STREAMING_CHECKPOINT",
    "No usable value for",
    "UnrecognizedToken",
    "DELTA_SCHEMA_CHANGED",
    "DIFFERENT_DELTA_TABLE",
    "offset log",
    "commit log",
    "batch metadata",
)


class RunningStream:
    """One streaming query, available-now or continuous.

    Args:
        name: what the progress callback is told.
        query: the started query.
        explain: turns a failure of the query into an error that says what to do; None when it knows no better.
        progress: called with the name and the rows read so far.
    """

    def __init__(
        self, name: str, query: StreamingQuery, explain: FailureReader, progress: Progress | None = None
    ) -> None:
        self.name = name
        self.query = query
        self.rows_read = 0
        self._explain = explain
        self._progress = progress
        self._last_batch = -1

    def wait(self, stop: threading.Event | None = None) -> int:
        """Wait for the end of the query, or for `stop`, and return the rows it read.

        Raises:
            JobError: the query failed for a reason that is known; anything else is raised as Spark raised it.
        """
        try:
            while not self.query.awaitTermination(POLL_SECONDS):  # type: ignore[arg-type]
                self._tell()
                if stop is not None and stop.is_set():
                    self.stop()
                    return self.rows_read
        except StreamingQueryException as error:
            known = self._explain(error)
            if known is None:
                raise
            raise known from error
        self._tell()
        return self.rows_read

    def stop(self) -> None:
        """Let the batch at hand finish, then stop; a batch cut off would be done again by the next start."""
        idle = threading.Event()
        for _ in range(int(IDLE_SECONDS / POLL_SECONDS)):
            if not self.query.isActive or not self.query.status["isTriggerActive"]:
                break
            idle.wait(POLL_SECONDS)
        self.query.stop()
        self._tell()

    def _tell(self) -> None:
        for told in self.query.recentProgress:
            batch: Mapping[str, Any] = told.jsonValue if hasattr(told, "jsonValue") else told
            if int(batch["batchId"]) > self._last_batch:
                self._last_batch = int(batch["batchId"])
                self.rows_read += int(batch["numInputRows"])
                if self._progress is not None:
                    self._progress(self.name, self.rows_read)


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Iterator[threading.Event]:
    """Set `stop` on SIGTERM and SIGINT while the block runs; outside the main thread signals are left alone."""
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def known_failure(error: Exception, *, query: str, checkpoint: str) -> JobError | None:
    """Turn the failures every stream can have into errors that name the runbook step."""
    text = str(error).partition("=== Streaming Query ===")[0]
    if "DATA_LOSS" in text or "failOnDataLoss" in text or "may have been lost" in text:
        return DataLossError(
            f"{query}: Kafka no longer holds records that were never read (checkpoint {checkpoint}). They aged out of "
            "the topic, or the topic was deleted and made again. The stream stopped rather than skip them silently. "
            "Play the missing period again with the connector (`vigie connectors run <connector>`), then accept the "
            f"gap: move {checkpoint} aside together with the table it feeds, or restore the topic. Details: "
            f"{_first_line(text)}"
        )
    if any(sign in text for sign in _DAMAGED_CHECKPOINT):
        return CheckpointError(
            f"{query}: the checkpoint {checkpoint} cannot be used: {_first_line(text)}. Expected the log this stream "
            "wrote. Restore it from a copy, or rebuild: `vigie rebuild silver` for silver, an empty lake for bronze."
        )
    return None


def refuse_missing_checkpoint(
    session: SparkSession, path: str, *, query: str, table: str, has_rows: bool, fix: str
) -> None:
    """Refuse to start from zero when the table already has rows but the stream's memory is gone.

    Raises:
        CheckpointError: no checkpoint at `path` while `table` has rows.
    """
    if has_rows and not Files(session).holds_files(f"{path}/offsets"):
        raise CheckpointError(
            f"{query}: {table} has rows but the checkpoint {path} is missing or empty; starting from zero would tell "
            f"every record twice. {fix}"
        )


def _first_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[0][:300] if lines else "no details"
