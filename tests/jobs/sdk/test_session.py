"""What every run's Spark application has in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from jobs.sdk.session import configuration
from jobs.sdk.struct import empty, struct_of
from schemas.contract import load

pytestmark = pytest.mark.integration


def test_workers_are_forks_of_a_daemon_that_has_imported_all(spark: SparkSession) -> None:
    def look(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import gc
        import sys

        list(batches)
        yield pa.RecordBatch.from_pydict(
            {"is_imported": ["analytics.spatial.zone_index" in sys.modules], "is_frozen": [gc.get_freeze_count() > 0]}
        )

    (row,) = spark.range(1, numPartitions=1).mapInArrow(look, "is_imported boolean, is_frozen boolean").collect()
    assert row.is_imported
    assert row.is_frozen


def test_a_join_with_an_empty_frame_is_no_join(spark: SparkSession) -> None:
    contract = load("quality.rejected_row")
    nothing = empty(spark, struct_of(contract))
    assert nothing.schema == struct_of(contract)
    joined = spark.createDataFrame([("a",)], "record_id string").join(nothing, "record_id", "left")
    plan = joined._jdf.queryExecution().optimizedPlan().toString()
    assert "Join" not in plan
    assert [(row.record_id, row.rule_code) for row in joined.collect()] == [("a", None)]


def test_a_cluster_finds_the_driver_and_the_number_of_its_parts_itself() -> None:
    local, cluster = configuration("local[2]"), configuration("spark://here:7077")
    ours = {f"spark.{name}" for name in ("driver.host", "sql.shuffle.partitions", "sql.adaptive.enabled")}
    assert ours <= local.keys()
    assert not ours & cluster.keys()
    assert cluster.items() < local.items()
