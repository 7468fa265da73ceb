"""What can go wrong in a command, by the exit code that tells a script what to do next.

VigieError                 1   it failed
├── WrongUse               2   an option or argument names something that does not exist
├── GateFailed             3   the quality gate refused a table; gold keeps its last good state
├── Busy                   4   another run holds a lock, or a part is not reachable yet: try again
├── ConfigurationError     5   a setting, contract or city profile is wrong: repair it first
├── MissingPart            6   set-up has not been done, or a program is not installed
└── FiguresDiffer          7   the demonstration's figures are not those of the independent computation
"""

from __future__ import annotations

from typing import ClassVar


class VigieError(Exception):
    """A command cannot go on; the message says what was found, where, and what to do."""

    exit_code: ClassVar[int] = 1


class WrongUse(VigieError):
    """An option or argument names something that does not exist, or two of them contradict each other."""

    exit_code = 2


class GateFailed(VigieError):
    """The quality gate refused what would have been published."""

    exit_code = 3


class Busy(VigieError):
    """Somebody else is at work, or a part is not answering yet; the same command may succeed later."""

    exit_code = 4


class ConfigurationError(VigieError):
    """A setting, a contract or a city profile is wrong; no retry helps."""

    exit_code = 5


class MissingPart(VigieError):
    """A program, jar or environment that set-up provides is not there."""

    exit_code = 6


class FiguresDiffer(VigieError):
    """A figure on the dashboard is not the figure computed from the input files."""

    exit_code = 7
