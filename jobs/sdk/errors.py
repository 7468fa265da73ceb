"""What can go wrong in a run, grouped by what the caller should do.

    JobError
    +-- ConfigurationError   settings or set-up: correct them, then run again
    +-- TableError           a frame or a table does not fit its contract: correct the job or rebuild the table
    +-- TableLockedError     another process writes the table: wait for it or stop it
    +-- CheckpointError      the stream's memory and the table disagree: follow the step the message names
    +-- DataLossError        the broker no longer holds records that were never read
    +-- AccountingError      read = accepted + rejected + duplicates does not hold: a fault of the platform
    +-- GateFailedError      the quality gate refused the batch; the last good gold is still in place

Data problems are never exceptions: they are rows of `quality.rejected_row`.
"""

from __future__ import annotations

from typing import ClassVar


class JobError(Exception):
    """Base of every error a run raises on purpose; the message says what to do."""

    exit_code: ClassVar[int] = 1


class ConfigurationError(JobError):
    """Settings or set-up do not allow the run."""

    exit_code = 2


class TableError(JobError):
    """A frame or a stored table does not have the columns and types of its contract."""

    exit_code = 1


class TableLockedError(JobError):
    """Another process holds the writer's lock of a table."""

    exit_code = 4


class CheckpointError(JobError):
    """The checkpoint of a stream is missing or damaged while its table is not empty."""

    exit_code = 5


class DataLossError(JobError):
    """Kafka no longer holds records that the stream has not read."""

    exit_code = 6


class AccountingError(JobError):
    """The records of a batch are not all accounted for."""

    exit_code = 7


class GateFailedError(JobError):
    """A blocking check of the quality gate failed."""

    exit_code = 8
