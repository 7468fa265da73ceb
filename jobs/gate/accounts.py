"""The sources before the gate: what each sent, what of it was refused, what arrived in its table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
from great_expectations.expectations.core.expect_column_sum_to_be_between import ExpectColumnSumToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.gate.expectations import Check
from schemas.city import CityProfile, SourceSettings

COUNTS = ["read_count", "accepted_count", "rejected_count", "duplicate_count"]
KEY = ["source_id", "contract_name"]
BATCH_COUNT = "quality.batch_count"
ALL_CONTRACTS = "all"
ACCOUNT_COUNT = "account_count"


def account(batch_count: DataFrame, row_counts: Mapping[tuple[str, str], int], city: CityProfile) -> pd.DataFrame:
    """Sum the batches: one row per (source, contract), and one per source over all its contracts.

    Args:
        batch_count: rows of `quality.batch_count`.
        row_counts: rows in the silver tables per (source_id, contract_name).
        city: its sources; each has a row, even one that sent nothing.

    Returns:
        source_id, contract_name (`all` for the whole source), the four counts, `row_count`, `rejected_ratio` (0 when
        nothing was read), `unaccounted_count` (read - accepted - rejected - duplicates) and `lost_count` (accepted rows
        that the table does not have; negative when it has rows nobody counted).
    """
    sums = [f.sum(name).cast("long").alias(name) for name in COUNTS]
    found = {
        (row[0], row[1]): tuple(row)[2:]
        for row in batch_count.groupBy(*KEY).agg(*sums).collect()
    }
    keys = sorted(found.keys() | row_counts.keys())
    ledger = [(*key, *found.get(key, (0, 0, 0, 0)), row_counts.get(key, 0)) for key in keys]
    columns = [*KEY, *COUNTS, "row_count"]
    parts = pd.DataFrame(ledger, columns=columns)
    sources = sorted({source.source_id for source in city.sources} | {key[0] for key in keys})
    whole = parts.groupby("source_id")[[*COUNTS, "row_count"]].sum().reindex(sources, fill_value=0).reset_index()
    frame = pd.concat([whole.assign(contract_name=ALL_CONTRACTS), parts], ignore_index=True)[columns]
    frame = frame.astype(dict.fromkeys([*COUNTS, "row_count"], "int64"))
    frame["rejected_ratio"] = (frame["rejected_count"] / frame["read_count"].where(frame["read_count"] > 0)).fillna(0.0)
    frame["unaccounted_count"] = (
        frame["read_count"] - frame["accepted_count"] - frame["rejected_count"] - frame["duplicate_count"]
    )
    frame["lost_count"] = frame["accepted_count"] - frame["row_count"]
    return frame


def in_one_row(accounts: pd.DataFrame) -> pd.DataFrame:
    """Lay `account`'s rows side by side, a column for each figure of each source, and their number beside them.

    To judge hundreds of columns takes a fraction of the time of judging hundreds of conditions on rows.
    """
    names = [name for name in accounts.columns if name not in KEY]
    keys = zip(*(accounts[name] for name in KEY), strict=True)
    figures = zip(*(accounts[name] for name in names), strict=True)
    row = {ACCOUNT_COUNT: len(accounts)} | {
        _column(name, *key): value
        for key, values in zip(keys, figures, strict=True)
        for name, value in zip(names, values, strict=True)
    }
    return pd.DataFrame([row])


def account_checks(accounts: pd.DataFrame, city: CityProfile) -> list[Check]:
    """Generate the checks of `account`'s rows, source by source, so that a failure names its source.

    They judge the rows as `in_one_row` lays them.
    """
    checks = [
        Check(
            ExpectColumnSumToBeBetween(column=ACCOUNT_COUNT, min_value=1),
            expected="at least one source",
            fix="The city has no source and nothing was ingested: add a source to the city, run it, then `vigie run`.",
        )
    ]
    of_the_city = {source.source_id: source for source in city.sources}
    rows = zip(accounts["source_id"], accounts["contract_name"], accounts["read_count"], strict=True)
    for source_id, contract_name, read in rows:
        if contract_name != ALL_CONTRACTS:
            checks += _ledger_checks(source_id, contract_name)
        elif source_id in of_the_city:
            source = of_the_city[source_id]
            checks += _source_checks(source, is_blocking=source.is_expected or read > 0)
    return checks


def _source_checks(source: SourceSettings, *, is_blocking: bool) -> Iterator[Check]:
    """A source of the city must have brought something, and not too much of it refused.

    One that nobody expects yet and that never sent anything is a warning: a feed that never comes must not hide the
    others.
    """
    source_id, limit = source.source_id, source.max_rejected_ratio
    yield Check(
        _between("accepted_count", source_id, ALL_CONTRACTS, 1, None),
        expected="at least one accepted row",
        fix=f"The source sent nothing usable: run `vigie connectors run {source.connector}`, then `vigie run`. "
        f"If it is not to come, take {source.path.name} out of the city's sources.",
        column="accepted_count",
        source_id=source_id,
        is_blocking=is_blocking,
    )
    yield Check(
        _between("rejected_ratio", source_id, ALL_CONTRACTS, 0, limit),
        expected=f"at most {limit:.1%} refused",
        fix='Too many rows were refused. See why: `vigie query "select rule_code, column_name, count(*) from '
        f"quality.rejected_row where source_id = '{source_id}' group by 1, 2\"`. Correct the connector and replay, "
        f"or raise max_rejected_ratio in {source.path.name} if the data are like that.",
        column="rejected_ratio",
        source_id=source_id,
    )


def _ledger_checks(source_id: str, contract_name: str) -> Iterator[Check]:
    """Nothing read may vanish between the broker and the table."""
    yield Check(
        _between("unaccounted_count", source_id, contract_name, 0, 0),
        expected=f"read = accepted + rejected + duplicates for {contract_name}",
        fix="The platform lost count of rows: keep bronze as it is and report it.",
        column="unaccounted_count",
        source_id=source_id,
    )
    yield Check(
        _between("lost_count", source_id, contract_name, 0, 0),
        expected=f"as many rows in {contract_name} as were accepted",
        fix="Rebuild silver from bronze (`vigie rebuild silver`); if it persists, report it.",
        column="lost_count",
        source_id=source_id,
    )


def _column(name: str, source_id: str, contract_name: str) -> str:
    return f"{name} of {source_id}, {contract_name}"


def _between(
    name: str, source_id: str, contract_name: str, low: float | None, high: float | None
) -> ExpectColumnValuesToBeBetween:
    column = _column(name, source_id, contract_name)
    return ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high)
