"""Errors of the files that describe the data.

    SchemaError
    ├── ContractError       a contract, field, purpose or code file is wrong, or names something that does not exist
    └── CityError           a city or source file is wrong, or names something that does not exist

Every message says what was found, in which file and line, what was expected and what to do. A wrong *row* is never an
exception: it is a `schemas.check.Violation`.
"""

from __future__ import annotations

from pathlib import Path


class SchemaError(Exception):
    """A file that describes the data cannot be used; the remedy is always to correct that file.

    Attributes:
        path: the file at fault, when there is one.
        line: its line, counted from 1; 0 when the whole file is at fault.
    """

    def __init__(self, problem: str, path: Path | None = None, line: int = 0) -> None:
        self.problem = problem
        self.path = path
        self.line = line
        super().__init__(f"{_near(path)}:{line}: {problem}" if path is not None else problem)


class ContractError(SchemaError):
    """A contract, a shared field, a purpose or a code list is wrong."""


class CityError(SchemaError):
    """A city profile or one of its sources is wrong."""


def _near(path: Path) -> Path:
    """Shorten a path under the working directory, as editors and terminals open it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
