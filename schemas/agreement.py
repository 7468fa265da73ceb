"""What must agree within one contract beyond the shape of its file: names, rules, and no person where none may be."""

from __future__ import annotations

from schemas import codes
from schemas.contract import Column, ColumnType, TableContract
from schemas.document import LocatedMap
from schemas.errors import ContractError
from schemas.isolation import isolation_problem
from schemas.persons import looks_like_person
from schemas.shape import suggest

PERSON_FREE_LAYERS = ("silver", "gold")


def fault(document: LocatedMap, key: str, problem: str) -> ContractError:
    """Make the error that points at one key of a file."""
    return ContractError(problem, document.path, document.lines.get(key, document.line))


def judge_person(column: Column, item: LocatedMap, layer: str, document: LocatedMap) -> None:
    """Refuse a column that identifies a person where none may be (L9, L13), and a table that hides that it does."""
    word = looks_like_person(column.name)
    here = (item.path, item.line)
    if layer in PERSON_FREE_LAYERS and word and not column.personal_data:
        raise ContractError(f"column `{column.name}` looks like it identifies a person (`{word}`) in a {layer} table; "
                            f"remove it; {layer} is free of persons", *here)
    if layer in PERSON_FREE_LAYERS and column.personal_data:
        raise ContractError(f"column `{column.name}` holds personal data in a {layer} table; {layer} is free of "
                            "persons: keep it in a restricted table of another layer", *here)
    if column.personal_data and not document["personal_data"]:
        raise fault(document, "personal_data", f"column `{column.name}` holds personal data but the table says it "
                    "does not; set `personal_data: true`")


def judge_agreement(document: LocatedMap, contract: TableContract) -> None:
    """Refuse a contract whose parts name what is not there, or contradict each other."""
    if contract.personal_data and contract.access == "open":
        raise fault(document, "access", "found a table with personal data that is open; make it restricted or isolated")
    problem = isolation_problem(contract)
    if problem is not None:
        raise fault(document, *problem)
    _judge_names(document, contract)
    _judge_pairs(contract)
    _judge_metrics(document, contract)


def _judge_names(document: LocatedMap, contract: TableContract) -> None:
    gate, explode, known = contract.gate, contract.explode, contract.column_names
    used = {
        "key": contract.key, "version_by": contract.version_by,
        "rules": tuple(name for rule in contract.rules for name in rule.columns),
        "gate": (*gate.completeness, *gate.references, *gate.ranges, *(name for pair in gate.order for name in pair)),
        "explode": tuple(name for name in (explode.column, explode.pad_with) if name) if explode else (),
        "metrics": tuple(name for metric in contract.metrics for name in metric.requires_grouping),
    }
    for key, columns in used.items():
        for name in columns:
            if name not in known:
                remedy = suggest(name, known) or f"expected one of {', '.join(known)}"
                raise fault(document, key, f"`{key}` names column `{name}`, which the table does not have; {remedy}")
    for name in contract.key:
        if not contract.column(name).required:
            raise fault(document, "key", f"key column `{name}` may be null; make it `required: true`")


def _judge_pairs(contract: TableContract) -> None:
    for rule in contract.rules:
        if len(rule.columns) < 2:
            continue
        columns = [contract.column(name) for name in rule.columns]
        kinds = {column.type for column in columns}
        is_source = all(column.origin == "source" for column in columns)
        if len(kinds) > 1 or not is_source or (rule.code != "order" and kinds != {ColumnType.DOUBLE}):
            raise ContractError(f"rule `{rule.code}` names {', '.join(rule.columns)}; expected two source columns of "
                                "one type, double for positions", rule.path, rule.line)


def _judge_metrics(document: LocatedMap, contract: TableContract) -> None:
    seen: set[str] = set()
    for metric in contract.metrics:
        if metric.name in seen:
            raise fault(document, "metrics", f"metric `{metric.name}` is given twice; keep one of them")
        if metric.codes is not None and metric.codes not in codes.code_lists():
            raise fault(document, "metrics", f"metric `{metric.name}` uses code list `{metric.codes}`; expected one of "
                        f"{', '.join(codes.code_lists())}")
        seen.add(metric.name)
