"""MQTT against a real mosquitto: nothing is lost, nothing is acknowledged early, nothing secret comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import uuid4

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from connectors.sdk.envelope import header
from connectors.sdk.errors import BadSetting, SourceRefused, SourceUnavailable
from connectors.sdk.http import HttpPoller
from connectors.sdk.runner import payloads
from tests.connectors.sdk.transports.conftest import Reader, Reports, keys, report, rules, wait_for
from tests.connectors.sdk.transports.servers import USER, Mosquitto

pytestmark = pytest.mark.integration
Publish = Callable[[str, Sequence[bytes]], None]


@pytest.fixture
def topic() -> str:
    return f"city/{uuid4().hex}/noise"


@pytest.fixture
def publish(mosquitto: Mosquitto) -> Iterator[Publish]:
    def send(topic: str, contents: Sequence[bytes]) -> None:
        publish_to(mosquitto, topic, contents)

    return send


def publish_to(server: Mosquitto, topic: str, contents: Sequence[bytes]) -> None:
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", server.port)
    client.loop_start()
    for content in contents:
        client.publish(topic, content, qos=1).wait_for_publish(20)
    client.disconnect()
    client.loop_stop()


def settings(server: Mosquitto, topic: str) -> dict[str, object]:
    return {"url": server.url(topic), "client_id": f"test-{topic.split('/')[1]}"}


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
def test_messages_wait_at_the_server_while_nobody_reads(
    reader: Reader, mosquitto: Mosquitto, topic: str, publish: Publish, protocol: str
) -> None:
    chosen = {**settings(mosquitto, topic), "protocol": protocol}
    assert reader.read(**chosen).read == 0
    publish(topic, [report(1), report(2)])
    assert reader.read(**chosen).accepted == 2
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert reader.read(**chosen).read == 0
    assert reader.offsets.load("conftest") == {}


def test_a_wildcard_is_read_and_each_message_says_its_own_topic(
    reader: Reader, mosquitto: Mosquitto, topic: str, publish: Publish
) -> None:
    base = topic.rpartition("/")[0]
    chosen = settings(mosquitto, f"{base}/#")
    reader.read(**chosen)
    publish(f"{base}/noise level/1", [report(1)])
    (payload,) = payloads(reader.connector(**chosen), {}, HttpPoller())
    assert payload.url == f"mqtt://127.0.0.1:{mosquitto.port}/{base}/noise%20level/1"
    assert payload.metadata["topic"] == f"{base}/noise level/1"
    assert (payload.metadata["qos"], payload.metadata["redelivered"]) == ("1", "false")


def test_a_message_is_told_again_when_its_records_were_not_safe(
    reader: Reader, mosquitto: Mosquitto, topic: str, publish: Publish
) -> None:
    chosen = settings(mosquitto, topic)
    reader.read(**chosen)
    publish(topic, [report(number) for number in range(5)])
    reader.sink.fails_at = reader.sink.flushes + 1
    with pytest.raises(ConnectionError):
        reader.read(**chosen)
    assert keys(reader.sink.acknowledged) == []
    assert reader.read(**chosen).accepted == 5
    assert keys(reader.sink.acknowledged) == [f"good:{number}" for number in range(5)]


def test_a_poison_message_is_refused_once_and_stops_nothing(
    reader: Reader, mosquitto: Mosquitto, topic: str, publish: Publish
) -> None:
    chosen = {**settings(mosquitto, topic), "max_bytes": 500}
    reader.read(**chosen)
    publish(topic, [report(1), b"\xff\x00{", b"", report(2, note="x" * 1000), report(3)])
    account = reader.read(**chosen)
    assert keys(reader.sink.acknowledged) == ["good:1", "good:3"]
    assert rules(reader.sink.acknowledged)[0] == "unreadable"
    assert "too_large" in rules(reader.sink.acknowledged)
    assert (account.payloads, account.read) == (5, account.accepted + account.rejected)
    assert reader.read(**chosen).read == 0


def test_a_thousand_messages_come_in_order(
    reader: Reader, mosquitto: Mosquitto, topic: str, publish: Publish
) -> None:
    chosen = settings(mosquitto, topic)
    with reader.listen(**chosen):
        wait_for(lambda: f"test-{topic.split('/')[1]}" in (mosquitto.folder / "mosquitto.log").read_text())
        publish(topic, [report(number) for number in range(1000)])
        wait_for(lambda: len(reader.sink.acknowledged) >= 1000)
    assert keys(reader.sink.acknowledged) == [f"good:{number}" for number in range(1000)]


def test_a_restart_of_the_server_loses_nothing_and_doubles_no_key(reader: Reader, tmp_path: Path) -> None:
    server = Mosquitto(tmp_path / "own")
    server.start()
    try:
        chosen = {**settings(server, "city/a/noise"), "attempts": 1000}
        reader.read(**chosen)
        with reader.listen(**chosen) as listening:
            publish_to(server, "city/a/noise", [report(number) for number in range(50)])
            wait_for(lambda: len(reader.sink.acknowledged) >= 20)
            server.stop()
            server.start()
            publish_to(server, "city/a/noise", [report(number) for number in range(50, 100)])
            wait_for(lambda: len(set(keys(reader.sink.acknowledged))) == 100)
        assert listening.errors == []
    finally:
        server.stop()
    ids = [header(message.headers, "ce_id") for message in reader.sink.acknowledged]
    assert len(set(ids)) == 100


def test_a_server_that_is_away_is_a_retry_and_says_where(reader: Reader) -> None:
    with pytest.raises(SourceUnavailable, match=r"mqtt://127\.0\.0\.1:9 did not answer"):
        reader.read(url="mqtt://127.0.0.1:9/x", attempts=2)


def test_wrong_credentials_ask_for_configuration(reader: Reader, mosquitto: Mosquitto, secret: str) -> None:
    base = f"mqtt://127.0.0.1:{mosquitto.login_port}"
    assert reader.read(url=f"{base}/allowed/x", user=USER, password=secret).read == 0
    with pytest.raises(SourceRefused, match="set or renew `user` and `password`"):
        reader.read(url=f"{base}/allowed/x", user="somebody", password=secret)
    with pytest.raises(SourceRefused):
        reader.read(url=f"{base}/allowed/x", protocol="3.1.1")


def test_tls_is_checked_against_the_authority_given(
    reader: Reader, mosquitto: Mosquitto, certificate: tuple[Path, Path]
) -> None:
    url = f"mqtts://127.0.0.1:{mosquitto.tls_port}/x"
    assert reader.read(url=url, ca_file=str(certificate[0])).read == 0
    with pytest.raises(BadSetting, match="ca_file"):
        reader.read(url=url)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": "mqtt://127.0.0.1:1883"}, "names no topic"),
        ({"url": "mqtt://127.0.0.1:1883/a", "protocol": "4"}, "expected one of 5, 3.1.1"),
        ({"url": "mqtt://127.0.0.1:port/a"}, "not usable"),
        ({"url": "gopher://127.0.0.1/a"}, "expected one of amqp, file, http, kafka, mllp, mqtt"),
        ({}, "expected the address"),
        ({"url": "mqtt://127.0.0.1/a", "qos": 7}, "from 0 to 1"),
    ],
)
def test_a_setting_that_cannot_work_is_named(reader: Reader, wrong: dict[str, object], said: str) -> None:
    with pytest.raises(BadSetting, match=said):
        reader.read(Reports, **wrong)
