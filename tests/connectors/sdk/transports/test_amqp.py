"""AMQP 0-9-1 against a real RabbitMQ."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

import pika  # type: ignore[import-untyped]
import pytest

from connectors.sdk import Payload
from connectors.sdk.envelope import header
from connectors.sdk.errors import BadSetting, SourceMissing, SourceRefused, SourceUnavailable
from tests.connectors.sdk.transports.conftest import Reader, Reports, keys, report, rules, wait_for
from tests.connectors.sdk.transports.servers import PASSWORD, USER, RabbitMq

pytestmark = pytest.mark.integration


def channel_of(server: RabbitMq) -> Any:
    credentials = pika.PlainCredentials(USER, PASSWORD)
    parameters = pika.ConnectionParameters("127.0.0.1", server.port, credentials=credentials)
    return pika.BlockingConnection(parameters).channel()


def publish(server: RabbitMq, queue: str, contents: Sequence[bytes], **properties: Any) -> None:
    channel = channel_of(server)
    channel.queue_declare(queue, durable=True)
    channel.confirm_delivery()
    for content in contents:
        channel.basic_publish("", queue, content, pika.BasicProperties(delivery_mode=2, **properties))
    channel.connection.close()


def depth(server: RabbitMq, queue: str) -> int:
    channel = channel_of(server)
    found: int = channel.queue_declare(queue, passive=True).method.message_count
    channel.connection.close()
    return found


@pytest.fixture
def queue() -> str:
    return f"city.{uuid4().hex}"


@pytest.fixture
def chosen(rabbitmq: RabbitMq, queue: str, secret: str) -> dict[str, object]:
    return {"url": f"amqp://127.0.0.1:{rabbitmq.port}/", "queue": queue, "user": USER, "password": secret}


def test_a_queue_is_read_to_its_end_and_acknowledged(
    reader: Reader, rabbitmq: RabbitMq, queue: str, chosen: dict[str, object]
) -> None:
    publish(rabbitmq, queue, [report(1), report(2)], content_type="application/json", message_id="m")
    assert reader.read(**chosen).accepted == 2
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert header(reader.sink.acknowledged[0].headers, "ce_payloadurl") == (
        f"amqp://127.0.0.1:{rabbitmq.port}/?queue={queue}"
    )
    assert depth(rabbitmq, queue) == 0
    assert reader.read(**chosen).read == 0


class Noting(Reports):
    """Keeps the payloads it sees."""

    seen: ClassVar[list[Payload]] = []

    def split(self, payload: Payload) -> Any:
        self.seen.append(payload)
        return super().split(payload)


def test_a_failure_gives_messages_back_and_they_come_again_marked(
    reader: Reader, rabbitmq: RabbitMq, queue: str, chosen: dict[str, object]
) -> None:
    publish(rabbitmq, queue, [report(number) for number in range(5)])
    reader.sink.fails_at = 1
    with pytest.raises(ConnectionError):
        reader.read(Noting, **chosen)
    assert {payload.metadata["redelivered"] for payload in Noting.seen} == {"false"}
    wait_for(lambda: depth(rabbitmq, queue) == 5)
    Noting.seen.clear()
    assert reader.read(Noting, **chosen).accepted == 5
    assert {payload.metadata["redelivered"] for payload in Noting.seen} == {"true"}
    assert keys(reader.sink.acknowledged) == [f"good:{number}" for number in range(5)]


def test_a_poison_message_is_refused_once_and_stops_nothing(
    reader: Reader, rabbitmq: RabbitMq, queue: str, chosen: dict[str, object]
) -> None:
    publish(rabbitmq, queue, [report(1), b"{", report(2, note="x" * 1000), b"\x1f\x8bnonsense", report(3)])
    publish(rabbitmq, queue, [gzip.compress(report(4)), b"no gzip"], content_encoding="gzip")
    account = reader.read(**chosen, max_bytes=500)
    assert keys(reader.sink.acknowledged) == ["good:1", "good:3", "good:4"]
    assert rules(reader.sink.acknowledged).count("too_large") == 1
    assert rules(reader.sink.acknowledged)[-1] == "unreadable"
    assert (account.payloads, account.read) == (7, account.accepted + account.rejected)
    assert depth(rabbitmq, queue) == 0


def test_a_thousand_messages_come_in_order(
    reader: Reader, rabbitmq: RabbitMq, queue: str, chosen: dict[str, object]
) -> None:
    publish(rabbitmq, queue, [report(number) for number in range(1000)])
    assert reader.read(**chosen, prefetch=37).accepted == 1000
    assert keys(reader.sink.acknowledged) == [f"good:{number}" for number in range(1000)]


def test_a_restart_of_the_server_loses_nothing_and_doubles_no_key(
    reader: Reader, tmp_path: Path, secret: str
) -> None:
    server = RabbitMq(tmp_path / "own")
    try:
        server.start()
        chosen = {"url": f"amqp://127.0.0.1:{server.port}/", "queue": "q", "user": USER, "password": secret}
        publish(server, "q", [report(number) for number in range(50)])
        with reader.listen(**chosen, attempts=1000) as listening:
            wait_for(lambda: len(reader.sink.acknowledged) >= 20)
            server.stop_server()
            server.start()
            publish(server, "q", [report(number) for number in range(50, 100)])
            wait_for(lambda: len(set(keys(reader.sink.acknowledged))) == 100)
        assert listening.errors == []
    finally:
        server.stop()
    assert len({header(message.headers, "ce_id") for message in reader.sink.acknowledged}) == 100


@pytest.mark.parametrize(
    ("other", "error", "said"),
    [
        ({"queue": "absent"}, SourceMissing, "has no queue 'absent'"),
        ({"queue": ""}, BadSetting, "queue is missing"),
        ({"user": "somebody"}, SourceRefused, "set or renew `user` and `password`"),
        ({"vhost": "absent"}, SourceRefused, "virtual host"),
        ({"port": 9}, SourceUnavailable, "did not answer"),
    ],
)
def test_what_cannot_work_says_what_to_do(
    reader: Reader, rabbitmq: RabbitMq, chosen: dict[str, object], other: dict[str, Any], error: Any, said: str
) -> None:
    port, vhost = other.pop("port", rabbitmq.port), other.pop("vhost", "")
    with pytest.raises(error, match=said):
        reader.read(**{**chosen, "url": f"amqp://127.0.0.1:{port}/{vhost}", "attempts": 1, **other})


def test_a_queue_deleted_while_it_is_read_asks_for_configuration(
    reader: Reader, rabbitmq: RabbitMq, queue: str, chosen: dict[str, object]
) -> None:
    publish(rabbitmq, queue, [report(1)])
    with reader.listen(**chosen) as listening:
        wait_for(lambda: len(reader.sink.acknowledged) == 1)
        channel = channel_of(rabbitmq)
        channel.queue_delete(queue)
        channel.connection.close()
        wait_for(lambda: bool(listening.errors))
    assert isinstance(listening.errors[0], SourceMissing)


