"""May a contract change, and which part of its version must rise?

Readers of a table hold on to its columns, types, codes, key and access. A change that can break one of them is breaking
and raises the major number; an addition raises the minor one; texts alone raise the patch.
"""

from __future__ import annotations

from schemas.contract import Column, TableContract

ACCESS_ORDER = ("open", "restricted", "isolated")


def breaking_changes(old: TableContract, new: TableContract) -> tuple[str, ...]:
    """List what a reader or a connector of the old contract would trip over, one sentence each; empty when nothing.

    Args:
        old: the contract in use.
        new: the contract meant to replace it.
    """
    found: list[str] = []
    if old.name != new.name:
        found.append(f"table {old.name} is renamed to {new.name}")
    for part in ("key", "version_by", "write"):
        before, after = getattr(old, part), getattr(new, part)
        if before != after:
            found.append(f"{part} changes from {before} to {after}")
    found += _legal_changes(old, new)
    after_columns = {column.name: column for column in new.columns}
    before_names = set(old.column_names)
    for column in old.columns:
        if column.name not in after_columns:
            found.append(f"column {column.name} is removed or renamed")
        else:
            found += _column_changes(column, after_columns[column.name])
    found += [
        f"new column {column.name} is required" for column in new.columns
        if column.name not in before_names and column.required and column.origin == "source"
    ]
    found += _new_rules(_row_rules(old), _row_rules(new), "the row")
    found += _metric_changes(old, new)
    return tuple(found)


def version_problem(old: TableContract, new: TableContract) -> str | None:
    """Say what is wrong with the new version number, and what to write instead; `None` when it is right."""
    if new == old:
        return None
    before, after = _parts(old.version), _parts(new.version)
    breaking = breaking_changes(old, new)
    if breaking:
        least, reason = (before[0] + 1, 0, 0), f"{breaking[0]}, which is breaking"
    elif _texts_aside(new) != _texts_aside(old):
        least, reason = (before[0], before[1] + 1, 0), "columns, rules or metrics are added or relaxed"
    else:
        least, reason = (before[0], before[1], before[2] + 1), "texts change"
    if after >= least:
        return None
    expected = ".".join(map(str, least))
    return f"{new.path}: version goes from {old.version} to {new.version} though {reason}; write {expected} or higher"


def _parts(version: str) -> tuple[int, int, int]:
    major, minor, patch = version.split(".")
    return int(major), int(minor), int(patch)


def _legal_changes(old: TableContract, new: TableContract) -> list[str]:
    found = []
    if ACCESS_ORDER.index(new.access) != ACCESS_ORDER.index(old.access):
        direction = "loosened" if ACCESS_ORDER.index(new.access) < ACCESS_ORDER.index(old.access) else "tightened"
        found.append(f"access is {direction} from {old.access} to {new.access}")
    if old.purpose != new.purpose:
        found.append(f"purpose changes from {old.purpose} to {new.purpose}")
    if old.retention_days is not None and (new.retention_days is None or new.retention_days > old.retention_days):
        found.append(f"retention is lengthened from {old.retention_days} days to {new.retention_days or 'unlimited'}")
    if new.personal_data and not old.personal_data:
        found.append("the table begins to hold personal data")
    return found


def _column_changes(old: Column, new: Column) -> list[str]:
    found = []
    for part in ("type", "unit", "origin", "codes"):
        before, after = getattr(old, part), getattr(new, part)
        if before != after and not (part == "codes" and after is None and old.origin == "source"):
            found.append(f"{part} of column {old.name} changes from {before} to {after}")
    if old.required != new.required:
        if new.required and new.origin == "source":
            found.append(f"column {old.name} becomes required")
        elif old.required:
            found.append(f"column {old.name} may become null")
    if new.personal_data and not old.personal_data:
        found.append(f"column {old.name} begins to hold personal data")
    return found + _new_rules(_rules(old), _rules(new), f"column {old.name}")


Rules = dict[tuple[str, tuple[str, ...]], dict[str, object]]


def _rules(column: Column) -> Rules:
    # The type and whether a value is required are compared as parts of the column.
    skipped = ("required", "type", "time_zone")
    return {(rule.code, rule.columns): dict(rule.params) for rule in column.rules if rule.code not in skipped}


def _row_rules(contract: TableContract) -> Rules:
    return {(rule.code, rule.columns): dict(rule.params) for rule in contract.rules if len(rule.columns) > 1}


def _new_rules(old: Rules, new: Rules, where: str) -> list[str]:
    found = []
    for key, params in new.items():
        code = key[0]
        if key not in old:
            found.append(f"{where} gets rule {code} {params or ''}".rstrip())
        elif _is_narrower(code, old[key], params):
            found.append(f"rule {code} of {where} is narrowed from {_shown(old[key])} to {_shown(params)}")
    return found


def _shown(params: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if name != "list"}


def _is_narrower(code: str, old: dict[str, object], new: dict[str, object]) -> bool:
    if code == "code":
        before, after = old["codes"], new["codes"]
        return isinstance(before, tuple) and isinstance(after, tuple) and not set(before) <= set(after)
    if code == "pattern":
        return old != new
    return any(_allows_less(name, old.get(name), value) for name, value in new.items())


def _allows_less(name: str, before: object, after: object) -> bool:
    if before is None:
        return True
    if isinstance(before, str) and isinstance(after, str):
        return after > before  # `earliest`, an instant in UTC
    if isinstance(before, int | float) and isinstance(after, int | float):
        return after > before if name == "min" else after < before
    return before != after


def _metric_changes(old: TableContract, new: TableContract) -> list[str]:
    after = {metric.name: metric for metric in new.metrics}
    found = []
    for metric in old.metrics:
        if metric.name not in after:
            found.append(f"metric {metric.name} is removed or renamed")
        elif after[metric.name].expression != metric.expression or after[metric.name].unit != metric.unit:
            found.append(f"metric {metric.name} changes its formula or unit")
    return found


def _texts_aside(contract: TableContract) -> tuple[object, ...]:
    """Everything of a contract that is not a text for readers, a version or a place in a file."""
    return (
        contract.name, contract.purpose, contract.access, contract.personal_data, contract.retention_days, contract.key,
        contract.version_by, contract.write, contract.inputs, contract.explode, contract.gate,
        tuple((column.name, column.type, column.required, column.origin, column.unit, column.codes,
               column.personal_data) for column in contract.columns),
        tuple((rule.code, rule.columns, tuple(sorted(rule.params.items()))) for rule in contract.rules),
        tuple((metric.name, metric.expression, metric.format, metric.unit, metric.codes, metric.requires_grouping)
              for metric in contract.metrics),
    )
