"""From a contract's YAML file to a `TableContract`: shared fields, implicit rules, and what must agree."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from schemas import codes, purposes
from schemas.agreement import fault, judge_agreement, judge_person
from schemas.contract import LAYERS, Column, ColumnType, Explode, Gate, Metric, Range, TableContract
from schemas.contract_shape import CONTRACT_SHAPE, FIELDS_SHAPE, NAME
from schemas.document import LocatedMap, read_document
from schemas.errors import ContractError
from schemas.label import Label
from schemas.rules import DEFAULT_AHEAD_DAYS, DEFAULT_EARLIEST, DEFAULT_MAX_LENGTH, Rule, anchored
from schemas.shape import Place, suggest

FIELDS_FOLDER = Path(__file__).parent / "fields"


def read_contract(path: Path) -> TableContract:
    """Read one contract from its file.

    Raises:
        ContractError: with file, line, what was found, what was expected and what to do.
    """
    document = read_document(path, ContractError)
    CONTRACT_SHAPE.judge(document, Place(path, 1, path.stem, ContractError))
    layer, table = document["name"].split(".", 1)
    if layer not in LAYERS or (layer, table) != (path.parent.name, path.stem):
        raise fault(document, "name", f"name is `{document['name']}` but the file is "
                     f"`{path.parent.name}/{path.name}`; make them agree, with a layer of {', '.join(LAYERS)}")
    if document["purpose"] not in purposes.load_purposes():
        raise fault(document, "purpose", f"purpose `{document['purpose']}` has no line in schemas/purposes.yaml; "
                     f"add its impact assessment there or use one of {', '.join(purposes.load_purposes())}")
    columns = _columns(document, layer)
    retention = document["retention_days"]
    contract = TableContract(
        name=document["name"], layer=layer, table=table, version=document["version"],
        label=Label.of(document["label"]), description=Label.of(document["description"]),
        grain=Label.of(document["grain"]), purpose=document["purpose"], access=document["access"],
        personal_data=document["personal_data"], retention_days=None if retention == "unlimited" else retention,
        key=tuple(document["key"]), version_by=tuple(document.get("version_by", ())), write=document["write"],
        inputs=tuple(document.get("inputs", ())), columns=columns,
        rules=tuple(rule for column in columns for rule in column.rules) + _row_rules(document),
        metrics=tuple(_metric(item) for item in document.get("metrics", ())),
        explode=_explode(document.get("explode")), gate=_gate(document.get("gate", {})), path=path,
    )
    judge_agreement(document, contract)
    return contract


@cache
def load_fields(domain: str) -> Mapping[str, LocatedMap]:
    """Load the shared fields of one domain, such as `incident`, as judged YAML mappings by name."""
    path = FIELDS_FOLDER / f"{domain}.yaml"
    document = read_document(path, ContractError)
    FIELDS_SHAPE.judge(document, Place(path, 1, domain, ContractError))
    fields: LocatedMap = document["fields"]
    for name in fields:
        NAME.judge(name, Place(path, fields.lines[name], name, ContractError))
    return fields


def _columns(document: LocatedMap, layer: str) -> tuple[Column, ...]:
    columns: list[Column] = []
    for item in document["columns"]:
        column = _column(item)
        if any(column.name == other.name for other in columns):
            raise ContractError(f"column `{column.name}` is given twice; keep one of them", item.path, item.line)
        judge_person(column, item, layer, document)
        columns.append(column)
    return tuple(columns)


def _column(item: LocatedMap) -> Column:
    merged: dict[str, Any] = {}
    if "use" in item:
        domain, field_name = item["use"].split(".", 1)
        if not (FIELDS_FOLDER / f"{domain}.yaml").is_file():
            known = ", ".join(sorted(path.stem for path in FIELDS_FOLDER.glob("*.yaml")))
            raise ContractError(f"`use: {item['use']}`: no fields file `{domain}`; expected one of {known}",
                                item.path, item.line)
        fields = load_fields(domain)
        if field_name not in fields:
            raise ContractError(f"`use: {item['use']}`: no field `{field_name}` in schemas/fields/{domain}.yaml; "
                                f"add it there, or {suggest(field_name, tuple(fields)) or 'correct the name'}",
                                item.path, item.line)
        merged |= {"name": field_name} | fields[field_name]
    merged |= item
    place = (item.path, item.line)
    column_type = ColumnType(merged["type"])
    required, origin = merged.get("required", False), merged.get("origin", "source")
    code_list = merged.get("codes")
    if code_list is not None and code_list not in codes.code_lists():
        raise ContractError(f"column `{merged['name']}` uses code list `{code_list}`; expected one of "
                            f"{', '.join(codes.code_lists())}", *place)
    if code_list is not None and column_type is not ColumnType.STRING:
        raise ContractError(f"column `{merged['name']}` has codes but type {column_type}; make it a string", *place)
    rules = _column_rules(merged, column_type, required, code_list, place) if origin == "source" else ()
    if origin == "platform" and merged.get("rules"):
        raise ContractError(f"column `{merged['name']}` is filled by the platform but has rules; "
                            "say it under `gate`, or make its origin `source`", *place)
    return Column(
        name=merged["name"], type=column_type, label=Label.of(merged["label"]),
        description=Label.of(merged["description"]), required=required, origin=origin, unit=merged.get("unit"),
        codes=code_list, personal_data=merged.get("personal_data", False), rules=rules,
    )


def _column_rules(merged: Mapping[str, Any], column_type: ColumnType, required: bool, code_list: str | None,
                  place: tuple[Path, int]) -> tuple[Rule, ...]:
    columns = (merged["name"],)
    written = {item["rule"]: item for item in merged.get("rules", ())}
    plan: list[tuple[str, dict[str, object], tuple[Path, int]]] = []
    if required:
        plan.append(("required", {}, place))
    if column_type is ColumnType.TIMESTAMP:
        plan.append(("time_zone", {}, place))
    plan.append(("type", {"type": column_type.value}, place))
    if column_type is ColumnType.TIMESTAMP:
        window = {"earliest": DEFAULT_EARLIEST, "ahead_days": DEFAULT_AHEAD_DAYS}
        written = {"time_window": LocatedMap(*place)} | written
        written["time_window"] = _merge(window, written["time_window"])
    if column_type is ColumnType.STRING and code_list is None and "length" not in written:
        plan.append(("length", {"max": DEFAULT_MAX_LENGTH}, place))
    if code_list is not None:
        plan.append(("code", {"list": code_list, "codes": codes.load_codes(code_list).values}, place))
    for code, item in written.items():
        here = (item.path, item.line)
        _judge_rule_type(code, column_type, merged["name"], here)
        params = {key: value for key, value in item.items() if key != "rule"}
        if code == "pattern":
            params["pattern"] = _compiled(params["pattern"], here)
        plan.append((code, params, here))
    return tuple(Rule(code, columns, params, *where) for code, params, where in plan)


def _merge(defaults: Mapping[str, object], item: LocatedMap) -> LocatedMap:
    merged = LocatedMap(item.path, item.line)
    merged.update(defaults)
    merged.update(item)
    return merged


RULE_TYPES = {
    "length": (ColumnType.STRING,), "pattern": (ColumnType.STRING,),
    "range": (ColumnType.INTEGER, ColumnType.DOUBLE), "position_range": (ColumnType.DOUBLE,),
    "time_window": (ColumnType.TIMESTAMP,),
}


def _judge_rule_type(code: str, column_type: ColumnType, name: str, place: tuple[Path, int]) -> None:
    if column_type not in RULE_TYPES[code]:
        raise ContractError(f"column `{name}` has rule `{code}` but type {column_type}; the rule is for "
                            f"{' or '.join(RULE_TYPES[code])}", *place)


def _compiled(pattern: str, place: tuple[Path, int]) -> str:
    try:
        re.compile(anchored(pattern))
    except re.error as cause:
        raise ContractError(f"pattern `{pattern}` is not a regular expression: {cause}; correct it", *place) from None
    return anchored(pattern)


def _row_rules(document: LocatedMap) -> tuple[Rule, ...]:
    return tuple(
        Rule(item["rule"], tuple(item["columns"]), {}, item.path, item.line) for item in document.get("rules", ())
    )


def _metric(item: LocatedMap) -> Metric:
    return Metric(
        name=item["name"], label=Label.of(item["label"]), description=Label.of(item["description"]),
        expression=item["expression"].strip(), format=item.get("format", ""), unit=item.get("unit"),
        codes=item.get("codes"), requires_grouping=tuple(item.get("requires_grouping", ())),
    )


def _explode(item: Mapping[str, Any] | None) -> Explode | None:
    return Explode(item["column"], item["alias"], item.get("pad_with")) if item else None


def _gate(item: Mapping[str, Any]) -> Gate:
    return Gate(
        min_rows=item.get("min_rows", 0), completeness=dict(item.get("completeness", {})),
        references=dict(item.get("references", {})), max_rejected_ratio=item.get("max_rejected_ratio"),
        ranges={name: Range(bounds.get("min"), bounds.get("max")) for name, bounds in item.get("ranges", {}).items()},
        order=tuple((first, second) for first, second in item.get("order", ())),
    )
