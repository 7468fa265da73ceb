"""One batch of bronze records on its way to silver: judged, counted, written, in an order a crash cannot spoil."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.sdk.accounting import Account, Counts, batch_rows, total
from jobs.sdk.entity import ARRIVAL, BRONZE_COLUMNS, Geography, Told, tell, write
from jobs.sdk.filled import BRONZE, filled_by
from jobs.sdk.rejected import TABLE as REJECTED_ROW
from jobs.sdk.rejected import Rejected, edge_rejections, new_rejections, unknown_contract_rejections
from jobs.sdk.session import TABLES_AT_ONCE
from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake, Transaction
from schemas.city import CityProfile
from schemas.contract import TableContract, load

BATCH_COUNT = "quality.batch_count"


class ConformBatch:
    """Brings one batch into silver.

    Order of writes: the accounts first, taken against the tables as they were, then the rows. A batch that is run
    again after a crash keeps the accounts it already told, and writing its rows a second time changes nothing.

    Args:
        lake: tables to read and write.
        city: profile of the lake's city.
        geography: what rows are placed by.
        query_id: identity of the stream; a new checkpoint has a new one.
        batch_id: number of the batch within the stream.
        received: the table the records come from.
    """

    def __init__(
        self,
        lake: Lake,
        city: CityProfile,
        geography: Geography,
        query_id: str,
        batch_id: int,
        received: str = BRONZE,
    ) -> None:
        self._lake = lake
        self._city = city
        self._geography = geography
        self._batch_id = batch_id
        self._filled = filled_by(received)
        self._transaction = Transaction(query_id, batch_id)

    def run(self, records: DataFrame) -> None:
        """Judge, count and write the records of the batch (rows of `bronze.record`).

        Raises:
            AccountingError: read = accepted + rejected + duplicates does not hold; nothing has been written.
        """
        records = records.select(*BRONZE_COLUMNS).persist()
        told: list[Told] = []
        try:
            read, outcomes = self._read_counts(records)
            if not read:
                return
            with ThreadPoolExecutor(TABLES_AT_ONCE) as pool:
                told = list(pool.map(partial(self._tell, records), self._contracts(outcomes)))
                refused = self._rejections(records, outcomes, told)
                self._account(read, total([*(one.counts for one in told), refused.counts]))
                writes = [pool.submit(write, one, self._lake, self._transaction) for one in told]
                if refused.new_count:
                    self._lake.append(refused.new_rows(), load(REJECTED_ROW), self._transaction)
                for done in writes:
                    done.result()
            refused.release()
        finally:
            for one in told:
                one.release()
            records.unpersist()

    def _read_counts(self, records: DataFrame) -> tuple[dict[Account, int], Counter[tuple[str, str]]]:
        sums = records.groupBy("source_id", "contract_name", "outcome_code").count().collect()
        read: Counter[Account] = Counter()
        outcomes: Counter[tuple[str, str]] = Counter()
        for source_id, contract_name, outcome, count in sums:
            read[source_id, contract_name] += count
            outcomes[outcome, contract_name] += count
        return read, outcomes

    def _contracts(self, outcomes: Counter[tuple[str, str]]) -> list[TableContract]:
        return [contract for contract in self._filled if ("accepted", contract.name) in outcomes]

    def _tell(self, records: DataFrame, contract: TableContract) -> Told:
        mine = records.where((f.col("outcome_code") == "accepted") & (f.col("contract_name") == contract.name))
        return tell(mine, contract, self._lake, self._city, self._geography)

    def _rejections(self, records: DataFrame, outcomes: Counter[tuple[str, str]], told: list[Told]) -> Rejected:
        """Gather what was refused; a contract all of whose records were accepted has no part in it."""
        parts = [one.rejected for one in told if one.accepted_count != outcomes["accepted", one.contract.name]]
        if any(outcome == "refused" for outcome, _ in outcomes):
            parts.append(edge_rejections(records.where("outcome_code = 'refused'"), ARRIVAL))
        known = {contract.name for contract in self._filled}
        if any(outcome == "accepted" and name not in known for outcome, name in outcomes):
            strange = (f.col("outcome_code") == "accepted") & ~f.col("contract_name").isin(*known)
            parts.append(unknown_contract_rejections(records.where(strange), ARRIVAL))
        return new_rejections(parts, self._lake, ARRIVAL)

    def _account(self, read: dict[Account, int], counts: dict[Account, Counts]) -> None:
        contract = load(BATCH_COUNT)
        if not self._lake.read(BATCH_COUNT).where(f.col("batch_id") == self._batch_id).isEmpty():
            return  # told by an attempt that was cut off later; counting again would count against its own rows
        rows = batch_rows(self._batch_id, read, counts)
        frame = self._lake.session.createDataFrame(rows, struct_of(contract))
        self._lake.append(frame.coalesce(1), contract, self._transaction)
