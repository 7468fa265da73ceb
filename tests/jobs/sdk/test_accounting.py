"""read = accepted + rejected + duplicates."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.sdk.accounting import Counts, batch_rows, total
from jobs.sdk.errors import AccountingError

ACCOUNT = ("urn:vigie:town:police", "silver.incident_report")
SMALL = st.integers(0, 50)


@given(SMALL, SMALL, SMALL)
def test_a_balanced_batch_gives_its_row(accepted: int, duplicates: int, rejected: int) -> None:
    counts = {ACCOUNT: Counts(accepted, duplicates, 0, rejected)}
    rows = batch_rows(7, {ACCOUNT: accepted + duplicates + rejected}, counts)
    assert rows == [(7, *ACCOUNT, accepted + duplicates + rejected, accepted, duplicates, 0, rejected)]


@given(SMALL, SMALL, SMALL, st.integers(1, 5))
def test_a_lost_record_is_never_told_as_balanced(accepted: int, duplicates: int, rejected: int, lost: int) -> None:
    read = {ACCOUNT: accepted + duplicates + rejected + lost}
    with pytest.raises(AccountingError, match="expected read = accepted"):
        batch_rows(7, read, {ACCOUNT: Counts(accepted, duplicates, 0, rejected)})


def test_an_account_nobody_read_is_refused() -> None:
    with pytest.raises(AccountingError):
        batch_rows(7, {}, {ACCOUNT: Counts(accepted=1)})


def test_more_updates_than_duplicates_are_refused() -> None:
    with pytest.raises(AccountingError):
        batch_rows(7, {ACCOUNT: 1}, {ACCOUNT: Counts(accepted=1, updated=1)})


def test_parts_add_up_per_account() -> None:
    other = ("urn:vigie:town:fire", ACCOUNT[1])
    parts = [{ACCOUNT: Counts(accepted=1)}, {ACCOUNT: Counts(rejected=2), other: Counts(duplicates=3, updated=1)}]
    assert total(parts) == {ACCOUNT: Counts(1, 0, 0, 2), other: Counts(0, 3, 1, 0)}
