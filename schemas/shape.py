"""The shape of a YAML file, written once: it refuses wrong files and renders the JSON Schema that editors use.

A shape is judged from the outside in and stops at the first fault; the fault names file, line, what was found, what was
expected and what to do. This module exports every shape; `schemas.scalar` holds those of single values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas.document import LocatedList, LocatedMap
from schemas.place import Place, Shape, describe, suggest
from schemas.scalar import AnyScalar, AnyValue, Choice, Day, Either, Flag, Number, Text, Whole

__all__ = [
    "AnyScalar", "AnyValue", "Choice", "Day", "Either", "Flag", "Key", "ListOf", "MapOf", "Number", "Place", "Record",
    "Shape", "Text", "Variant", "Whole", "describe", "suggest",
]


@dataclass(frozen=True)
class ListOf(Shape):
    """A list whose items have one shape."""

    item: Shape
    minimum: int = 0
    maximum: int | None = None

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, LocatedList):
            raise place.refuse(describe(value), "a list", "write items after `- ` or between [ and ]")
        if len(value) < self.minimum or (self.maximum is not None and len(value) > self.maximum):
            raise place.refuse(f"{len(value)} items", f"{self.minimum} to {self.maximum or 'any number of'} items")
        for index, item in enumerate(value):
            key = f"{place.key}[{index}]"
            self.item.judge(item, Place(place.path, value.lines[index], key, place.error))

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        limits = {"minItems": self.minimum} if self.minimum else {}
        return {"type": "array", "items": self.item.schema()} | limits | (
            {"maxItems": self.maximum} if self.maximum is not None else {}
        )


@dataclass(frozen=True)
class MapOf(Shape):
    """A mapping with free keys whose values have one shape."""

    value: Shape

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, LocatedMap):
            raise place.refuse(describe(value), "a mapping", "write `key: value` lines")
        for key, item in value.items():
            self.value.judge(item, Place(place.path, value.lines[key], f"{place.key}.{key}", place.error))

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"type": "object", "additionalProperties": self.value.schema()}


@dataclass(frozen=True)
class Key:
    """One key of a record: its shape, whether it must be there, and one sentence for the editor."""

    shape: Shape
    doc: str
    required: bool = True


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with known keys; an unknown key is refused, because a misspelt key would otherwise be silently void.

    Attributes:
        alternatives: sets of keys of which at least one set must be complete (`use`, or `name` and `type`).
    """

    keys: Mapping[str, Key]
    alternatives: tuple[tuple[str, ...], ...] = field(default=())

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, LocatedMap):
            raise place.refuse(describe(value), f"a mapping with {', '.join(self.keys)}")
        for key in value:
            if key not in self.keys:
                here = Place(place.path, value.lines[key], key, place.error)
                raise here.refuse(f"an unknown key in `{place.key}`", f"one of {', '.join(self.keys)}",
                                  suggest(key, tuple(self.keys)))
        for name, key_shape in self.keys.items():
            if name in value:
                key_place = Place(place.path, value.lines[name], name, place.error)
                key_shape.shape.judge(value[name], key_place)
            elif key_shape.required:
                raise place.refuse(f"no key `{name}`", key_shape.doc, f"add `{name}:`")
        if self.alternatives and not any(all(name in value for name in group) for group in self.alternatives):
            groups = " or ".join(" and ".join(group) for group in self.alternatives)
            raise place.refuse(f"only {', '.join(value) or 'nothing'}", groups, "add the missing keys")

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        properties = {name: key.shape.schema() | {"description": key.doc} for name, key in self.keys.items()}
        required = [name for name, key in self.keys.items() if key.required]
        rendered: dict[str, Any] = {"type": "object", "additionalProperties": False, "properties": properties}
        if required:
            rendered["required"] = required
        if self.alternatives:
            rendered["anyOf"] = [{"required": list(group)} for group in self.alternatives]
        return rendered


@dataclass(frozen=True)
class Variant(Shape):
    """A record whose keys depend on the value of one key (`rule: range` has `min` and `max`)."""

    tag: str
    records: Mapping[str, Record]

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        if not isinstance(value, LocatedMap) or self.tag not in value:
            raise place.refuse(describe(value), f"a mapping with the key `{self.tag}`")
        options = tuple(self.records)
        Choice(options).judge(value[self.tag], Place(place.path, value.lines[self.tag], self.tag, place.error))
        self.records[value[self.tag]].judge(value, place)

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        branches = []
        for option, record in self.records.items():
            branch = record.schema()
            branch["properties"] = branch["properties"] | {self.tag: {"const": option}}
            branches.append(branch)
        return {"oneOf": branches}
