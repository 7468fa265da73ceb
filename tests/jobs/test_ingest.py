"""Topics to bronze, through a real broker."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pytest
from kafka import KafkaAdminClient, KafkaProducer
from pyspark.sql import SparkSession

from jobs.ingest import TABLE
from jobs.pipeline import run_layer
from jobs.sdk.errors import CheckpointError, ConfigurationError, DataLossError
from jobs.sdk.files import Files
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from tests.jobs.stored import stored_rows
from vigie.local.kafka import start_broker

pytestmark = pytest.mark.integration


class Broker(Protocol):
    @property
    def bootstrap_servers(self) -> str: ...


class Producer:
    """Publishes records as connectors do, and as others might."""

    def __init__(self, address: str, city_id: str) -> None:
        self.city_id = city_id
        self._kafka = KafkaProducer(bootstrap_servers=address, acks="all")
        self._admin = KafkaAdminClient(bootstrap_servers=address)

    def topic(self, name: str) -> None:
        if name not in self._admin.list_topics():
            self._admin.create_topics({name: {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)

    def envelope(self, connector: str, number: int, **headers: bytes) -> None:
        self.send(
            f"urban.{connector}",
            json.dumps({"row": {"report_id": f"town:{number}"}, "raw": f"line {number}"}).encode(),
            {**self.headers(connector, number), **headers},
            key=f"town:{number}".encode(),
        )

    def dead_letter(self, connector: str, number: int, value: bytes) -> None:
        violations = json.dumps([{"rule": "unreadable", "column": "", "value": "", "message": "m"}]).encode()
        self.send(
            f"dlq.urban.{connector}", value, {**self.headers(connector, number), "__dlq.errors.violations": violations}
        )

    def headers(self, connector: str, number: int) -> dict[str, bytes]:
        return {
            "ce_specversion": b"1.0",
            "ce_id": f"{connector}{number}".encode(),
            "ce_source": f"urn:vigie:{self.city_id}:{connector}".encode(),
            "ce_type": b"vigie.silver.incident_report",
            "ce_time": b"2024-06-01T12:00:00Z",
            "ce_dataschema": b"vigie:silver.incident_report@1.2.3",
            "ce_payloadid": b"p",
            "ce_elementindex": str(number).encode(),
            "ce_payloadurl": b"https://example.org/x",
        }

    def send(self, topic: str, value: bytes | None, headers: dict[str, bytes], key: bytes | None = None) -> None:
        self._kafka.send(topic, value=value, key=key, headers=list(headers.items())).get(timeout=30)

    def close(self) -> None:
        self._kafka.close()
        self._admin.close()


@pytest.fixture
def make_town(settings: LakeSettings, broker: Broker) -> Callable[[str], tuple[LakeSettings, Producer]]:
    """Settings of a city that no other test of the run shares topics with."""

    def make(city_id: str) -> tuple[LakeSettings, Producer]:
        city = replace(settings.city, city_id=city_id)
        return replace(settings, city=city, kafka_bootstrap=broker.bootstrap_servers), Producer(
            broker.bootstrap_servers, city_id
        )

    return make


Make = Callable[[str], tuple[LakeSettings, Producer]]


def records(settings: LakeSettings, connector: str) -> list[dict[str, Any]]:
    return [row for row in stored_rows(settings, TABLE) if row["source_id"].endswith(f":{connector}")]


def test_every_record_lands_once_with_its_headers_read(spark: SparkSession, make_town: Make) -> None:
    settings, producer = make_town("ingesttown")
    for topic in ("urban.kept", "dlq.urban.kept"):
        producer.topic(topic)
    for number in range(20):
        producer.envelope("kept", number)
    producer.dead_letter("kept", 100, b"\xff\xfe broken \x00 bytes")
    run_layer(spark, settings, "ingest")
    producer.envelope("kept", 21)
    run_layer(spark, settings, "ingest")
    run_layer(spark, settings, "ingest")
    rows = records(settings, "kept")
    assert len(rows) == 22 == len({row["record_id"] for row in rows})
    accepted = next(row for row in rows if row["record_id"] == "kept7")
    assert accepted["source_id"] == "urn:vigie:ingesttown:kept"
    assert (accepted["contract_name"], accepted["contract_version"]) == ("silver.incident_report", "1.2.3")
    assert (accepted["outcome_code"], accepted["raw"], accepted["element_index"]) == ("accepted", "line 7", 7)
    assert json.loads(accepted["row_json"]) == {"report_id": "town:7"}
    assert accepted["ingest_date"] == accepted["kafka_at"].date()
    refused = next(row for row in rows if row["outcome_code"] == "refused")
    assert "broken" in refused["raw"]
    assert json.loads(refused["violations_json"])[0]["rule"] == "unreadable"
    found = duckdb.connect()
    found.execute(f"LOAD '{delta_extension()}'")
    counted = found.execute(
        f"select count(*) from delta_scan('{settings.table_path(TABLE)}') where source_id like '%:kept'"
    ).fetchone()
    assert counted == (22,)


def delta_extension() -> Path:
    import duckdb_extension_delta

    root = Path(duckdb_extension_delta.__path__[0])
    return next(root.rglob("delta.duckdb_extension"))


def test_foreign_records_are_kept_as_refused_and_never_stop_the_stream(spark: SparkSession, make_town: Make) -> None:
    settings, producer = make_town("foreigntown")
    producer.topic("urban.foreign")
    producer.send("urban.foreign", b"hello", {})
    producer.send("urban.foreign", None, {}, key=b"k")
    producer.send("urban.foreign", b"\xc3\x28", {"ce_id": b"\xff"})
    producer.send("urban.foreign", b"[" * 5_000, producer.headers("foreign", 1))
    producer.send("urban.foreign", b'{"row": [1], "raw": "x"}', producer.headers("foreign", 2))
    producer.envelope("foreign", 3)
    producer.envelope("foreign", 4, ce_source=b"urn:vigie:another_city:foreign")
    run_layer(spark, settings, "ingest")
    rows = records(settings, "foreign")
    refused = [row for row in rows if row["outcome_code"] == "refused"]
    assert len(refused) == 5
    assert [row["record_id"] for row in rows if row["outcome_code"] == "accepted"] == ["foreign3"]
    for row in refused:
        assert json.loads(row["violations_json"])[0]["rule"] == "shape"
        assert (row["source_id"], row["contract_name"]) == ("urn:vigie:foreigntown:foreign", TABLE)
        assert row["row_json"] is None
    run_layer(spark, settings, "silver")
    kept = stored_rows(settings, "quality.rejected_row")
    shapes = [row for row in kept if row["source_id"].endswith(":foreign") and row["rule_code"] == "shape"]
    assert len(shapes) == 5


def test_a_continuous_run_sees_new_topics_and_stops_cleanly(spark: SparkSession, make_town: Make) -> None:
    settings, producer = make_town("livetown")
    settings = replace(settings, topic_refresh_seconds=1)
    producer.topic("urban.live_first")
    producer.envelope("live_first", 1)
    stop, seen = threading.Event(), threading.Event()

    def progress(_name: str, _rows: int) -> None:
        if records(settings, "live_second"):
            seen.set()
        elif records(settings, "live_first"):
            producer.topic("urban.live_second")
            producer.envelope("live_second", len(records(settings, "live_second")) + 1)

    reports: list[Any] = []
    run = threading.Thread(
        target=lambda: reports.append(
            run_layer(spark, settings, "ingest", continuous=True, progress=progress, stop=stop)
        )
    )
    run.start()
    try:
        assert seen.wait(120)
    finally:
        stop.set()
        run.join(90)
    assert not run.is_alive()
    assert reports[0].layer == "ingest"
    assert not spark.streams.active


def test_a_lost_checkpoint_is_refused_rather_than_read_from_zero(spark: SparkSession, make_town: Make) -> None:
    settings, producer = make_town("forgetfultown")
    producer.topic("urban.forgetful")
    producer.envelope("forgetful", 1)
    run_layer(spark, settings, "ingest")
    Files(spark).remove(settings.checkpoint_path("ingest"))
    with pytest.raises(CheckpointError, match=r"bronze\.record has rows but the checkpoint"):
        run_layer(spark, settings, "ingest")


def test_records_that_kafka_dropped_unread_are_told_and_not_skipped(spark: SparkSession, make_town: Make) -> None:
    settings, producer = make_town("lossytown")
    producer.topic("urban.lossy")
    for number in range(5):
        producer.envelope("lossy", number)
    run_layer(spark, settings, "ingest")
    producer._admin.delete_topics(["urban.lossy"])
    with pytest.raises(DataLossError, match="no longer holds records"):
        run_layer(spark, settings, "ingest")
    assert len(records(settings, "lossy")) == 5
    Lake(spark, settings)


def test_a_broker_without_topics_and_no_broker_are_told_in_one_line(
    spark: SparkSession, settings: LakeSettings, tmp_path: Path, repository: Path
) -> None:
    empty = start_broker(tmp_path / "kafka", jars_dir=repository / ".vigie" / "jars" / "kafka")
    here = replace(settings, kafka_bootstrap=empty.bootstrap_servers)
    try:
        with pytest.raises(ConfigurationError, match=r"no topic urban\.\* yet.*vigie connectors run"):
            run_layer(spark, here, "ingest")
    finally:
        empty.stop()
    with pytest.raises(ConfigurationError, match="no Kafka broker answers"):
        run_layer(spark, here, "ingest")
    with pytest.raises(ConfigurationError, match="no broker address"):
        run_layer(spark, settings, "ingest")
