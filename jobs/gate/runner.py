"""Runs the gate over silver, records every check, and says whether gold may be published."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as f

from jobs.gate.accounts import BATCH_COUNT, account, account_checks, in_one_row
from jobs.gate.expectations import checks_of
from jobs.gate.report import CheckFailure, CheckResult, GateFailed, GateReport
from jobs.gate.validation import Batch, Judge
from jobs.sdk.filled import filled_by_bronze
from jobs.sdk.session import TABLES_AT_ONCE
from jobs.sdk.settings import LakeSettings
from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake
from schemas.contract import TableContract, load

CHECK_RESULT = "quality.check_result"
ZONE = "reference.zone"
SILVER = "silver"


def run_gate(session: SparkSession, settings: LakeSettings, *, raise_on_failure: bool = True) -> GateReport:
    """Judge silver as it stands, record the checks in `quality.check_result` and build the Data Docs.

    Raises:
        GateFailed: a blocking check failed; the message says which rule, which source and what to do. The same
            report is returned instead when `raise_on_failure` is False.
        TableLockedError: another process writes `quality.check_result`.
    """
    lake = Lake(session, settings)
    versions = judged_versions(lake)
    with _silver_batches(lake, settings) as batches:
        report = judge_and_record(lake, settings, SILVER, versions, batches)
    if raise_on_failure and not report.ok:
        raise GateFailed(report)
    return report


def require_passed(session: SparkSession, settings: LakeSettings) -> str:
    """Make sure the gate passed silver as it stands now; judge it when nobody has.

    Returns:
        The digest of the versions that passed, as in the run's name.

    Raises:
        GateFailed: the gate refused, now or in its last run over the same silver.
    """
    lake = Lake(session, settings)
    versions = judged_versions(lake)
    prefix = f"{SILVER}-{versions}-"
    known = lake.read(CHECK_RESULT).where(f.col("run_id").startswith(prefix))
    newest = known.agg(f.max("run_id")).first()
    if newest is None or newest[0] is None:
        run_gate(session, settings)
        return versions
    run = known.where(f.col("run_id") == newest[0]).collect()
    failed = [row for row in run if not row.is_success]
    if any(row.is_blocking for row in failed):
        failures = tuple(_failure_of(row) for row in failed if row.is_blocking)
        raise GateFailed(
            GateReport(
                ok=False,
                failures=failures,
                warnings=tuple(_failure_of(row) for row in failed if not row.is_blocking),
                run_id=newest[0],
                layer=SILVER,
                checked_at=run[0].checked_at.replace(tzinfo=UTC),
                check_count=len(run),
                data_docs=data_docs_folder(settings, SILVER),
            )
        )
    return versions


def judge_and_record(
    lake: Lake, settings: LakeSettings, layer: str, versions: str, batches: Sequence[Batch]
) -> GateReport:
    """Judge the batches of one layer, append the results to `quality.check_result`, build the Data Docs."""
    checked_at = datetime.now(UTC)
    run_id = f"{layer}-{versions}-{checked_at:%Y%m%dT%H%M%S.%fZ}"
    judge = Judge(data_docs_folder(settings, layer))
    results = [result for batch in batches for result in judge.judge(batch)]
    _record(lake, run_id, checked_at, results)
    judge.build_data_docs()
    failed = [result for result in results if not result.is_success]
    failures = tuple(result.failure() for result in failed if result.is_blocking)
    return GateReport(
        ok=not failures,
        failures=failures,
        warnings=tuple(result.failure() for result in failed if not result.is_blocking),
        run_id=run_id,
        layer=layer,
        checked_at=checked_at,
        check_count=len(results),
        data_docs=judge.data_docs,
    )


def data_docs_folder(settings: LakeSettings, layer: str) -> Path:
    """Folder of the pages of one layer's last gate."""
    return settings.lock_root.parent.parent / "data_docs" / settings.city.city_id / layer


def judged_versions(lake: Lake) -> str:
    """Digest of the versions of every table the gate judges: another one means the verdict is out of date."""
    tables = [ZONE, BATCH_COUNT, *(contract.name for contract in filled_by_bronze())]
    text = "|".join(f"{name}@{lake.version(name)}" for name in tables)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@contextmanager
def _silver_batches(lake: Lake, settings: LakeSettings) -> Iterator[list[Batch]]:
    """Prepare one batch per silver table the sources fill, the zones, and the accounts of the sources."""
    batch_count = lake.read(BATCH_COUNT)
    filled = {row[0] for row in batch_count.where("accepted_count > 0").select("contract_name").distinct().collect()}
    contracts = [c for c in filled_by_bronze() if c.name in filled or (lake.exists(c.name) and _has_rows(lake, c.name))]
    frames = {c.name: _judged_columns(lake.read(c.name), c).persist() for c in [load(ZONE), *contracts]}
    zones = [row[0] for row in frames[ZONE].select("zone_id").collect()]
    references = {f"{ZONE}.zone_id": zones}
    try:
        with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
            found = list(pool.map(_rows_per_source, (frames[contract.name] for contract in contracts)))
        row_counts = {
            (row[0], contract.name): row[1] for contract, rows in zip(contracts, found, strict=True) for row in rows
        }
        accounts = account(batch_count, row_counts, settings.city)
        batches = [Batch(BATCH_COUNT, in_one_row(accounts), account_checks(accounts, settings.city))]
        batches += [
            Batch(name, frame, checks_of(load(name), references, min_rows=max(1, load(name).gate.min_rows)))
            for name, frame in frames.items()
        ]
        yield batches
    finally:
        for frame in frames.values():
            frame.unpersist()


def _rows_per_source(frame: DataFrame) -> list[Row]:
    return frame.groupBy("source_id").count().collect()


def _has_rows(lake: Lake, name: str) -> bool:
    return not lake.read(name).isEmpty()


def _judged_columns(frame: DataFrame, contract: TableContract) -> DataFrame:
    """Keep the columns a check looks at; the others need not be read."""
    gate = contract.gate
    wanted = {*contract.key, *gate.completeness, *gate.references, *gate.ranges, "source_id"}
    wanted |= {name for pair in gate.order for name in pair}
    wanted |= {column.name for column in contract.columns if column.required or column.codes}
    return frame.select(*(name for name in contract.column_names if name in wanted))


def _record(lake: Lake, run_id: str, checked_at: datetime, results: Sequence[CheckResult]) -> None:
    contract = load(CHECK_RESULT)
    rows = [
        {
            "check_id": result.check_id(run_id),
            "run_id": run_id,
            "checked_at": checked_at,
            "table_name": result.table,
            "rule_code": result.rule,
            "column_name": result.column or None,
            "source_id": result.source_id or None,
            "is_success": result.is_success,
            "is_blocking": result.is_blocking,
            "observed_value": result.observed or None,
            "expected_value": result.expected,
            "message": "" if result.is_success else str(result.failure()),
            "fix": result.fix,
        }
        for result in results
    ]
    tuples = [tuple(row[name] for name in contract.column_names) for row in rows]
    lake.append(lake.session.createDataFrame(tuples, struct_of(contract)), contract)


def _failure_of(row: object) -> CheckFailure:
    values = row.asDict()  # type: ignore[attr-defined]
    return CheckFailure(
        rule=values["rule_code"],
        table=values["table_name"],
        column=values["column_name"] or "",
        source_id=values["source_id"] or "",
        observed=values["observed_value"] or "",
        expected=values["expected_value"] or "",
        fix=values["fix"] or "",
    )
