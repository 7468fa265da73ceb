"""What an author may write under ``settings`` of a source whose columns the city profile names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.document import LocatedList, LocatedMap
from schemas.errors import SchemaError
from schemas.shape import (
    AnyScalar,
    AnyValue,
    Choice,
    Flag,
    Key,
    ListOf,
    MapOf,
    Number,
    Place,
    Record,
    Shape,
    Text,
    Variant,
    Whole,
)

KINDS = ("text", "identifier", "number", "boolean", "local_instant", "zoned_instant", "posix_instant", "date")

_NAMES = "column of the source, or a list of them whose texts are joined"
_FORMATS = ListOf(Text(), 1)


class _OneOrMore(Shape):
    """One text, or a list of them."""

    def judge(self, value: Any, place: Place) -> None:
        """See `Shape.judge`."""
        (ListOf(Text(), 1) if isinstance(value, list) else Text()).judge(value, place)

    def schema(self) -> dict[str, Any]:
        """See `Shape.schema`."""
        return {"anyOf": [Text().schema(), ListOf(Text(), 1).schema()]}


COLUMN_SHAPE = Record(
    {
        "from": Key(_OneOrMore(), _NAMES, required=False),
        "content": Key(Flag(), "true: an identifier made from the element's content", required=False),
        "kind": Key(Choice(KINDS), "how it is read; follows from the contract's type unless said", required=False),
        "issuer": Key(Text("[a-z0-9_]+", "pm_marseille"), "first part of an identifier", required=False),
        "formats": Key(_FORMATS, "how instants and days are written, such as %d/%m/%Y %H:%M", required=False),
        "decimal": Key(Choice((".", ",")), "decimal sign of a number", required=False),
        "thousands": Key(Text(), "separator of thousands; `blank` stands for every kind of blank", required=False),
        "factor": Key(Number(), "what a number is multiplied with, to reach the contract's unit", required=False),
        "join": Key(Text(), "what stands between the texts of several columns; a blank unless said", required=False),
        "missing": Key(ListOf(Text(), 1), "texts that mean `no value` in this column", required=False),
        "optional": Key(Flag(), "true: the source may lack this column", required=False),
    },
    alternatives=(("from",), ("content",)),
)
_COMMON = {
    "format": Key(Text(), "csv, tab, xlsx, json, jsonl or geojson"),
    "columns": Key(MapOf(COLUMN_SHAPE), "column of the contract -> where it comes from"),
    "values": Key(MapOf(MapOf(AnyScalar())), "column -> word of the source -> value; `*` for others", required=False),
    "constants": Key(MapOf(AnyScalar()), "column -> value that every row has", required=False),
    "missing": Key(ListOf(Text(), 1), "texts that mean `no value` in every column", required=False),
    "crs": Key(Text(r"EPSG:[0-9]{4,6}", "EPSG:2154"), "projection of longitude and latitude as given", required=False),
    "keep_raw": Key(Choice(("mapped", "whole")), "what stays beside the row in bronze", required=False),
}
_ENCODING = {"encoding": Key(Text(), "utf-8-sig unless said; cp1252, latin-1", required=False)}
_FORMAT_KEYS: Mapping[str, Mapping[str, Key]] = {
    "csv": {**_ENCODING, "delimiter": Key(Text(), "one character; a comma unless said", required=False)},
    "tab": _ENCODING,
    "xlsx": {
        "sheet": Key(Text(), "name of the sheet; the first visible one unless said", required=False),
        "header_row": Key(Whole(1), "number of the row that names the columns; 1 unless said", required=False),
    },
    "json": {**_ENCODING, "elements": Key(Text(), "path of the list; the root unless said", required=False)},
    "jsonl": _ENCODING,
    "geojson": _ENCODING,
}


def settings_shape(other: Mapping[str, Key] | None = None) -> Variant:
    """The shape of the settings of a mapped source; ``other`` are the keys its transport reads."""
    records = {name: Record({**_COMMON, **keys, **(other or {})}) for name, keys in _FORMAT_KEYS.items()}
    return Variant("format", records)


def other_keys(names: tuple[str, ...]) -> dict[str, Key]:
    """Keys that a transport or the connector itself reads and judges."""
    return {name: Key(AnyValue(), "read by the transport or the connector", required=False) for name in names}


class MappingError(SchemaError):
    """The settings of a mapped source are wrong; the connector tells it as ``BadSetting``."""


def judged(settings: Mapping[str, object], path: Path, other: tuple[str, ...]) -> LocatedMap:
    """The settings, known to have the right shape; every later fault can still be told with its line.

    Raises:
        MappingError: an unknown key, a missing one or a value of the wrong kind.
    """
    located: LocatedMap = _located(settings, path)
    settings_shape(other_keys(other)).judge(located, Place(path, located.line, "settings", MappingError))
    return located


def place(mapping: LocatedMap, key: str, told: str) -> Place:
    """Where a key stands, named as an author would look for it (``columns.report_id``)."""
    return Place(mapping.path, mapping.lines.get(key, mapping.line), told, MappingError)


def _located(value: Any, path: Path) -> Any:
    """Plain mappings and lists as the reader of YAML gives them; what already knows its line stays."""
    if isinstance(value, LocatedMap | LocatedList):
        return value
    if isinstance(value, Mapping):
        mapping = LocatedMap(path, 0)
        for key, item in value.items():
            mapping[str(key)] = _located(item, path)
            mapping.lines[str(key)] = getattr(mapping[str(key)], "line", 0)
        return mapping
    if isinstance(value, list | tuple):
        items = LocatedList(path, 0)
        items.extend(_located(item, path) for item in value)
        items.lines.extend(0 for _ in value)
        return items
    return value
