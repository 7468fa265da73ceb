"""From settings of the right shape to the plan of each column, held against the contract."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.sdk.mapping.clock import UnknownDirective, pattern_of
from connectors.sdk.mapping.columns import ColumnPlan
from connectors.sdk.mapping.place import PLACE_NAMES
from connectors.sdk.mapping.settings import place
from schemas.check import check_row
from schemas.contract import Column, ColumnType, TableContract
from schemas.document import LocatedMap
from schemas.shape import suggest

_KIND_OF_TYPE = {
    ColumnType.TIMESTAMP: "local_instant",
    ColumnType.DATE: "date",
    ColumnType.INTEGER: "number",
    ColumnType.DOUBLE: "number",
    ColumnType.BOOLEAN: "boolean",
}
_KEYS_OF_KINDS: Mapping[str, tuple[str, ...]] = {
    "formats": ("local_instant", "date"),
    "decimal": ("number",),
    "thousands": ("number",),
    "factor": ("number", "posix_instant"),
    "issuer": ("identifier",),
}


def plans_of(settings: LocatedMap, contract: TableContract) -> dict[str, ColumnPlan]:
    """The plan of every column mapped, by its name in the contract.

    Raises:
        MappingError: a column the contract lacks or fills itself, a key its kind does not have, a format that cannot
            be read.
    """
    words = settings.get("values", {})
    for name in words:
        if name not in settings["columns"]:
            raise place(words, name, f"values.{name}").refuse(
                "words of a column that is not mapped", "a column under `columns`", f"add `columns.{name}` or remove it"
            )
    return {
        name: _plan(name, settings["columns"], _column(settings["columns"], name, "columns", contract), settings)
        for name in settings["columns"]
    }


def judge_complete(settings: LocatedMap, contract: TableContract, filled: Collection[str]) -> None:
    """Refuse settings that leave a required column empty or promise a value the contract refuses.

    Args:
        settings: of the right shape.
        contract: the table the rows are meant for.
        filled: columns that the connector fills itself.

    Raises:
        MappingError: with the column at fault.
    """
    columns, constants = settings["columns"], settings.get("constants", LocatedMap(settings.path, settings.line))
    for name in constants:
        _column(constants, name, "constants", contract)
        if name in columns:
            raise place(constants, name, f"constants.{name}").refuse(
                "a column that is also under `columns`", "it in one of the two", "remove one"
            )
    for column in contract.source_columns:
        if column.required and not ({column.name} & (columns.keys() | constants.keys() | set(filled))):
            raise place(settings, "columns", "columns").refuse(
                f"no `{column.name}`", f"every required column of {contract.name}",
                f"add `{column.name}: {{from: <name in the source>}}`, or the same value for all under `constants`",
            )  # fmt: skip
    for mapping, name, value, told in _promised(settings):
        broken = [v for v in check_row({name: value}, contract, collected_at=datetime.now(UTC)) if v.column == name]
        if broken and broken[0].rule != "position_pair":
            raise place(mapping, name, told).refuse(f"a value the contract refuses: {broken[0].message}",
                                                    "a value it accepts", "correct the value")  # fmt: skip
    _judge_place(settings, contract)


def _promised(settings: LocatedMap) -> Iterator[tuple[LocatedMap, str, object, str]]:
    """Values that rows will hold whatever the source says."""
    for name, value in settings.get("constants", {}).items():
        yield settings["constants"], name, value, f"constants.{name}"
    for name, words in settings.get("values", {}).items():
        for word, value in words.items():
            yield settings["values"], name, value, f"values.{name}.{word}"


def _judge_place(settings: LocatedMap, contract: TableContract) -> None:
    columns, given = settings["columns"], settings["columns"].keys() | settings.get("constants", {}).keys()
    placed = {"longitude", "latitude"} & given
    if placed and len(placed) == 1:
        raise place(columns, next(iter(placed)), "columns").refuse(
            f"`{placed.pop()}` alone", "longitude and latitude together", "map the other one too"
        )
    if "crs" in settings and not {"longitude", "latitude"} <= columns.keys():
        raise place(settings, "crs", "crs").refuse(
            "a projection without a position", "`longitude` (x) and `latitude` (y) under `columns`", "map them"
        )
    known = {column.name for column in contract.source_columns}
    if placed and "location_precision_m" in known and "location_precision_m" not in given:
        raise place(columns, "longitude", "columns").refuse(
            "a position without `location_precision_m`", "the radius in metres within which the real place lies",
            "add it under `constants`",
        )  # fmt: skip


def _column(mapping: LocatedMap, name: str, told: str, contract: TableContract) -> Column:
    known = {column.name: column for column in contract.source_columns}
    if name in known:
        return known[name]
    filled = any(column.name == name for column in contract.platform_columns)
    what = "a column that the platform fills itself" if filled else f"a column that {contract.name} does not have"
    raise place(mapping, name, f"{told}.{name}").refuse(what, f"one of {', '.join(known)}", suggest(name, tuple(known)))


def _plan(name: str, columns: LocatedMap, column: Column, settings: LocatedMap) -> ColumnPlan:
    spec = columns[name]
    is_identifier = "issuer" in spec or spec.get("kind") == "identifier" or spec.get("content", False)
    kind = "identifier" if is_identifier else spec.get("kind", _KIND_OF_TYPE.get(column.type, "text"))
    _judge_keys(name, spec, kind)
    sources = spec.get("from", [])
    return ColumnPlan(
        name=name,
        sources=tuple(_placed(source, settings) for source in ([sources] if isinstance(sources, str) else sources)),
        kind=kind,
        is_content=spec.get("content", False),
        issuer=spec.get("issuer", ""),
        formats=tuple(spec.get("formats", ())),
        decimal=spec.get("decimal", "."),
        thousands=spec.get("thousands", ""),
        factor=spec.get("factor"),
        join=spec.get("join", " "),
        missing=frozenset((*spec.get("missing", ()), *settings.get("missing", ()))),
        words=settings.get("values", {}).get(name),
        optional=spec.get("optional", False),
    )


def _placed(source: str, settings: LocatedMap) -> str:
    """Where a name stands: in GeoJSON among the properties, unless it is one of the feature's own."""
    if settings["format"] != "geojson" or source in PLACE_NAMES:
        return source
    return "id" if source == "@id" else f"properties.{source}"


