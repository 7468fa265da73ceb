"""Shapes of single values: text, number, day, one word of a list."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schemas.document import LocatedList, LocatedMap
from schemas.place import Place, Shape, describe, suggest


@dataclass(frozen=True)
class Text(Shape):
    """A non-empty text, optionally of a given pattern (whole text)."""

    pattern: str = ""
    example: str = ""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, str) or not value.strip():
            raise place.refuse(describe(value), "a text", "write it, in quotes when YAML reads it otherwise")
        if self.pattern and not re.fullmatch(self.pattern, value):
            raise place.refuse(describe(value), f"a text like `{self.example}`", f"it must match {self.pattern}")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "string"} | ({"pattern": f"^(?:{self.pattern})$"} if self.pattern else {"minLength": 1})


@dataclass(frozen=True)
class Whole(Shape):
    """An integer within bounds."""

    minimum: int | None = None
    maximum: int | None = None

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise place.refuse(describe(value), "an integer")
        _judge_bounds(value, self.minimum, self.maximum, place)

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "integer"} | _bounds_schema(self.minimum, self.maximum)


@dataclass(frozen=True)
class Number(Shape):
    """A finite number within bounds."""

    minimum: float | None = None
    maximum: float | None = None

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
            raise place.refuse(describe(value), "a finite number")
        _judge_bounds(value, self.minimum, self.maximum, place)

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "number"} | _bounds_schema(self.minimum, self.maximum)


@dataclass(frozen=True)
class Flag(Shape):
    """true or false."""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, bool):
            raise place.refuse(describe(value), "true or false")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Day(Shape):
    """A calendar day written YYYY-MM-DD."""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, date) or isinstance(value, datetime):
            raise place.refuse(describe(value), "a day such as 2026-01-31, without quotes")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class Choice(Shape):
    """One text out of a closed list."""

    options: tuple[str, ...]

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if value not in self.options:
            raise place.refuse(describe(value), f"one of {', '.join(self.options)}", suggest(value, self.options))

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"enum": list(self.options)}


@dataclass(frozen=True)
class Either(Shape):
    """A value of one shape, or one given word instead (such as `unlimited`)."""

    word: str
    shape: Shape

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if value != self.word:
            self.shape.judge(value, place)

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"anyOf": [{"const": self.word}, self.shape.schema()]}


@dataclass(frozen=True)
class AnyScalar(Shape):
    """A text, number or boolean whose meaning belongs to the reader of the file."""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if isinstance(value, dict | list) or value is None:
            raise place.refuse(describe(value), "a text, a number, true or false")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean"]}


class AnyValue(Shape):
    """A value, list or mapping whose meaning belongs to the reader of the file; nothing in it is empty."""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if isinstance(value, LocatedMap):
            for key, item in value.items():
                self.judge(item, Place(place.path, value.lines[key], f"{place.key}.{key}", place.error))
        elif isinstance(value, LocatedList):
            for index, item in enumerate(value):
                self.judge(item, Place(place.path, value.lines[index], f"{place.key}[{index}]", place.error))
        elif value is None:
            raise place.refuse(describe(value), "a text, a number, true or false, a list or a mapping")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": ["string", "number", "boolean", "array", "object"]}


def _judge_bounds(value: float, minimum: float | None, maximum: float | None, place: Place) -> None:
    if (minimum is not None and value < minimum) or (maximum is not None and value > maximum):
        low, high = "any" if minimum is None else minimum, "any" if maximum is None else maximum
        raise place.refuse(describe(value), f"a number from {low} to {high}")


def _bounds_schema(minimum: float | None, maximum: float | None) -> dict[str, Any]:
    limits = {"minimum": minimum, "maximum": maximum}
    return {name: limit for name, limit in limits.items() if limit is not None}
