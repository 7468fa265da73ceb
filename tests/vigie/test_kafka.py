"""The broker is a real one, ready when it says so, alone on its ports, and its data outlive it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient

from vigie.errors import Busy, MissingPart
from vigie.local.broker_of_city import broker_for
from vigie.local.kafka import Broker, answers, start_broker
from vigie.local.ports import free_ports, is_listening
from vigie.settings import Settings

TOPIC = "kept"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and says nothing of sense."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def answer() -> None:
            while not stop.is_set():
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(struct.pack(">iii", 8, 1, 0))

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        stop.set()


def test_free_ports_are_different_and_nobody_listens_there() -> None:
    ports = free_ports(5)
    assert len(set(ports)) == 5
    assert not any(map(is_listening, ports))


def test_port_that_listens_is_not_yet_a_broker(silent_port: int) -> None:
    assert is_listening(silent_port)
    assert not answers(f"127.0.0.1:{silent_port}")
    assert not answers("127.0.0.1:1")
    assert not answers("nonsense")


def test_without_jars_the_message_says_make_setup(tmp_path: Path) -> None:
    with pytest.raises(MissingPart, match="make setup"):
        start_broker(tmp_path, jars_dir=tmp_path / "jars")


@pytest.mark.integration
def test_broker_answers_on_loopback_only(broker: Broker) -> None:
    assert answers(broker.bootstrap_servers)
    assert broker.bootstrap_servers.startswith("127.0.0.1:")
    listening = {line.split()[1] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    assert f"00000000:{broker.port:04X}" not in listening


@pytest.mark.integration
def test_records_outlive_the_broker_that_took_them(tmp_path: Path, repository: Path) -> None:
    jars = repository / ".vigie" / "jars" / "kafka"
    first = start_broker(tmp_path, jars_dir=jars, heap_mb=256)
    try:
        admin = KafkaAdminClient(bootstrap_servers=first.bootstrap_servers)
        admin.create_topics({TOPIC: {"num_partitions": 1, "replication_factor": 1}})
        admin.close()
        producer = KafkaProducer(bootstrap_servers=first.bootstrap_servers, acks="all")
        producer.send(TOPIC, b"told").get(timeout=60)
        producer.close()
    finally:
        first.stop()
    assert not answers(first.bootstrap_servers)
    assert not is_listening(first.port)
    second = start_broker(tmp_path, jars_dir=jars, heap_mb=256)
    try:
        consumer = KafkaConsumer(
            TOPIC, bootstrap_servers=second.bootstrap_servers, auto_offset_reset="earliest", group_id=None
        )
        assert next(iter(consumer)).value == b"told"
        consumer.close()
    finally:
        second.stop()


@pytest.mark.integration
def test_second_command_of_a_city_uses_the_broker_of_the_first(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, kafka_heap_mb=256, kafka_bootstrap=None)
    with broker_for(settings, "lancashire") as first:
        with broker_for(settings, "lancashire") as second:
            assert second == first
        assert answers(first)
    assert not answers(first)


def test_broker_of_the_settings_must_answer(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, kafka_bootstrap="127.0.0.1:1")
    with pytest.raises(Busy, match=r"127\.0\.0\.1:1 \(setting kafka_bootstrap\)"), broker_for(settings, "lancashire"):
        pass