def _judge_keys(name: str, spec: LocatedMap, kind: str) -> None:
    def refuse(key: str, found: str, expected: str, remedy: str) -> Exception:
        return place(spec, key, f"columns.{name}.{key}").refuse(found, expected, remedy)

    if spec.get("content") is False or ("content" in spec and "from" in spec):
        raise refuse("content", "`content` beside `from`, or false", "`content: true` alone", "keep one of the two")
    for key, kinds in _KEYS_OF_KINDS.items():
        if key in spec and kind not in kinds:
            raise refuse(key, f"`{key}` for the kind {kind}", f"it for {' or '.join(kinds)} only", "remove it")
    wrong = spec.get("kind") if spec.get("kind") != kind else None
    if wrong is not None:
        raise refuse("kind", f"the kind {wrong} for an identifier", "identifier", "remove `kind`, or `issuer`")
    if kind == "identifier" and "issuer" not in spec:
        raise refuse("kind", "an identifier without `issuer`", "who gave it, such as `pm_marseille`", "add `issuer:`")
    for written in spec.get("formats", ()):
        try:
            pattern_of(written)
        except UnknownDirective as error:
            raise refuse("formats", f"a format that is not read: {error}", "directives of that list",
                         "correct the format") from None  # fmt: skip


def names_of(plans: Mapping[str, ColumnPlan], *, required: bool = False) -> tuple[str, ...]:
    """Names the plans read in an element, each once; ``required`` leaves out those of optional columns."""
    found: dict[str, Any] = {}
    for plan in plans.values():
        if not (required and plan.optional):
            found.update(dict.fromkeys(plan.sources))
    return tuple(found)
