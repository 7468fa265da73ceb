"""The lake of one city: the only calls to Delta.

Every write takes the table's lock, makes the table from its contract when it is not there, and refuses a frame whose
columns or types differ from the contract's.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from delta.tables import DeltaTable
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as f

from jobs.sdk.errors import ConfigurationError, TableError
from jobs.sdk.files import Files
from jobs.sdk.fitting import conformed, version_columns, version_of
from jobs.sdk.lock import table_lock
from jobs.sdk.settings import LakeSettings
from jobs.sdk.struct import empty, labelled, struct_of
from schemas.contract import TableContract, load
from schemas.isolation import is_isolated

PARTITIONS = dict.fromkeys(("bronze.record", "isolated.record"), ("source_id", "ingest_date"))

_COMMIT = re.compile(r"(\d{20})\.json")

_writers: dict[str, threading.RLock] = {}
_writers_guard = threading.Lock()


@dataclass(frozen=True)
class Transaction:
    """Names one write of one streaming batch, so that Delta skips it when the batch is run again."""

    app_id: str
    version: int


class Lake:
    """Tables of one city by contract name (`silver.incident_report`)."""

    def __init__(self, session: SparkSession, settings: LakeSettings) -> None:
        self.session = session
        self.settings = settings
        jvm = session.sparkContext._jvm
        self._jvm_pid = int(jvm.java.lang.ProcessHandle.current().pid()) if jvm is not None else None

    def path(self, name: str) -> str:
        """Return the address of a table.

        Raises:
            ConfigurationError: a table of the isolated class outside its store, or another one inside it.
        """
        if not self._may_hold(name):
            raise ConfigurationError(
                f"{name} and the lake {self.settings.lake_root} are of two classes: tables of the isolated class are "
                "never read or written beside others (decree 2023-828). Use `vigie run isolated` for them."
            )
        return self.settings.table_path(name)

    def _may_hold(self, name: str) -> bool:
        accounts = self.settings.is_isolated and name.startswith("quality.")
        return accounts or is_isolated(name) == self.settings.is_isolated

    def exists(self, name: str) -> bool:
        """Say whether the table has been made."""
        return self._may_hold(name) and DeltaTable.isDeltaTable(self.session, self.path(name))

    def read(self, name: str) -> DataFrame:
        """Return a table; one that has not been made yet reads as empty, with the columns of its contract."""
        path = self.path(name)
        if not self.exists(name):
            return empty(self.session, struct_of(load(name)))
        return self.session.read.format("delta").load(path)

    def published(self, name: str) -> DataFrame:
        """Return a table as it was last published; here, as it is."""
        return self.read(name)

    def version(self, name: str) -> int | None:
        """Return the number of the table's last commit, None when it has not been made."""
        if not self.exists(name):
            return None
        # One listing; the history would be a query with a plan of its own.
        names = Files(self.session).names(f"{self.path(name)}/_delta_log")
        return max((int(found[1]) for found in map(_COMMIT.fullmatch, names) if found), default=None)

    def row_count(self, name: str) -> int:
        """Return the number of rows of a table, 0 when it has not been made."""
        return self.read(name).count()

    @contextmanager
    def locked(self, *names: str) -> Iterator[None]:
        """Hold the writer's lock of several tables, always taken in the same order.

        Raises:
            TableLockedError: another process writes one of them.
        """
        with ExitStack() as stack:
            for name in sorted(set(names)):
                stack.enter_context(table_lock(self.settings.lock_root, name, self._jvm_pid))
            yield

    def create(self, contract: TableContract) -> None:
        """Make the table from its contract if it is not there: types, comments, partitions, no deletion vectors.

        A column that a newer contract adds is added to the stored table.

        Raises:
            TableError: the stored table has another type for a column of the contract, or a column too many.
        """
        with self._writing(contract.name):
            if self.exists(contract.name):
                self._fit(contract)
                return
            builder = DeltaTable.createIfNotExists(self.session).location(self.path(contract.name))
            builder = builder.addColumns(labelled(contract)).comment(contract.description.en)
            for key, value in self._properties().items():
                builder = builder.property(key, value)
            if contract.name in PARTITIONS:
                builder = builder.partitionedBy(*PARTITIONS[contract.name])
            builder.execute()

    def _properties(self) -> dict[str, str]:
        properties = {"delta.enableDeletionVectors": "false"}
        if self.settings.is_isolated:
            # Delta's log keeps the least and greatest value of each file, long after the file is erased.
            properties["delta.dataSkippingNumIndexedCols"] = "0"
        return properties

    def _create_with(self, rows: DataFrame, contract: TableContract, transaction: Transaction | None = None) -> None:
        """Make the table as `create` does, with its first rows in the same commit."""
        writer = rows.to(labelled(contract)).writeTo(f"delta.`{self.path(contract.name)}`").using("delta")
        for key, value in {"comment": contract.description.en, **self._properties()}.items():
            writer = writer.tableProperty(key, value)
        if contract.name in PARTITIONS:
            writer = writer.partitionedBy(*(f.col(name) for name in PARTITIONS[contract.name]))
        writer.options(**_named(transaction)).create()

    def append(self, frame: DataFrame, contract: TableContract, transaction: Transaction | None = None) -> None:
        """Add rows; with a transaction, adding the same batch twice adds it once.

        Raises:
            TableError: the frame does not fit the contract.
            TableLockedError: another process writes the table.
        """
        rows = conformed(frame, contract)
        with self._writing(contract.name):
            if not self.exists(contract.name):
                self._create_with(rows, contract, transaction)
                return
            self._fit(contract)
            writer = rows.write.format("delta").mode("append").options(**_named(transaction))
            writer.save(self.path(contract.name))

    def merge(self, frame: DataFrame, contract: TableContract) -> None:
        """Insert rows with a new key and update those whose version is newer; merging twice changes nothing more.

        The version is the contract's `version_by`, then `collected_at`, then `row_digest`; a table without those
        (a count, a check result) keeps the first row told under a key. The frame has one row per key.

        Raises:
            TableError: the frame does not fit the contract, or the contract has no key.
            TableLockedError: another process writes the table.
        """
        if not contract.key:
            raise TableError(f"{contract.path}: {contract.name} has no key, so rows cannot be merged. Add `key`.")
        rows = conformed(frame, contract)
        with self._writing(contract.name):
            self.create(contract)
            same = " AND ".join(f"t.`{column}` = s.`{column}`" for column in contract.key)
            merge = self._delta(contract.name).alias("t").merge(rows.alias("s"), same)
            order = version_columns(contract)
            if order:
                merge = merge.whenMatchedUpdateAll(condition=version_of("s", order) > version_of("t", order))
            merge.whenNotMatchedInsertAll().execute()

    def replace(self, frame: DataFrame, contract: TableContract, where: str | None = None) -> None:
        """Put the frame in the place of the whole table, or of the rows that meet the SQL condition `where`.

        Readers see the old rows until the new ones are complete.

        Raises:
            TableError: the frame does not fit the contract.
            TableLockedError: another process writes the table.
        """
        rows = conformed(frame, contract)
        with self._writing(contract.name):
            if where is None and not self.exists(contract.name):
                self._create_with(rows, contract)
                return
            writer = rows.write.format("delta").mode("overwrite")
            if where is not None:
                self.create(contract)
                writer = writer.option("replaceWhere", where)
            elif _types(self._delta(contract.name).toDF()) != _types(rows):
                writer = writer.option("overwriteSchema", "true")
            writer.save(self.path(contract.name))

    def compact(self, contract: TableContract) -> None:
        """Join the small files of a table."""
        with self._writing(contract.name):
            self._delta(contract.name).optimize().executeCompaction()

    def delete(self, contract: TableContract, condition: Column) -> int:
        """Delete the rows that meet the condition and return their number; `vacuum` then removes their bytes."""
        with self._writing(contract.name):
            before = self.version(contract.name)
            self._delta(contract.name).delete(condition)
            newest = self._delta(contract.name).history(1).select("operation", "operationMetrics", "version").first()
        if newest is None or newest[0] != "DELETE" or newest[2] == before:  # nothing deleted is no commit
            return 0
        return int(newest[1].get("numDeletedRows") or 0)

    def vacuum(self, contract: TableContract, keep_hours: float) -> None:
        """Remove the files that no version younger than `keep_hours` uses."""
        guard = "spark.databricks.delta.retentionDurationCheck.enabled"
        with self._writing(contract.name):
            self.session.conf.set(guard, "false")
            try:
                self._delta(contract.name).vacuum(keep_hours)
            finally:
                self.session.conf.unset(guard)

    def _delta(self, name: str) -> DeltaTable:
        return DeltaTable.forPath(self.session, self.path(name))

    @contextmanager
    def _writing(self, name: str) -> Iterator[None]:
        """Hold the table's lock among processes and, inside this one, among threads."""
        with _writers_guard:
            threads = _writers.setdefault(self.path(name), threading.RLock())
        with threads, self.locked(name):
            yield

    def _fit(self, contract: TableContract) -> None:
        stored = {field.name: field.dataType for field in self._delta(contract.name).toDF().schema}
        wanted = struct_of(contract)
        changed = [x.name for x in wanted if x.name in stored and stored[x.name] != x.dataType]
        surplus = sorted(stored.keys() - set(wanted.names))
        if changed or surplus:
            raise TableError(
                f"{self.path(contract.name)} holds {_listed(changed, 'another type of')} {_listed(surplus, 'column')}: "
                f"expected the columns of {contract.path}. Restore the contract, or rebuild the table "
                "(`vigie rebuild silver`)."
            )
        added = [x for x in wanted if x.name not in stored]
        if added:
            columns = ", ".join(f"`{x.name}` {x.dataType.simpleString()}" for x in added)
            self.session.sql(f"ALTER TABLE delta.`{self.path(contract.name)}` ADD COLUMNS ({columns})")


def _named(transaction: Transaction | None) -> dict[str, str]:
    """Return the options of a write that name it."""
    return {"txnAppId": transaction.app_id, "txnVersion": str(transaction.version)} if transaction else {}


def _listed(names: Sequence[str], what: str) -> str:
    return f"{what} {', '.join(names)}" if names else ""


def _types(frame: DataFrame) -> list[tuple[str, str]]:
    return [(field.name, field.dataType.simpleString()) for field in frame.schema]
