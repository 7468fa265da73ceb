"""From a real message server through the platform's commands to the platform's broker, and recordings in its place."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kafka import KafkaConsumer

from connectors.sdk import PollingConnector
from connectors.sdk.errors import BadSetting
from connectors.sdk.playback import play
from connectors.sdk.runner import run_once
from connectors.sdk.transports import transport_of, transports
from tests.connectors.sdk.good import CONTENT, GoodLines
from tests.connectors.sdk.transports.conftest import Reader, Reports, keys, report, wait_for
from tests.connectors.sdk.transports.servers import Mosquitto
from tests.connectors.sdk.transports.test_mqtt import publish_to
from vigie import settings, sources
from vigie.errors import ConfigurationError
from vigie.local.kafka import Broker


class Polled(PollingConnector):
    """The good lines, polled."""

    contract, family = GoodLines.contract, GoodLines.family
    label, attribution, format = GoodLines.label, GoodLines.attribution, GoodLines.format
    to_row = GoodLines.to_row  # type: ignore[assignment]


def told(broker: Broker, topic: str) -> list[str]:
    consumer = KafkaConsumer(
        topic, bootstrap_servers=broker.bootstrap_servers, auto_offset_reset="earliest", consumer_timeout_ms=2000
    )
    found = [json.loads(record.value)["row"]["report_id"] for record in consumer]
    consumer.close()
    return found


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    monkeypatch.setenv("VIGIE_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("VIGIE_HOME", str(tmp_path / "home"))
    return settings.load("san_francisco")


@pytest.mark.integration
def test_the_command_reads_a_subscribed_source_until_nothing_more_waits(
    reader: Reader, mosquitto: Mosquitto, broker: Broker, home: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, numbers = f"live/{uuid4().hex}", [uuid4().int % 10**9 for _ in range(3)]
    connector = reader.connector(url=mosquitto.url(topic), client_id=topic)

    def chosen(city: str, names: Sequence[str] = ()) -> tuple[Any, ...]:
        return (connector,)

    monkeypatch.setattr(sources, "connectors_of", chosen)
    (nothing,) = sources.run(home, home.city, broker.bootstrap_servers, is_live=True)
    assert nothing.read == 0
    publish_to(mosquitto, topic, [report(number) for number in numbers])
    (account,) = sources.run(home, home.city, broker.bootstrap_servers, is_live=True)
    assert (account.accepted, account.waiting) == (3, 0)
    assert {f"good:{number}" for number in numbers} <= set(told(broker, "urban.conftest"))


@pytest.mark.integration
def test_living_sources_are_followed_until_stopped(
    reader: Reader, mosquitto: Mosquitto, broker: Broker, home: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, number = f"live/{uuid4().hex}", uuid4().int % 10**9
    connector = reader.connector(url=mosquitto.url(topic), client_id=topic)
    monkeypatch.setattr(sources, "connectors_of", lambda city, names=(): (connector,))
    stop, lines = threading.Event(), list[str]()
    follow = threading.Thread(
        target=sources.follow, args=(home, home.city, broker.bootstrap_servers, (), stop, lines.append)
    )
    follow.start()
    wait_for(lambda: topic in (mosquitto.folder / "mosquitto.log").read_text())
    publish_to(mosquitto, topic, [report(number)])
    wait_for(lambda: f"good:{number}" in told(broker, "urban.conftest"), 60)
    stop.set()
    follow.join(30)
    assert not follow.is_alive()
    assert lines == ["conftest: 1 rows accepted, 0 refused"]


@pytest.mark.integration
def test_a_source_that_needs_a_person_is_told_at_once_and_does_not_silence_the_others(
    reader: Reader, mosquitto: Mosquitto, broker: Broker, home: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, number = f"live/{uuid4().hex}", uuid4().int % 10**9
    good = reader.connector(url=mosquitto.url(topic), client_id=topic)
    bad = reader.connector(GoodLines, url="amqp://127.0.0.1:5672/")
    monkeypatch.setattr(sources, "connectors_of", lambda city, names=(): (good, bad))
    stop, lines = threading.Event(), list[str]()
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(sources.follow, home, home.city, broker.bootstrap_servers, (), stop, lines.append)
        wait_for(lambda: any("has stopped, the others go on" in line and "queue is missing" in line for line in lines))
        wait_for(lambda: topic in (mosquitto.folder / "mosquitto.log").read_text())
        publish_to(mosquitto, topic, [report(number)])
        wait_for(lambda: f"good:{number}" in told(broker, "urban.conftest"), 60)
        stop.set()
        with pytest.raises(BadSetting, match="queue is missing"):
            ended.result(60)


def test_reading_once_goes_on_with_the_other_sources_and_fails_at_the_end(
    reader: Reader, mosquitto: Mosquitto, broker: Broker, home: settings.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = f"live/{uuid4().hex}"
    good = reader.connector(url=mosquitto.url(topic), client_id=topic)
    bad = reader.connector(GoodLines, url="amqp://127.0.0.1:5672/")
    monkeypatch.setattr(sources, "connectors_of", lambda city, names=(): (bad, good))
    read = []
    with pytest.raises(ConfigurationError, match=r"1 of 2 sources could not be read.*queue is missing"):
        read.extend(sources.run(home, home.city, broker.bootstrap_servers, is_live=True))
    assert [account.rejected for account in read] == [0]


def test_recordings_stand_for_a_subscribed_source_one_payload_each(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "1.json").write_bytes(report(1))
    (tmp_path / "2.json").write_bytes(report(2))
    connector = reader.connector(url="mqtt://127.0.0.1:9/x")
    connector.source = replace(connector.source, recordings=(tmp_path / "1.json", tmp_path / "2.json"))
    assert play(connector, reader.sink, reader.offsets).payloads == 2
    assert keys(reader.sink.acknowledged) == ["good:1", "good:2"]
    assert play(connector, reader.sink, reader.offsets).read == 0


def test_living_sources_use_their_address_or_folder_and_recordings_only_without(
    reader: Reader, tmp_path: Path
) -> None:
    (tmp_path / "r.csv").write_bytes(CONTENT)
    for chosen, transport in (
        ({"url": "mqtt://127.0.0.1/x"}, "mqtt"),
        ({"url": "https://data.example/x"}, "http"),
        ({"folder": "/srv"}, "file"),
        ({}, "file"),
    ):
        connector = reader.connector(GoodLines, **chosen)
        connector.source = replace(connector.source, recordings=(tmp_path / "r.csv",))
        assert transport_of(connector) == "file"
        living = sources._living(connector)
        assert transport_of(living) == transport
        assert bool(living.source.recordings) is not bool(chosen)


@pytest.mark.parametrize(
    ("kind", "chosen", "transport"),
    [
        (GoodLines, {"url": "kafka://h/x"}, "kafka"),
        (Polled, {"url": "https://h/x"}, "http"),
        (Polled, {"url": "amqps://h/x"}, "amqp"),
        (Polled, {"folder": "/srv"}, "file"),
        (Polled, {"url": "file:///srv"}, "file"),
        (Reports, {"url": "mllps://0.0.0.0:1"}, "mllp"),
        (Reports, {"url": "http://h/x"}, "http"),
    ],
)
def test_the_profile_chooses_the_transport(
    reader: Reader, kind: type[Any], chosen: dict[str, object], transport: str
) -> None:
    assert transport_of(reader.connector(kind, **chosen)) == transport


def test_transports_are_found_by_being_there() -> None:
    assert transports() == ("amqp", "file", "http", "kafka", "mllp", "mqtt")


def test_an_author_may_still_subscribe_by_hand_or_call_the_default(reader: Reader, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(report(1))
    connector = reader.connector(folder=str(tmp_path), quiet_seconds=0)
    (payload,) = connector.subscribe({})
    assert payload.content == report(1)
    assert run_once(connector, reader.sink, reader.offsets).read == 1
