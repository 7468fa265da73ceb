"""The traps of the crime atlas of Berlin: lost zeros, overlapping offences, what belongs to no neighbourhood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

STATISTIC = "silver.official_statistic"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("berlin_kriminalitaet")


def test_codes_have_six_digits_again(source: Any) -> None:
    """912 of 1,200 lines had lost their zero."""
    codes = {row["territory_code"] for row in source.full.rows(STATISTIC)}
    assert len(codes) == 150
    assert all(len(code) == len("berlin_lor:010111") for code in codes)
    assert len({row["parent_territory_code"] for row in source.full.rows(STATISTIC)}) == 12


def test_what_no_neighbourhood_got_is_not_one(source: Any) -> None:
    remainders = [row for row in source.full.rows(STATISTIC) if row["territory_level_code"] == "unknown"]
    assert {row["territory_label"].rpartition(", ")[2] for row in remainders} == {"nicht zuzuordnen"}


def test_a_sum_of_items_counts_no_robbery_twice(source: Any) -> None:
    """The parts of 2019 stay out of the sum of its items."""
    found = [row for row in source.full.rows(STATISTIC) if row["period_start_date"] == "2019-01-01"]
    items = {row["indicator_label"] for row in found if row["aggregation_code"] == "detail"}
    assert items == {"Robbery", "Injury", "Threat", "Theft", "Fire", "Damage", "Drugs"}


def test_a_zero_is_published_and_an_empty_cell_is_not_a_zero(source: Any) -> None:
    header, line = source.slice.decode().splitlines()[:2]
    *fields, _, last = line.split(",")
    told = source.read(f"{header}\n{','.join([*fields, '0', ''])}\n".encode()).rows(STATISTIC)[-2:]
    assert [(row["publication_state_code"], row["statistic_count"]) for row in told] == [
        ("published_zero", 0), ("not_received", None),
    ]  # fmt: skip
    assert last


def test_a_new_offence_is_read_and_joins_no_sum(source: Any) -> None:
    header, line = source.slice.decode().splitlines()[:2]
    told = source.read(f'{header},"Cybercrime"\n{line},7\n'.encode()).rows(STATISTIC)
    assert (told[-1]["indicator_label"], told[-1]["statistic_count"]) == ("Cybercrime", 7)
    assert told[-1]["aggregation_code"] == "part"
