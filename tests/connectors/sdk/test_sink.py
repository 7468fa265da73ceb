"""The sink against a real broker: acknowledged, ordered, idempotent, and safe on disk while the broker is away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition

from connectors.sdk.connector import read_payload
from connectors.sdk.envelope import Message
from connectors.sdk.errors import BadSetting, BrokerUnavailable
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.registry import load
from connectors.sdk.runner import run_once
from connectors.sdk.sink import BrokerSettings, KafkaSink, ensure_topics
from schemas.city import load_city
from vigie.local.kafka import Broker, start_broker

pytestmark = pytest.mark.integration


def _messages(topic: str, count: int, first: int = 0) -> list[Message]:
    return [
        Message(topic, b"k", json.dumps({"n": n}).encode(), (("ce_id", str(n).encode()), ("ce_specversion", b"1.0")))
        for n in range(first, first + count)
    ]


def read_topic(servers: str, topic: str) -> list[Any]:
    """Every record of the topic, partition by partition."""
    consumer = KafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest", enable_auto_commit=False)
    partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(partitions)
    ends = consumer.end_offsets(partitions)
    records: list[Any] = []
    while any(consumer.position(partition) < ends[partition] for partition in partitions):
        for batch in consumer.poll(timeout_ms=500).values():
            records.extend(batch)
    consumer.close()
    return records


def _numbers(servers: str, topic: str) -> list[int]:
    return [json.loads(record.value)["n"] for record in read_topic(servers, topic)]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Broker]:
    """A broker of this module alone: its topics carry the names of real connectors."""
    running = start_broker(tmp_path_factory.mktemp("kafka"), jars_dir=repository / ".vigie" / "jars" / "kafka")
    yield running
    running.stop()


@pytest.fixture
def name() -> str:
    return f"sink_{uuid.uuid4().hex[:8]}"


@pytest.fixture
def own_broker(tmp_path: Path, repository: Path) -> Iterator[Broker]:
    """A broker of this test alone, for stopping."""
    running = start_broker(tmp_path / "kafka", jars_dir=repository / ".vigie" / "jars" / "kafka")
    yield running
    running.stop()


def test_messages_arrive_once_in_order_with_key_and_headers(broker: Broker, name: str, tmp_path: Path) -> None:
    settings = BrokerSettings(broker.bootstrap_servers)
    ensure_topics(settings, [name], partitions=1)
    with KafkaSink(settings, tmp_path / "spool") as sink:
        for message in _messages(f"urban.{name}", 5_000):
            sink.send(message)
        sink.flush()
        records = read_topic(broker.bootstrap_servers, f"urban.{name}")
        assert sink.waiting == 0
    assert [json.loads(record.value)["n"] for record in records] == list(range(5_000))
    assert records[7].key == b"k"
    assert records[7].headers == [("ce_id", b"7"), ("ce_specversion", b"1.0")]


def test_topics_are_made_once_with_their_dead_letters(broker: Broker, name: str) -> None:
    settings = BrokerSettings(broker.bootstrap_servers)
    ensure_topics(settings, [name])
    ensure_topics(settings, [name])
    assert read_topic(broker.bootstrap_servers, f"urban.{name}") == []
    assert read_topic(broker.bootstrap_servers, f"dlq.urban.{name}") == []


def test_messages_wait_on_disk_while_the_broker_is_away_and_arrive_once_in_order(
    own_broker: Broker, name: str, tmp_path: Path, repository: Path
) -> None:
    jars = repository / ".vigie" / "jars" / "kafka"
    topic = f"urban.{name}"
    settings = BrokerSettings(own_broker.bootstrap_servers, patience_seconds=5.0, retry_seconds=0.2)
    ensure_topics(settings, [name], partitions=1)
    sink = KafkaSink(settings, tmp_path / "spool")
    for message in _messages(topic, 100):
        sink.send(message)
    sink.flush()
    own_broker.stop()
    for message in _messages(topic, 900, first=100):
        sink.send(message)
    sink.flush()
    assert sink.waiting == 900
    sink.close()
    back = start_broker(own_broker.data_dir, jars_dir=jars)
    try:
        with KafkaSink(BrokerSettings(back.bootstrap_servers, retry_seconds=0.2), tmp_path / "spool") as again:
            assert again.waiting == 900
            again.send(_messages(topic, 1, first=1_000)[0])
            again.flush()
            assert again.drain(20.0) == 0
        assert _numbers(back.bootstrap_servers, topic) == list(range(1_001))
    finally:
        back.stop()


_KILLED = """
import sys
from pathlib import Path
from tests.connectors.sdk.test_sink import _messages
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.registry import load
from connectors.sdk.runner import run_once
from connectors.sdk.sink import BrokerSettings, KafkaSink
sink = KafkaSink(BrokerSettings("127.0.0.1:9", retry_seconds=600), Path(sys.argv[1]))
for message in _messages(sys.argv[2], 500):
    sink.send(message)
