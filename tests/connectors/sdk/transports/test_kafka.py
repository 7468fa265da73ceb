"""A Kafka topic as a source, and the Kafka sink that acknowledgements wait for: a real broker on both sides."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

from connectors.sdk.broker import BrokerSettings, ensure_topics
from connectors.sdk.envelope import header
from connectors.sdk.errors import BadSetting, SourceMissing, SourceUnavailable
from connectors.sdk.http import HttpPoller
from connectors.sdk.runner import payloads, run_once
from connectors.sdk.sink import KafkaSink
from tests.connectors.sdk.transports.conftest import Reader, keys, report, rules
from vigie.local.kafka import Broker, start_broker

pytestmark = pytest.mark.integration


@pytest.fixture
def topic(broker: Broker) -> str:
    return make_topic(broker)


def make_topic(broker: Broker) -> str:
    name = f"city.{uuid4().hex}"
    admin = KafkaAdminClient(bootstrap_servers=broker.bootstrap_servers)
    admin.create_topics({name: {"num_partitions": 1, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    return name


def publish(broker: Broker, topic: str, contents: Sequence[bytes | None], **more: Any) -> None:
    producer = KafkaProducer(bootstrap_servers=broker.bootstrap_servers)
    for content in contents:
        producer.send(topic, value=content, **more)
    producer.flush()
    producer.close()


def chosen(broker: Broker, topic: str) -> dict[str, object]:
    return {"url": f"kafka://{broker.bootstrap_servers}/{topic}", "group": f"group-{topic}"}


def test_a_topic_is_read_to_its_end_and_read_on_later(reader: Reader, broker: Broker, topic: str) -> None:
    publish(broker, topic, [report(1), report(2)])
    assert reader.read(**chosen(broker, topic)).accepted == 2
    publish(broker, topic, [report(3)])
    assert reader.read(**chosen(broker, topic)).accepted == 1
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2", "good:3"]
    assert reader.offsets.load("conftest") == {}


def test_key_and_headers_are_kept_beside_the_payload(reader: Reader, broker: Broker, topic: str) -> None:
    publish(broker, topic, [report(1)], key=b"k1", headers=[("content-type", b"application/json"), ("ce_id", b"7")])
    connector = reader.connector(**chosen(broker, topic))
    (payload,) = payloads(connector, {}, HttpPoller())
    assert payload.content_type == "application/json"
    assert payload.metadata["key"] == "k1"
    assert payload.metadata["header.ce_id"] == "7"
    assert (payload.metadata["partition"], payload.metadata["offset"]) == ("0", "0")
    assert payload.url == f"kafka://{broker.bootstrap_servers}/{topic}"


def test_positions_follow_only_what_is_safe(reader: Reader, broker: Broker, topic: str) -> None:
    publish(broker, topic, [report(number) for number in range(5)])
    reader.sink.fails_at = 1
    with pytest.raises(ConnectionError):
        reader.read(**chosen(broker, topic))
    assert reader.read(**chosen(broker, topic)).accepted == 5
    assert keys(reader.sink.acknowledged) == [f"good:{number}" for number in range(5)]


def test_poison_and_deletions_are_refused_once_and_stop_nothing(reader: Reader, broker: Broker, topic: str) -> None:
    publish(broker, topic, [report(1), b"{", None, report(2)], key=b"k")
    account = reader.read(**chosen(broker, topic))
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert rules(reader.sink.acknowledged) == ["unreadable", "unreadable"]
    assert (account.payloads, account.read, account.rejected) == (4, 4, 2)


def test_a_thousand_messages_go_from_topic_to_topic_in_order(
    reader: Reader, broker: Broker, topic: str, tmp_path: Path
) -> None:
    publish(broker, topic, [report(number) for number in range(1000)])
    settings = BrokerSettings(broker.bootstrap_servers)
    ensure_topics(settings, ["conftest"], partitions=1)
    marks = [f"good:{number}" for number in range(1000)]
    with KafkaSink(settings, tmp_path / "spool") as sink:
        account = run_once(reader.connector(**chosen(broker, topic)), sink, reader.offsets)
    assert (account.payloads, account.accepted) == (1000, 1000)
    consumer = KafkaConsumer(
        "urban.conftest",
        bootstrap_servers=broker.bootstrap_servers,
        auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
    )
    told = [record for record in consumer if json.loads(record.value)["row"]["report_id"] in set(marks)]
    consumer.close()
    assert sorted({record.key.decode() for record in told}) == sorted(marks)
    by_partition: dict[int, list[int]] = {}
    for record in told:
        by_partition.setdefault(record.partition, []).append(int(record.key.decode().split(":")[1]))
    assert all(numbers == sorted(numbers) for numbers in by_partition.values())


def test_while_the_platforms_broker_is_away_messages_are_spooled_and_acknowledged(
    reader: Reader, broker: Broker, topic: str, tmp_path: Path
) -> None:
    publish(broker, topic, [report(number) for number in range(10)])
    away = BrokerSettings("127.0.0.1:9", patience_seconds=1, retry_seconds=0.1)
    with KafkaSink(away, tmp_path / "spool") as sink:
        account = run_once(reader.connector(**chosen(broker, topic)), sink, reader.offsets)
        assert (account.accepted, account.waiting) == (10, 10)
    assert run_once(reader.connector(**chosen(broker, topic)), reader.sink, reader.offsets).read == 0


def test_a_restart_of_the_broker_loses_nothing_and_doubles_no_key(
    reader: Reader, tmp_path: Path, repository: Path
) -> None:
    jars = repository / ".vigie" / "jars" / "kafka"
    server = start_broker(tmp_path / "own", jars_dir=jars)
    try:
        name = make_topic(server)
        publish(server, name, [report(number) for number in range(10)])
        assert reader.read(**chosen(server, name)).accepted == 10
        server.stop()
        with pytest.raises(SourceUnavailable, match="does not answer"):
            reader.read(**chosen(server, name), attempts=1)
        server = start_broker(tmp_path / "own", jars_dir=jars)
        publish(server, name, [report(number) for number in range(10, 20)])
        # a broker that has just started may ask the group to join anew before it takes the position
        assert reader.read(**chosen(server, name)).accepted >= 10
    finally:
        server.stop()
    told = reader.sink.acknowledged
    assert list(dict.fromkeys(keys(told))) == [f"good:{number}" for number in range(20)]
    assert len({header(message.headers, "ce_id") for message in told}) == 20


def test_what_cannot_work_says_what_to_do(reader: Reader, broker: Broker) -> None:
    with pytest.raises(SourceMissing, match="has no topic 'absent'"):
        reader.read(url=f"kafka://{broker.bootstrap_servers}/absent")
    with pytest.raises(BadSetting, match="names no topic"):
        reader.read(url=f"kafka://{broker.bootstrap_servers}/")


def test_the_profile_chooses_another_transport_and_the_record_is_the_same(
    reader: Reader, broker: Broker, topic: str, tmp_path: Path
) -> None:
    publish(broker, topic, [report(1)])
    reader.read(**chosen(broker, topic))
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "a.json").write_bytes(report(1))
    reader.read(folder=str(tmp_path / "drop"), quiet_seconds=0)
    first, second = reader.sink.acknowledged
    assert (first.key, first.value, first.headers[0]) == (second.key, second.value, second.headers[0])
