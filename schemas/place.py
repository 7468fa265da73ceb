"""Where a value stands in a file, and how its faults are told."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from schemas.errors import SchemaError


@dataclass(frozen=True)
class Place:
    """Where a value stands: the file, the line, the key, and the exception its faults are raised as."""

    path: Path
    line: int
    key: str
    error: type[SchemaError]

    def refuse(self, found: str, expected: str, remedy: str = "") -> SchemaError:
        """Make the error for this place; the caller raises it."""
        text = f"`{self.key}`: found {found}; expected {expected}"
        return self.error(f"{text}; {remedy}" if remedy else text, self.path, self.line)


class Shape(ABC):
    """What one value of a file may be."""

    @abstractmethod
    def judge(self, value: Any, place: Place) -> None:
        """Raise the place's error when the value does not fit; return nothing otherwise."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Render as JSON Schema (draft 2020-12)."""


def describe(value: Any) -> str:
    """Say what a YAML value is, in the words an author uses."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()} (text such as yes, no, on must be in quotes)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    kind = {str: "the text", int: "the integer", float: "the number", date: "the date"}.get(type(value), "")
    return f"{kind} `{str(value)[:80]}`".strip()


def suggest(found: object, options: tuple[str, ...]) -> str:
    """Turn a misspelling into the word that was probably meant, as the remedy of an error; empty when none is near."""
    near = difflib.get_close_matches(str(found)[:80], options, n=1)
    return f"did you mean `{near[0]}`?" if near else ""
