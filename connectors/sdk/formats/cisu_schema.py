"""The official JSON Schemas of the French emergency hub, compiled once, and what they say is wrong with a message.

Faults are told as the hub tells them (``technical.requiredArray: is missing but it is required``), with a rule code. A
value is shown only where the caller says it may be: the rest of a message names persons.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, FormatChecker
from jsonschema.exceptions import ValidationError

import schemas
from schemas.check import Violation

FOLDER = Path(schemas.__file__).parent / "external" / "cisu"
ENVELOPE, HEADER = "EDXL-DE-envelope-only", "RC-DE"
CHECKED = {
    "createCase": "RC-EDA",
    "createCaseHealth": "RS-EDA",
    "createCaseHealthUpdate": "RS-EDA-MAJ",
    "emsi": "EMSI",
    "resourcesInfo": "RS-RI",
    "resourcesInfoCisu": "RC-RI",
    "resourcesStatus": "RS-SR",
    "geoPositionsUpdate": "GEO-POS",
    "technical": "TECHNICAL",
    "technicalNoreq": "TECHNICAL_NOREQ",
}
"""Messages that are validated, and the file of their schema."""
OTHERS = (
    *("distributionElement", "reference", "error", "resourcesEngagement", "resourcesRequest", "resourcesResponse"),
    *("rpis", "interventionReport", "documentLink", "geoResourcesRequest", "geoResourcesDetails", "appointment"),
    "customContent",
)
"""Messages the hub knows and no connector here reads."""

_RULES = {
    "required": "required", "additionalProperties": "shape", "type": "type", "enum": "code", "pattern": "pattern",
    "minItems": "shape", "maxItems": "shape",
}  # fmt: skip
_SAYS = {
    "required": "is missing but it is required",
    "additionalProperties": "is not defined in the schema and the schema does not allow additional properties",
    "type": "is not of the type of the schema",
    "enum": "is not one of the codes of the schema",
    "pattern": "does not have the form the schema asks for",
    "format": "is no date-time with an offset such as 2024-01-31T08:15:00+01:00",
    "minItems": "has fewer items than the schema asks for",
    "maxItems": "has more items than the schema allows",
}
_NAIVE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_NAME = re.compile(r"[A-Za-z_][\w-]{0,60}", re.ASCII)
# The published pattern tries every way to cut a text in up to ten pieces, hours for a long one; this accepts the same.
_SLOW = re.compile(r"\^\(\[a-zA-Z0-9_-\]\+\\\.\?\)\{4,(\d+)\}\$")
_CHECKER = FormatChecker(formats=())


@_CHECKER.checks("date-time")
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or _INSTANT.fullmatch(value) is not None


@cache
def schema_of(name: str) -> Mapping[str, Any]:
    """One schema by the name of its file."""
    found: Mapping[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text("utf-8"), object_hook=_quick)
    return found


def _quick(node: dict[str, Any]) -> dict[str, Any]:
    slow = _SLOW.fullmatch(str(node.get("pattern", "")))
    if slow:
        word = "[a-zA-Z0-9_-]"
        node["pattern"] = rf"^(?=(?:\.?{word}){{4}}){word}+(?:\.{word}+){{0,{int(slow[1]) - 1}}}\.?$"
    return node


@cache
def _validator(name: str) -> Any:
    return Draft7Validator(schema_of(name), format_checker=_CHECKER)


def faults(
    name: str, value: object, prefix: str, shown: Callable[[tuple[str, ...], object], str] = lambda path, value: ""
) -> list[Violation]:
    """Everything the schema refuses in the value, one violation per field, in the order of the document.

    Args:
        name: file of the schema.
        value: what is judged.
        prefix: put before the path of each field (``$``, ``createCase``).
        shown: what of a value may be told, by its path.
    """
    found: dict[str, Violation] = {}
    for error in _validator(name).iter_errors(value):
        for path, rule in _fields(error):
            column = _column(prefix, path)
            names = tuple(part for part in path if isinstance(part, str))
            told = shown(names, error.instance) if error.validator in ("type", "enum", "pattern", "format") else ""
            says = _SAYS.get(str(error.validator), "is not as the schema asks")
            message = f"{column or 'message'}: {says} (schema {name}); the sender must correct and send it again."
            found.setdefault(column, Violation(rule, column, told, message))
    return list(found.values())


def _fields(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path = tuple(error.absolute_path)
    rule = _RULES.get(str(error.validator), "shape")
    instance: Any = error.instance
    schema: Any = error.schema
    wanted: Any = error.validator_value
    if error.validator == "required":
        for name in wanted:
            if name not in instance:
                yield (*path, str(name)), rule
    elif error.validator == "additionalProperties":
        for name in instance:
            if name not in schema.get("properties", {}):
                yield (*path, str(name)), rule
    elif isinstance(instance, str) and schema.get("format") == "date-time":
        naive = _NAIVE.fullmatch(instance)
        yield path, "time_zone" if naive else ("type" if error.validator == "format" else rule)
    else:
        yield path, rule


def _column(prefix: str, path: tuple[str | int, ...]) -> str:
    column = prefix
    for part in path:
        if isinstance(part, int):
            column += f"[{part}]"
        else:
            column += f"{'.' if column else ''}{part if _NAME.fullmatch(part) else '(unnamed)'}"
    return column[:200]
