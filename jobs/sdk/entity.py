"""One entity in one batch: parse, judge, place, order by version, count, write. Generic from the contract."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.core.broadcast import Broadcast
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as f

from analytics.geocoding import Gazetteer
from jobs.sdk.accounting import Account, Counts
from jobs.sdk.category import categorised, category_map
from jobs.sdk.enforce import VIOLATIONS, enforce
from jobs.sdk.fitting import version_columns, version_of
from jobs.sdk.geocoding import METHOD, geocoded
from jobs.sdk.local_time import local_date
from jobs.sdk.rejected import silver_rejections
from jobs.sdk.spatial import Zones, located
from jobs.sdk.table import Lake, Transaction
from schemas.city import CityProfile
from schemas.contract import TableContract

ARRIVAL = ("kafka_at", "topic", "partition", "offset")
"""Order in which records arrived; all records of one key are in one partition, so the offset decides."""
BRONZE_COLUMNS = (
    "record_id",
    "source_id",
    "contract_name",
    "outcome_code",
    "row_json",
    "raw",
    "violations_json",
    "payload_url",
    "collected_at",
    *ARRIVAL,
)
DIGEST_LENGTH = 16


@dataclass(frozen=True)
class Told:
    """What one batch says about one entity, before anything is written.

    Attributes:
        contract: of the entity.
        rows: accepted rows with `is_latest`, `known_version` and `version`; persisted.
        rejected: refused rows as rows of `quality.rejected_row`, in the order of arrival.
        counts: accepted, duplicate and updated rows per account, against the table as it was.
        new_rows: rows that the table does not have.
        changed_rows: rows that replace an older version.
    """

    contract: TableContract
    rows: DataFrame
    rejected: DataFrame
    counts: dict[Account, Counts]
    new_rows: int
    changed_rows: int
    cached: tuple[DataFrame, ...]

    @property
    def accepted_count(self) -> int:
        """Rows that were not refused, new or told again."""
        return sum(one.accepted + one.duplicates for one in self.counts.values())

    def release(self) -> None:
        """Free the memory of the persisted frames."""
        for frame in self.cached:
            frame.unpersist()


@dataclass(frozen=True)
class Geography:
    """What every row is placed by: the city's zones, and its gazetteer where it has one."""

    zones: Broadcast[Zones]
    gazetteer: Broadcast[Gazetteer] | None = None


def tell(records: DataFrame, contract: TableContract, lake: Lake, city: CityProfile, geography: Geography) -> Told:
    """Judge the accepted records of one contract (`BRONZE_COLUMNS`) and set them against the table as it is."""
    prepared = _prepared(records, contract, city, geography).persist()
    accepted = prepared.where(f.size(VIOLATIONS) == 0)
    rows = _ordered(accepted, contract, lake).persist()
    is_new = f.col("is_latest") & f.col("known_version").isNull()
    is_changed = f.col("is_latest") & (f.col("version") > f.col("known_version"))
    sums = (
        rows.groupBy("source_id")
        .agg(
            f.count_if("is_first"),
            f.count_if(~f.col("is_first")),
            f.count_if("is_updated"),
            f.count_if(is_new),
            f.count_if(is_changed),
        )
        .collect()
    )
    counts = {(row[0], contract.name): Counts(accepted=row[1], duplicates=row[2], updated=row[3]) for row in sums}
    return Told(
        contract,
        rows,
        silver_rejections(prepared.where(f.size(VIOLATIONS) > 0), ARRIVAL),
        counts,
        sum(row[4] for row in sums),
        sum(row[5] for row in sums),
        (prepared, rows),
    )


def write(told: Told, lake: Lake, transaction: Transaction) -> None:
    """Bring the latest version of every key into the table; doing it twice changes nothing.

    Rows that only add keys are appended under the batch's transaction; as soon as one key is known, the whole is
    merged on key and version.
    """
    wanted = f.col("is_latest") & (f.col("known_version").isNull() | (f.col("version") > f.col("known_version")))
    rows = told.rows.where(wanted).select(*told.contract.column_names)
    if told.changed_rows:
        lake.merge(rows, told.contract)
    elif told.new_rows:
        lake.append(rows.coalesce(1), told.contract, transaction)


def _prepared(records: DataFrame, contract: TableContract, city: CityProfile, geography: Geography) -> DataFrame:
    """Give every row its typed columns, its violations and the columns that the platform fills."""
    frame = enforce(records.drop("contract_name", "outcome_code", "violations_json"), contract, city.bounds)
    is_refused = f.size(VIOLATIONS) > 0
    source_values = f.to_json(f.struct(*(column.name for column in contract.source_columns)))
    frame = frame.withColumns(
        {
            "contract_name": f.lit(contract.name),
            "raw": f.when(is_refused, f.col("raw")),
            "row_json": f.when(is_refused, f.col("row_json")),
            "row_digest": f.substring(f.sha2(source_values, 256), 1, DIGEST_LENGTH),
            **_local_dates(contract, city.time_zone),
        }
    )
    names = contract.column_names
    if "category_code" in names:
        frame = categorised(frame, category_map(records.sparkSession, city), _day_of(contract))
    if METHOD in names:
        frame = geocoded(frame, geography.gazetteer)
    if "zone_id" in names:
        frame = located(frame, geography.zones)
    return frame


def _local_dates(contract: TableContract, time_zone: str) -> dict[str, Column]:
    """Derive every platform column `<what>_date` from the source column `<what>_at`."""
    sources = {column.name for column in contract.source_columns}
    pairs = ((c.name, c.name.removesuffix("_date") + "_at") for c in contract.platform_columns)
    return {name: local_date(f.col(instant), time_zone) for name, instant in pairs if instant in sources}


def _day_of(contract: TableContract) -> str:
    return next(iter(_local_dates(contract, "UTC")))


def _ordered(accepted: DataFrame, contract: TableContract, lake: Lake) -> DataFrame:
    """Set each row against the rows of its key that came before, in this batch and in the table."""
    order = version_columns(contract)
    known = lake.read(contract.name).select(
        *(f.col(name).alias(f"known_{name}") for name in contract.key), version_of("", order).alias("known_version")
    )
    same = [f.col(name) == f.col(f"known_{name}") for name in contract.key]
    rows = accepted.withColumn("version", version_of("", order)).join(known, same, "left")
    by_key = Window.partitionBy(*contract.key)
    arrived = by_key.orderBy(*ARRIVAL)
    earlier = f.max("version").over(arrived.rowsBetween(Window.unboundedPreceding, -1))
    rows = rows.withColumns(
        {
            "arrival_number": f.row_number().over(arrived),
            "before": f.greatest(earlier, f.col("known_version")),
            "is_latest": f.row_number().over(by_key.orderBy(f.desc("version"), *ARRIVAL)) == 1,
        }
    )
    is_first = (f.col("arrival_number") == 1) & f.col("known_version").isNull()
    is_newer = (f.col("version") > f.col("before")) & (f.col("row_digest") != f.col("before.row_digest"))
    return rows.select(
        *contract.column_names,
        "version",
        "known_version",
        "is_latest",
        is_first.alias("is_first"),
        (~is_first & f.coalesce(is_newer, f.lit(False))).alias("is_updated"),
    )
