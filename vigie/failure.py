"""From whatever a command raised to one line for a person and one exit code for a script.

The codes, with what each asks of the caller, are documented in `docs/operator/exit-codes.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from vigie.errors import VigieError


class ExitCode(IntEnum):
    """What a script learns from the end of a command."""

    OK = 0
    FAILURE = 1
    USAGE = 2
    GATE_FAILED = 3
    BUSY = 4
    CONFIGURATION = 5
    MISSING_PART = 6
    FIGURES_DIFFER = 7
    STOP_AND_LOOK = 8
    INTERRUPTED = 130


# By name, so that no part of the platform is loaded to learn that it was not the one that failed.
_BY_CLASS = {
    "schemas.errors.SchemaError": ExitCode.CONFIGURATION,
    "connectors.sdk.errors.Retry": ExitCode.BUSY,
    "connectors.sdk.errors.FixConfiguration": ExitCode.CONFIGURATION,
    "connectors.sdk.errors.Stop": ExitCode.STOP_AND_LOOK,
    "jobs.sdk.errors.ConfigurationError": ExitCode.CONFIGURATION,
    "jobs.sdk.errors.TableLockedError": ExitCode.BUSY,
    "jobs.sdk.errors.CheckpointError": ExitCode.STOP_AND_LOOK,
    "jobs.sdk.errors.DataLossError": ExitCode.STOP_AND_LOOK,
    "jobs.sdk.errors.AccountingError": ExitCode.STOP_AND_LOOK,
    "jobs.sdk.errors.GateFailedError": ExitCode.GATE_FAILED,
}
_ON_PURPOSE = (
    "schemas.errors.",
    "connectors.sdk.errors.",
    "jobs.sdk.errors.",
    "dashboards.errors.",
    "analytics.spatial.errors.",
)


@dataclass(frozen=True)
class Failure:
    """The end of a command that failed."""

    code: ExitCode
    message: str


def describe(error: BaseException) -> Failure:
    """The line and the exit code for an error; a fault of the program says how to see where it comes from."""
    if isinstance(error, KeyboardInterrupt):
        return Failure(ExitCode.INTERRUPTED, "interrupted")
    if isinstance(error, VigieError):
        return Failure(ExitCode(error.exit_code), str(error))
    names = [f"{base.__module__}.{base.__qualname__}" for base in type(error).__mro__]
    for name in names:
        if name in _BY_CLASS:
            return Failure(_BY_CLASS[name], str(error))
    if any(name.startswith(_ON_PURPOSE) for name in names):
        return Failure(ExitCode.FAILURE, str(error))
    first_line = (str(error).strip().splitlines() or [""])[0]
    message = f"{type(error).__name__}: {first_line}. Not foreseen: repeat with `vigie --debug …` to see where"
    return Failure(ExitCode.FAILURE, message)
