"""What became of every record: read = accepted + rejected + duplicates, per batch, source and contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from jobs.sdk.errors import AccountingError

Account = tuple[str, str]
"""source_id and contract_name."""


@dataclass(frozen=True)
class Counts:
    """Counts of one source and contract in one batch.

    Attributes:
        accepted: rows with a key that was not known.
        duplicates: rows of a key already told, or a refused record told again.
        updated: of the duplicates, those that brought a newer version.
        rejected: refused records, told for the first time.
    """

    accepted: int = 0
    duplicates: int = 0
    updated: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.accepted + other.accepted,
            self.duplicates + other.duplicates,
            self.updated + other.updated,
            self.rejected + other.rejected,
        )


def total(parts: Iterable[Mapping[Account, Counts]]) -> dict[Account, Counts]:
    """Add up the counts of several tables."""
    summed: dict[Account, Counts] = {}
    for part in parts:
        for account, counts in part.items():
            summed[account] = summed.get(account, Counts()) + counts
    return summed


def batch_rows(
    batch_id: int, read: Mapping[Account, int], counts: Mapping[Account, Counts]
) -> list[tuple[int, str, str, int, int, int, int, int]]:
    """Return the rows of `quality.batch_count` for one batch, after checking that nothing is lost or told twice.

    Raises:
        AccountingError: the counts of an account do not add up to the records read.
    """
    rows = []
    for account in sorted(read.keys() | counts.keys()):
        source_id, contract_name = account
        seen, kept = read.get(account, 0), counts.get(account, Counts())
        told = kept.accepted + kept.rejected + kept.duplicates
        if told != seen or kept.updated > kept.duplicates:
            raise AccountingError(
                f"batch {batch_id}, {source_id}, {contract_name}: read {seen} records but accounted for {told} "
                f"({kept}): expected read = accepted + rejected + duplicates. Nothing was written; keep bronze and the "
                "checkpoint as they are and report this."
            )
        rows.append(
            (batch_id, source_id, contract_name, seen, kept.accepted, kept.duplicates, kept.updated, kept.rejected)
        )
    return rows
