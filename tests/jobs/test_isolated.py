"""The isolated class from its topics to its erasure, apart from everything else, through a real broker."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from pyspark.sql import DataFrame, SparkSession

from connectors.sdk.broker import BrokerSettings, ensure_topics
from connectors.sdk.conformance import load_subject
from connectors.sdk.judge import outcomes
from jobs.ingest import ingest
from jobs.isolated import ALERT, ERASURE, HELD, RECORD, run_isolated, store_settings
from jobs.sdk.errors import ConfigurationError
from jobs.sdk.job import job
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.city import SourceSettings
from schemas.isolation import Authorisation
from tests.jobs.stored import stored_rows
from vigie import lake as query_side

pytestmark = pytest.mark.integration

NAME = "onvif_video_alerts"
COLLECTED = datetime(2026, 9, 20, 12, 0, tzinfo=UTC)
DECISION = Authorisation("13-1", "Prefect", date(2026, 9, 1), date(2026, 9, 30), retention_days=7)
ROOT = Path(__file__).resolve().parents[2]


class Broker(Protocol):
    @property
    def bootstrap_servers(self) -> str: ...


class Scene:
    """A town with an authorised source, its lake, its isolated store, and topics of its own."""

    def __init__(self, spark: SparkSession, settings: LakeSettings, address: str, city_id: str, root: Path) -> None:
        self.source = authorised_source(city_id)
        city = replace(settings.city, city_id=city_id, sources=(self.source,))
        self.open = replace(settings, city=city, kafka_bootstrap=address)
        self.settings = store_settings(self.open, str(root / "isolated"))
        self.spark, self.address = spark, address

    def publish(self, collected_at: datetime, *, decision: Authorisation = DECISION) -> int:
        """Send the fixture's alerts as the connector does; returns the number of messages."""
        subject = load_subject(NAME)
        city = replace(self.open.city, sources=(replace(self.source, authorisation=decision),))
        connector = type(subject.connector)(city.sources[0], city)
        ensure_topics(BrokerSettings(self.address), [NAME], prefix="isolated")
        producer = KafkaProducer(bootstrap_servers=self.address, acks="all")
        told = list(outcomes(connector, replace(subject.payload, collected_at=collected_at)))
        for message in (outcome.message for outcome in told):
            sent = producer.send(message.topic, value=message.value, key=message.key, headers=list(message.headers))
            sent.get(timeout=30)
        producer.close()
        return len(told)

    def run(self, now: datetime) -> None:
        run_isolated(Lake(self.spark, self.settings), self.settings, now=now)

    def count(self, table: str) -> int:
        return len(stored_rows(self.settings, table))


def authorised_source(city_id: str) -> SourceSettings:
    shipped = load_subject(NAME).connector.source
    return replace(shipped, source_id=f"urn:vigie:{city_id}:{NAME}", authorisation=DECISION)


@pytest.fixture
def scene(spark: SparkSession, settings: LakeSettings, broker: Broker, tmp_path: Path) -> Callable[[str], Scene]:
    """Make a town that no other test shares records with."""
    return lambda city_id: Scene(spark, settings, broker.bootstrap_servers, city_id, tmp_path)


def test_alerts_reach_their_store_and_nothing_else_and_are_erased_in_time(
    scene: Callable[[str], Scene], broker: Broker
) -> None:
    town = scene("isolatedtown")
    sent = town.publish(COLLECTED)
    town.run(COLLECTED + timedelta(hours=1))
    assert (town.count(RECORD), town.count(ALERT), town.count("quality.rejected_row")) == (sent, 8, sent - 8)
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    admin.create_topics({"urban.beside": {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    ingest(Lake(town.spark, town.open), town.open)
    # records of a foreign producer that another test left on the broker belong to whoever reads them
    mine = [row for row in stored_rows(town.open, "bronze.record") if not row["source_id"].endswith(":foreign")]
    assert mine == []
    shown = query_side.tables(town.open.lake_root)
    assert not any(name.startswith("isolated.") for name in shown)

    town.publish(COLLECTED)  # told again
    town.run(COLLECTED + timedelta(days=6))
    assert (town.count(RECORD), town.count(ALERT)) == (2 * sent, 8)
    town.run(COLLECTED + timedelta(days=8))  # past the source's own seven days
    assert [town.count(name) for name in HELD] == [0, 0, 0]
    files = [path for path in (Path(town.settings.lake_root) / "isolated").rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {"_delta_log"}  # the bytes are gone as well
    assert not any(b"onvif:" in path.read_bytes() for path in files)  # and the log never knew a value
    proofs = [row for row in stored_rows(town.settings, ERASURE) if row["erased_count"]]
    assert {row["erased_table"]: row["erased_count"] for row in proofs} == {
        RECORD: 2 * sent, ALERT: 8, "quality.rejected_row": sent - 8,
    }  # fmt: skip


def test_past_the_end_of_the_decision_nothing_is_taken_in(scene: Callable[[str], Scene]) -> None:
    town = scene("endedtown")
    longer = DECISION._replace(valid_to=date(2026, 12, 31))
    town.publish(COLLECTED)
    sent_late = town.publish(datetime(2026, 10, 5, 12, 0, tzinfo=UTC), decision=longer)  # another profile published
    assert sent_late
    town.run(datetime(2026, 10, 1, 12, 0, tzinfo=UTC))
    assert [town.count(name) for name in (RECORD, ALERT)] == [0, 0]
    town.run(datetime(2026, 9, 21, tzinfo=UTC))
    rows = stored_rows(town.settings, RECORD)
    assert rows
    assert {row["collected_at"].date() for row in rows} == {COLLECTED.date()}


def test_a_lake_refuses_the_isolated_class_and_its_store_refuses_all_others(
    spark: SparkSession, settings: LakeSettings, tmp_path: Path
) -> None:
    store = Lake(spark, store_settings(settings, str(tmp_path / "isolated")))
    for lake, name in ((Lake(spark, settings), ALERT), (store, "silver.incident_report"), (store, "reference.zone")):
        with pytest.raises(ConfigurationError, match="decree 2023-828"):
            lake.read(name)
        assert not lake.exists(name)
    with pytest.raises(ConfigurationError, match="not an isolated store"):
        run_isolated(Lake(spark, settings), settings)


def test_no_job_may_read_the_isolated_class() -> None:
    def joined(silver_incident_report: DataFrame, isolated_video_alert: DataFrame) -> DataFrame:
        return silver_incident_report.join(isolated_video_alert, "sensor_id")

    with pytest.raises(ConfigurationError, match="no job may join the isolated class"):
        job(output="gold.correlation")(joined)


def test_no_code_names_its_tables_but_its_own() -> None:
    named = re.compile(r"isolated[._](record|video_alert)")
    own = {"jobs/isolated.py", "jobs/sdk/table.py", "connectors/onvif_video_alerts.py"}
    found = {
        str(path.relative_to(ROOT))
        for folder in ("jobs", "analytics", "dashboards", "dags", "vigie", "infra", "notebooks", "connectors")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".yaml", ".sql") and named.search(path.read_text("utf-8"))
    }
    assert found == own
