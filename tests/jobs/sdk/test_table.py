"""Tables keep to their contracts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from deltalake import DeltaTable
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from jobs.sdk.errors import TableError
from jobs.sdk.settings import LakeSettings
from jobs.sdk.struct import struct_of
from jobs.sdk.table import Lake, Transaction
from schemas.contract import load
from tests.jobs.stored import commits, stored_rows

pytestmark = pytest.mark.integration

TABLE = load("silver.trip_delay")
NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def frame(lake: Lake, *rows: dict[str, Any]) -> DataFrame:
    whole = [{"feed_at": NOON, "collected_at": NOON, "row_digest": "d", **row} for row in rows]
    return lake.session.createDataFrame(
        [tuple(row.get(name) for name in TABLE.column_names) for row in whole], struct_of(TABLE)
    )


def test_a_table_is_made_from_its_contract_without_deletion_vectors(lake: Lake, settings: LakeSettings) -> None:
    lake.create(TABLE)
    made = DeltaTable(settings.table_path(TABLE.name))
    assert made.metadata().configuration["delta.enableDeletionVectors"] == "false"
    assert tuple(field.name for field in made.schema().fields) == TABLE.column_names
    assert made.schema().fields[0].metadata["comment"] == TABLE.columns[0].label.en
    assert made.metadata().description == TABLE.description.en


def test_a_table_made_by_its_first_rows_is_the_same_table(lake: Lake, settings: LakeSettings) -> None:
    lake.append(frame(lake, {"trip_delay_id": "a"}), TABLE, Transaction("one", 0))
    made, first = DeltaTable(settings.table_path(TABLE.name)), load("silver.unit_status")
    lake.create(first)
    bare = DeltaTable(settings.table_path(first.name))
    assert made.version() == 0
    assert made.metadata().description == TABLE.description.en
    assert made.metadata().configuration == bare.metadata().configuration
    assert made.protocol() == bare.protocol()
    assert [field.metadata["comment"] for field in made.schema().fields] == [c.label.en for c in TABLE.columns]


def test_a_table_that_is_not_there_reads_as_empty(lake: Lake) -> None:
    assert lake.read(TABLE.name).columns == list(TABLE.column_names)
    assert lake.row_count(TABLE.name) == 0
    assert lake.version(TABLE.name) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: x.drop("trip_id"), "column trip_id is missing"),
        (lambda x: x.withColumn("extra", f.lit(1)), "column extra is unknown"),
        (lambda x: x.withColumn("stop_sequence", f.lit("1")), "stop_sequence is string, expected bigint"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(lake: Lake, change: Any, message: str) -> None:
    with pytest.raises(TableError, match=message):
        lake.append(change(frame(lake, {"trip_delay_id": "a"})), TABLE)


def test_merging_keeps_the_newest_version_and_twice_is_once(lake: Lake, settings: LakeSettings) -> None:
    later = datetime(2024, 6, 1, 13, tzinfo=UTC)
    lake.merge(frame(lake, {"trip_delay_id": "a", "stop_id": "new", "feed_at": later}), TABLE)
    lake.merge(frame(lake, {"trip_delay_id": "a", "stop_id": "old"}, {"trip_delay_id": "b"}), TABLE)
    lake.merge(frame(lake, {"trip_delay_id": "a", "stop_id": "old"}, {"trip_delay_id": "b"}), TABLE)
    rows = stored_rows(settings, TABLE.name)
    assert {row["trip_delay_id"]: row["stop_id"] for row in rows} == {"a": "new", "b": None}
    assert len(rows) == 2


def test_a_transaction_is_written_once_and_a_new_stream_writes_again(lake: Lake, settings: LakeSettings) -> None:
    row = frame(lake, {"trip_delay_id": "a"})
    for application in ("one", "one", "two"):
        lake.append(row, TABLE, Transaction(application, 0))
    assert len(stored_rows(settings, TABLE.name)) == 2
    assert lake.version(TABLE.name) == commits(settings, TABLE.name)


def test_replacing_keeps_labels_and_a_window_leaves_the_rest(lake: Lake, settings: LakeSettings) -> None:
    lake.replace(frame(lake, {"trip_delay_id": "a", "stop_id": "x"}, {"trip_delay_id": "b", "stop_id": "y"}), TABLE)
    lake.replace(frame(lake, {"trip_delay_id": "c", "stop_id": "x"}), TABLE, where="stop_id = 'x'")
    assert {row["trip_delay_id"] for row in stored_rows(settings, TABLE.name)} == {"b", "c"}
    lake.replace(frame(lake, {"trip_delay_id": "d"}), TABLE)
    assert [row["trip_delay_id"] for row in stored_rows(settings, TABLE.name)] == ["d"]
    made = DeltaTable(settings.table_path(TABLE.name))
    assert made.schema().fields[0].metadata["comment"] == TABLE.columns[0].label.en
    assert commits(settings, TABLE.name) == 2