sink.flush()
print("safe", flush=True)
for message in _messages(sys.argv[2], 10_000_000, first=500):
    sink.send(message)
"""


def test_what_was_flushed_survives_a_killed_process(
    broker: Broker, name: str, tmp_path: Path, repository: Path
) -> None:
    topic = f"urban.{name}"
    settings = BrokerSettings(broker.bootstrap_servers)
    ensure_topics(settings, [name], partitions=1)
    child = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path / "spool"), topic],
        stdout=subprocess.PIPE,
        cwd=repository,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "safe\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with KafkaSink(settings, tmp_path / "spool") as sink:
        assert sink.waiting >= 500
        assert sink.drain(60.0) == 0
    arrived = _numbers(broker.bootstrap_servers, topic)
    assert len(arrived) >= 500
    assert arrived == list(range(len(arrived)))


def test_records_come_twice_at_most_with_one_identifier_when_the_broker_is_killed(
    own_broker: Broker, name: str, tmp_path: Path, repository: Path
) -> None:
    topic = f"urban.{name}"
    settings = BrokerSettings(own_broker.bootstrap_servers, patience_seconds=5.0, retry_seconds=60.0, max_pending=500)
    ensure_topics(settings, [name], partitions=1)
    sink = KafkaSink(settings, tmp_path / "spool")
    for message in _messages(topic, 4_000):
        sink.send(message)
        if message.headers[0][1] == b"2000":
            own_broker.child.process.kill()
    sink.flush()
    assert sink.waiting > 0
    sink.close()
    back = start_broker(own_broker.data_dir, jars_dir=repository / ".vigie" / "jars" / "kafka")
    try:
        with KafkaSink(BrokerSettings(back.bootstrap_servers), tmp_path / "spool") as again:
            assert again.drain(60.0) == 0
        records = read_topic(back.bootstrap_servers, topic)
    finally:
        back.stop()
    told = [dict(record.headers)["ce_id"] for record in records]
    assert list(dict.fromkeys(told)) == [str(n).encode() for n in range(4_000)]
    assert max(told.count(identifier) for identifier in told[-600:]) <= 2


def test_a_real_source_arrives_whole_with_its_dead_letters(broker: Broker, tmp_path: Path) -> None:
    city = load_city("san_francisco")
    source = city.source("datasf_police_incidents")
    spoiled = tmp_path / "spoiled.csv"
    content = read_payload(source.recordings[0]).content
    spoiled.write_bytes(content.replace(b"-122.4", b"122.4", 50) + b"one,field,short\n" + b"\xff" * 100_000 + b"\n")
    connector = load("datasf_police_incidents")(replace(source, recordings=(spoiled,)), city)
    settings = BrokerSettings(broker.bootstrap_servers)
    ensure_topics(settings, [connector.name])
    with KafkaSink(settings, tmp_path / "spool") as sink:
        report = run_once(connector, sink, OffsetStore(tmp_path / "offsets"))
    accepted = read_topic(broker.bootstrap_servers, f"urban.{connector.name}")
    refused = read_topic(broker.bootstrap_servers, f"dlq.urban.{connector.name}")
    assert (len(accepted), len(refused)) == (report.accepted, report.rejected)
    assert report.read == len(content.splitlines()) - 1 + 2
    assert len({dict(record.headers)["ce_id"] for record in accepted}) == report.accepted > 6_000
    reasons = [dict(record.headers)["__dlq.errors.rule"] for record in refused]
    assert {rule: reasons.count(rule) for rule in set(reasons)} == {
        b"position_bounds": report.rejected - 2,
        b"shape": 1,
        b"unreadable": 1,
    }
    (short,) = [record for record in refused if dict(record.headers)["__dlq.errors.rule"] == b"shape"]
    assert short.value == b"one,field,short\n"
    (unreadable,) = [record for record in refused if dict(record.headers)["__dlq.errors.rule"] == b"unreadable"]
    assert unreadable.value == b"\xff" * 64 * 1024
    assert dict(unreadable.headers)["__dlq.truncated"] == b"true"


def test_a_topic_that_nobody_made_is_a_named_error(broker: Broker, name: str, tmp_path: Path) -> None:
    sink = KafkaSink(BrokerSettings(broker.bootstrap_servers, patience_seconds=1.0), tmp_path / "spool")
    with pytest.raises(BadSetting, match=f"no topic urban.{name}"):
        sink.send(_messages(f"urban.{name}", 1)[0])
    sink.close()


def test_no_broker_for_topics_is_a_named_error(free_port: int) -> None:
    with pytest.raises(BrokerUnavailable, match=r"no Kafka broker answers at 127\.0\.0\.1"):
        ensure_topics(BrokerSettings(f"127.0.0.1:{free_port}"), ["x"])


@pytest.fixture
def free_port() -> int:
    from vigie.local.ports import free_ports

    return free_ports(1)[0]
