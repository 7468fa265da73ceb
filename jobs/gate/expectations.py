"""The suite of a table, generated from its contract."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from great_expectations.expectations.core.expect_column_pair_values_a_to_be_greater_than_b import (
    ExpectColumnPairValuesAToBeGreaterThanB,
)
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet
from great_expectations.expectations.core.expect_column_values_to_be_unique import ExpectColumnValuesToBeUnique
from great_expectations.expectations.core.expect_column_values_to_not_be_null import ExpectColumnValuesToNotBeNull
from great_expectations.expectations.core.expect_compound_columns_to_be_unique import ExpectCompoundColumnsToBeUnique
from great_expectations.expectations.core.expect_table_row_count_to_be_between import ExpectTableRowCountToBeBetween
from great_expectations.expectations.expectation import Expectation

from schemas.codes import load_codes
from schemas.contract import Column, TableContract


@dataclass(frozen=True)
class Check:
    """One expectation and what the operator is told about it."""

    expectation: Expectation
    expected: str
    fix: str
    column: str = ""
    source_id: str = ""
    is_blocking: bool = True


def checks_of(contract: TableContract, references: Mapping[str, Collection[str]], *, min_rows: int) -> list[Check]:
    """Generate the suite of one table.

    Args:
        contract: its key must be there and unique, its required columns filled, its codes known, and its gate
            section adds completeness, ranges and references.
        references: allowed values per referenced column (`reference.zone.zone_id`).
        min_rows: fewest rows the batch must have; an empty batch would pass every other check.
    """
    return [
        _row_count(min_rows),
        *_key(contract),
        *_completeness(contract),
        *(check for column in contract.columns for check in _values(column)),
        *_ranges(contract),
        *_order(contract),
        *_references(contract, references),
    ]


def _row_count(min_rows: int) -> Check:
    return Check(
        ExpectTableRowCountToBeBetween(min_value=min_rows),
        expected=f"at least {min_rows} row(s)",
        fix="The batch is missing or too small: see `vigie run ingest` and `vigie run silver`, then the rejected "
        'rows (`vigie query "select rule_code, count(*) from quality.rejected_row group by 1"`).',
    )


def _key(contract: TableContract) -> Iterator[Check]:
    if not contract.key:
        return
    fix = f"Two rows have one key: {contract.name} is corrupt. Rebuild it (`vigie rebuild silver`), then run again."
    name = ", ".join(contract.key)
    expectation = (
        ExpectColumnValuesToBeUnique(column=contract.key[0])
        if len(contract.key) == 1
        else ExpectCompoundColumnsToBeUnique(column_list=list(contract.key))
    )
    yield Check(expectation, expected="every key once", fix=fix, column=name)


def _completeness(contract: TableContract) -> Iterator[Check]:
    required = {column.name: 1.0 for column in contract.columns if column.required or column.name in contract.key}
    for column, share in {**contract.gate.completeness, **required}.items():
        yield Check(
            ExpectColumnValuesToNotBeNull(column=column, mostly=share),
            expected=f"filled in {share:.0%} of the rows",
            fix=f"{column} is empty too often: look at the newest payloads of the source (`vigie show "
            f"{contract.name}`) and correct the connector's mapping, then replay.",
            column=column,
        )


def _values(column: Column) -> Iterator[Check]:
    if column.codes:
        codes = [code.code for code in load_codes(column.codes).codes]
        yield Check(
            ExpectColumnValuesToBeInSet(column=column.name, value_set=codes),
            expected=f"a code of {column.codes}",
            fix=f"Add the code to schemas/codes/{column.codes}.yaml, or correct the mapping that made it.",
            column=column.name,
        )


def _ranges(contract: TableContract) -> Iterator[Check]:
    for column, bounds in contract.gate.ranges.items():
        low, high = bounds.minimum, bounds.maximum
        yield Check(
            ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high),
            expected=f"from {'any' if low is None else low} to {'any' if high is None else high}",
            fix=f"Values of {column} are impossible: a unit or a mapping is wrong. Correct the connector, then replay.",
            column=column,
        )


def _order(contract: TableContract) -> Iterator[Check]:
    for first, second in contract.gate.order:
        yield Check(
            ExpectColumnPairValuesAToBeGreaterThanB(
                column_A=second, column_B=first, or_equal=True, ignore_row_if="either_value_is_missing"
            ),
            expected=f"{first} not after {second}",
            fix=f"{first} and {second} are exchanged or one is wrong: correct the connector's mapping, then replay.",
            column=f"{first}, {second}",
        )


def _references(contract: TableContract, references: Mapping[str, Collection[str]]) -> Iterator[Check]:
    for column, target in contract.gate.references.items():
        yield Check(
            ExpectColumnValuesToBeInSet(column=column, value_set=sorted(references[target])),
            expected=f"a value of {target}",
            fix=f"{column} names rows that {target} does not have: the zones changed since these rows were made. "
            "Run `vigie rebuild silver`, then run again.",
            column=column,
        )
