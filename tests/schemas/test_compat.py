from __future__ import annotations

import pytest

from schemas.compat import breaking_changes, version_problem
from schemas.contract import load_all
from tests.schemas.conftest import Write

SIZE = """  - name: size_m
    type: double
    unit: m
    label: {fr: Taille, en: Size}
    description: {fr: Taille., en: Size.}
    rules:
      - {rule: range, min: 0, max: 10}
"""
BREAKING = [
    (SIZE, "", "column size_m is removed"),
    ("name: size_m", "name: length_m", "column size_m is removed"),
    ("type: double", "type: integer", "type of column size_m changes from double to integer"),
    ("unit: m", "unit: cm", "unit of column size_m changes from m to cm"),
    ("min: 0, max: 10", "min: 0, max: 9", "rule range of column size_m is narrowed"),
    ("min: 0, max: 10", "min: 1, max: 10", "rule range of column size_m is narrowed"),
    ("    unit: m\n", "    unit: m\n    required: true\n", "column size_m becomes required"),
    (SIZE, SIZE.replace("    unit: m\n", "    unit: m\n    origin: platform\n").split("    rules:")[0],
     "origin of column size_m"),
    ("key: [thing_id]", "key: [thing_id, status_code]", "key changes"),
    ("write: merge", "write: append", "write changes"),
    ("write: merge", "version_by: [size_m]\nwrite: merge", "version_by changes"),
    ("retention_days: 365", "retention_days: unlimited", "retention is lengthened"),
    ("retention_days: 365", "retention_days: 366", "retention is lengthened"),
    ("access: open", "access: restricted", "access is tightened"),
    ("purpose: urban_context", "purpose: data_quality", "purpose changes"),
    ("COUNT(*)", "COUNT(size_m)", "metric thing_count changes its formula"),
    ("name: thing_count", "name: things_count", "metric thing_count is removed"),
    ("position_pair, columns: [longitude, latitude]}",
     "position_pair, columns: [longitude, latitude]}\n  - {rule: position_zero, columns: [longitude, latitude]}",
     "the row gets rule position_zero"),
    ("rules:\n  - {rule: position_pair",
     "  - name: new_code\n    type: string\n    required: true\n    label: {fr: N, en: N}\n"
     "    description: {fr: N, en: N}\nrules:\n  - {rule: position_pair", "new column new_code is required"),
]
ADDITIONS = [
    ("min: 0, max: 10", "min: -1, max: 11"),
    ("retention_days: 365", "retention_days: 30"),
    ("rules:\n  - {rule: position_pair",
     "  - name: new_code\n    type: string\n    label: {fr: N, en: N}\n    description: {fr: N, en: N}\n"
     "rules:\n  - {rule: position_pair"),
    ("rules:\n  - {rule: position_pair, columns: [longitude, latitude]}\n", ""),
]


@pytest.mark.parametrize(("old", "new", "sentence"), BREAKING)
def test_a_breaking_change_is_named_and_needs_a_major_version(
    read_with: Write, old: str, new: str, sentence: str
) -> None:
    before = read_with()
    after = read_with(old, new)
    assert any(sentence in change for change in breaking_changes(before, after)), breaking_changes(before, after)
    problem = version_problem(before, after)
    assert problem is not None
    assert "2.0.0" in problem


@pytest.mark.parametrize(("old", "new"), ADDITIONS)
def test_an_addition_is_not_breaking_and_needs_a_minor_version(read_with: Write, old: str, new: str) -> None:
    before = read_with()
    after = read_with(old, new)
    assert breaking_changes(before, after) == ()
    problem = version_problem(before, after)
    assert problem is not None
    assert "1.1.0" in problem


def test_a_changed_text_needs_a_patch_version(read_with: Write) -> None:
    before = read_with()
    after = read_with("{fr: Chose, en: Thing}", "{fr: Objet, en: Thing}")
    problem = version_problem(before, after)
    assert problem is not None
    assert "1.0.1" in problem


def test_a_raised_version_is_accepted(read_with: Write) -> None:
    before = read_with()
    assert version_problem(before, read_with("version: 1.0.0", "version: 1.0.1")) is None


def test_loosened_access_is_breaking(read_with: Write) -> None:
    before = read_with("access: open", "access: restricted")
    assert "access is loosened from restricted to open" in breaking_changes(before, read_with())


def test_a_contract_is_compatible_with_itself() -> None:
    for contract in load_all():
        assert breaking_changes(contract, contract) == ()
        assert version_problem(contract, contract) is None
