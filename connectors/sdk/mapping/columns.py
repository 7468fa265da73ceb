"""What each column of a mapped source reads: a function from an element to a value, made once from the settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from connectors.sdk import decode
from connectors.sdk.element import Element
from connectors.sdk.mapping.clock import wall_clock
from connectors.sdk.mapping.place import PLACE_NAMES, position

Read = Callable[[Element], object]
Convert = Callable[[object], object]

YES = frozenset(("oui", "o", "yes", "y", "vrai", "true", "1", "x"))
NO = frozenset(("non", "n", "no", "faux", "false", "0"))
_BLANKS = "[\u0020\u00a0\u202f\u2009]"
_MIDNIGHT = re.compile(r"(\d{4}-\d\d-\d\d)[T ]00:00(?::00(?:\.0+)?)?", re.ASCII)


@dataclass(frozen=True)
class ColumnPlan:
    """How one column of the contract is filled.

    Attributes:
        sources: names in the element; dotted paths where the format nests.
        kind: one of ``KINDS``; ``identifier`` and ``content`` need the issuer.
        words: the source's words and the values they stand for; ``*`` stands for every other word.
        missing: texts that mean "no value".
    """

    name: str
    sources: tuple[str, ...]
    kind: str
    is_content: bool = False
    issuer: str = ""
    formats: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ""
    factor: float | None = None
    join: str = " "
    missing: frozenset[str] = frozenset()
    words: Mapping[str, object] | None = None
    optional: bool = False


def reader(plan: ColumnPlan, zone: ZoneInfo) -> Read:
    """The function that gives the column's value; total, whatever the element holds."""
    if plan.is_content:
        return lambda element: decode.identifier(plan.issuer, element.content_id)
    if plan.kind == "identifier":
        return lambda element: decode.identifier(
            plan.issuer, *(_known(found(element.value, name), plan.missing) for name in plan.sources)
        )
    pick = _picker(plan)
    convert = _words(plan.words, _converter(plan, zone)) if plan.words else _converter(plan, zone)
    return lambda element: convert(pick(element.value))


def found(value: object, name: str) -> object:
    """What stands under a name, or under a dotted path of names and list positions; ``None`` when nothing does."""
    while isinstance(value, Mapping):
        if name in value:
            return value[name]
        if name in PLACE_NAMES:
            return position(value, name)
        head, _, name = name.partition(".")
        value = value.get(head) if name else None
    if isinstance(value, list):
        head, _, rest = name.partition(".")
        if head.isdecimal() and int(head) < len(value):
            return found(value[int(head)], rest) if rest else value[int(head)]
    return None


def _picker(plan: ColumnPlan) -> Convert:
    missing, join = plan.missing, plan.join
    if len(plan.sources) == 1:
        (name,) = plan.sources
        return lambda value: _known(found(value, name), missing)

    def joined(value: object) -> object:
        texts = [decode.text(_known(found(value, name), missing)) for name in plan.sources]
        return join.join(text for text in texts if text) or None

    return joined


def _known(value: object, missing: frozenset[str]) -> object:
    """The value itself, a text without surrounding blanks; ``None`` for what means "no value"."""
    if isinstance(value, str):
        value = value.strip()
        return None if not value or value in missing else value
    if isinstance(value, Mapping | list):
        return decode.text(value)
    return None if missing and str(value) in missing else value


def _words(words: Mapping[str, object], convert: Convert) -> Convert:
    known = {word.strip().casefold(): value for word, value in words.items()}
    others = known.pop("*", None)

    def read(value: object) -> object:
        if value is None:
            return None
        word = str(value).strip().casefold()
        if word in known:
            return known[word]
        return convert(value) if others is None else others

    return read


def _converter(plan: ColumnPlan, zone: ZoneInfo) -> Convert:
    if plan.kind == "number":
        return _number(plan)
    if plan.kind == "boolean":
        return _boolean
    if plan.kind == "posix_instant":
        scaled = plan.factor
        return lambda value: decode.posix_instant(value if scaled is None else decode.scaled(value, scaled))
    if plan.kind in ("local_instant", "zoned_instant", "date"):
        return _moment(plan, zone)
    return decode.text


def _moment(plan: ColumnPlan, zone: ZoneInfo) -> Convert:
    clock = wall_clock(plan.formats)
    if plan.kind == "date":
        return lambda value: None if value is None else _MIDNIGHT.sub(r"\1", clock(str(value)))
    if plan.kind == "zoned_instant":
        return decode.zoned_instant
    return lambda value: None if value is None else decode.local_instant(clock(str(value)), zone)


def _number(plan: ColumnPlan) -> Convert:
    decimal, factor = plan.decimal, plan.factor
    separator = _BLANKS if plan.thousands == "blank" else re.escape(plan.thousands)
    grouped = re.compile(rf"[+-]?\d{{1,3}}(?:{separator}\d{{3}})+(?:{re.escape(decimal)}\d*)?", re.ASCII)
    parted = re.compile(separator)

    def read(value: object) -> object:
        if isinstance(value, str) and plan.thousands and grouped.fullmatch(value):
            value = parted.sub("", value)
        converted = decode.number(value, decimal=decimal)
        return converted if factor is None or isinstance(converted, str) else decode.scaled(converted, factor)

    return read


def _boolean(value: object) -> object:
    word = str(value).strip().casefold()
    if value is None or isinstance(value, bool):
        return value
    return True if word in YES else False if word in NO else str(value)
