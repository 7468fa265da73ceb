"""Live: in order, at the chosen speed, through the real transports into the real connectors."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import pika  # type: ignore[import-untyped]
import pytest
from typer.testing import CliRunner

from connectors.sdk import registry
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Payload
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.runner import run_once, run_until
from simulator.city import City
from simulator.day import day_of
from simulator.facts import simulate_day
from simulator.live import Told, ordered, play
from simulator.send import PASSWORD, USER, Address, BadAddress, Sender, schemes, sender
from simulator.wire import writers
from tests.connectors.sdk.conftest import MemorySink
from tests.connectors.sdk.transports import servers
from tests.connectors.sdk.transports.conftest import wait_for
from vigie.cli import build
from vigie.local.ports import free_ports, is_listening

DAY = date(2026, 5, 1)
FEW = 20


def connector_of(city: City, name: str, **settings: object) -> SourceConnector:
    profile = city.simulation.city
    source = profile.source(name)
    known = {"idle_seconds": 0.5, "quiet_seconds": 0, **settings}
    return registry.load(name)(replace(source, settings={**source.settings, **known}), profile)


def told_of(city: City, name: str, count: int = FEW) -> list[Told]:
    return list(islice(ordered(city, DAY, DAY, {name: writers()[name]}), count))


def opened(city: City, name: str, url: str) -> Sender:
    writer = writers()[name]
    most = getattr(writer, "MOST_MESSAGES", None)
    return sender(Address(url, partial(writer.packed, city), writer.SUFFIX, most))


def tell(city: City, name: str, to: Sender) -> int:
    return play(iter(told_of(city, name)), {name: to}, float("inf"), threading.Event())


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_PSEUDONYM_KEY", "a key that only this test knows")


def test_messages_come_in_the_order_of_their_instants_and_none_is_lost(town: City) -> None:
    chosen = {name: writers()[name] for name in ("cisu_emsi", "hl7v2_adt", "emergency_buttons")}
    told = list(ordered(town, DAY, date(2026, 5, 2), chosen))
    instants = [at for at, _, _ in told]
    assert instants == sorted(instants)
    ends = day_of(town, date(2026, 5, 2)).ends_s
    expected = sum(
        message.at_s < ends
        for on in (DAY, date(2026, 5, 2))
        for facts in [simulate_day(town, on)]
        for writer in chosen.values()
        for message in writer.messages(town, facts)
    )
    assert len(told) == expected


class Noted:
    """A sender that keeps when it was given what."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, bytes]] = []

    def send(self, content: bytes) -> None:
        self.sent.append((time.monotonic(), content))

    def close(self) -> None:
        """Nothing to end."""


def test_the_speed_is_kept_and_a_stop_ends_the_wait() -> None:
    noted, stop = Noted(), threading.Event()
    told = [(0, "a", b"1"), (3600, "a", b"2"), (7200, "a", b"3")]
    assert play(iter(told), {"a": noted}, 36_000.0, stop) == 3
    took = [at - noted.sent[0][0] for at, _ in noted.sent]
    assert all(at >= due - 0.01 for at, due in zip(took, (0.0, 0.1, 0.2), strict=True)), "never early"
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    assert play(iter(told), {"a": noted}, 0.001, stop) == 1


def test_a_folder_is_read_as_it_fills(town: City, tmp_path: Path) -> None:
    name, folder, sink = "municipal_logbook", tmp_path / "drop", MemorySink()
    count = tell(town, name, opened(town, name, f"file://{folder}"))
    run_once(connector_of(town, name, folder=str(folder)), sink, OffsetStore(tmp_path))
    assert len(sink.acknowledged) == count == FEW
    assert not [path for path in folder.iterdir() if path.name.endswith(".part")]


def test_a_hospital_is_answered_message_by_message(town: City, tmp_path: Path, key: None) -> None:
    name, sink, stop = "hl7v2_adt", MemorySink(), threading.Event()
    (port,) = free_ports(1)
    connector = connector_of(town, name, url=f"mllp://127.0.0.1:{port}")
    listening = threading.Thread(target=run_until, args=(stop, connector, sink, OffsetStore(tmp_path)))
    listening.start()
    try:
        wait_for(lambda: is_listening(port))
        to = opened(town, name, f"mllp://127.0.0.1:{port}")
        assert tell(town, name, to) == FEW
        to.close()
    finally:
        stop.set()
        listening.join(30)
    assert len(sink.acknowledged) == FEW
    assert not [message for message in sink.acknowledged if message.topic.startswith("dlq.")]


def is_refused(message: Any) -> bool:
    return bool(message.topic.startswith("dlq."))


@pytest.mark.parametrize("name", ["avl_positions", "gpx_tracks"])
def test_tracks_are_read_as_they_are_dropped(name: str, town: City, tmp_path: Path) -> None:
    folder, sink = tmp_path / "drop", MemorySink()
    count = tell(town, name, opened(town, name, f"file://{folder}"))
    run_once(connector_of(town, name, folder=str(folder)), sink, OffsetStore(tmp_path))
    assert len(list(folder.iterdir())) == count > 1
    assert len([message for message in sink.acknowledged if not is_refused(message)]) > count


@pytest.mark.parametrize(
    "name",
    ["fhir_encounter", "gtfs_rt_service_alerts", "gtfs_rt_trip_updates", "gtfs_rt_vehicle_positions", "spf_oscour"],
)
def test_a_polled_feed_is_served_as_it_stands(name: str, town: City, tmp_path: Path, key: None) -> None:
    sink = MemorySink()
    (port,) = free_ports(1)
    to = opened(town, name, f"http://127.0.0.1:{port}/")
    told = list(ordered(town, DAY, DAY, {name: writers()[name]}))
    fullest = max(range(len(told)), key=lambda number: len(told[number][2]))
    played = told[: fullest + 1]
    try:
        assert play(iter(played), {name: to}, float("inf"), threading.Event()) == len(played)
        run_once(connector_of(town, name, url=f"http://127.0.0.1:{port}/"), sink, OffsetStore(tmp_path))
    finally:
        to.close()
    refused = [message for message in sink.acknowledged if is_refused(message)]
    assert len(sink.acknowledged) > 2 * len(refused)


POLLED = ("datex2_measured_data", "meteofrance_rain", "meteofrance_synop", "meteofrance_vigilance", "mobile_presence")


@pytest.mark.parametrize("name", POLLED)
def test_what_is_asked_for_is_answered_with_what_was_told_last(name: str, town: City, tmp_path: Path) -> None:
    told, sink = told_of(town, name), MemorySink()
    (port,) = free_ports(1)
    to = opened(town, name, f"http://127.0.0.1:{port}/")
    try:
        play(iter(told), {name: to}, float("inf"), threading.Event())
        url, headers = f"http://127.0.0.1:{port}/", {"headers": {}}
        run_once(connector_of(town, name, url=url, **headers), sink, OffsetStore(tmp_path))
    finally:
        to.close()
    writer = writers()[name]
    newest = [content for _, _, content in told][-getattr(writer, "MOST_MESSAGES", len(told)) :]
    connector = connector_of(town, name)
    expected = list(connector.split(Payload(writer.packed(town, newest), "file:newest", datetime.now(UTC))))
    assert len(sink.acknowledged) == len(expected) > 0


REGISTERS = ("building_permits", "declared_demonstrations", "film_shoots", "municipal_orders", "road_survey")


@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("name", REGISTERS)
def test_a_register_is_dropped_into_a_folder_or_served(name: str, scheme: str, town: City, tmp_path: Path) -> None:
    told = list(ordered(town, DAY, date(2026, 5, 9), {name: writers()[name]}))
    sink, folder = MemorySink(), tmp_path / "drop"
    (port,) = free_ports(1)
    to = opened(town, name, f"file://{folder}" if scheme == "file" else f"http://127.0.0.1:{port}/")
    try:
        play(iter(told), {name: to}, float("inf"), threading.Event())
        place = {"folder": str(folder)} if scheme == "file" else {"url": f"http://127.0.0.1:{port}/"}
        run_once(connector_of(town, name, **place), sink, OffsetStore(tmp_path))
    finally:
        to.close()
    assert len(sink.acknowledged) == len(told) > 0


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[servers.Mosquitto]:
    server = servers.Mosquitto(tmp_path / "mosquitto")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def rabbitmq(tmp_path: Path) -> Iterator[servers.RabbitMq]:
    server = servers.RabbitMq(tmp_path / "rabbitmq")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.mark.integration
@pytest.mark.parametrize("name", ["emergency_buttons", "noise_levels", "onvif_events"])
def test_sensors_tell_over_mqtt(name: str, town: City, mosquitto: servers.Mosquitto, tmp_path: Path) -> None:
    sink, url = MemorySink(), mosquitto.url("sensors/simulated")
    offsets = OffsetStore(tmp_path)
    run_once(connector_of(town, name, url=url, client_id=f"test-{uuid4().hex}"), sink, offsets)
    connector = connector_of(town, name, url=url, client_id="test-simulator")
    run_once(connector, sink, offsets)
    to = opened(town, name, url)
    assert tell(town, name, to) == FEW
    to.close()
    run_once(connector_of(town, name, url=url, client_id="test-simulator"), sink, offsets)
    assert len(sink.acknowledged) == FEW


@pytest.mark.integration
@pytest.mark.parametrize("name", ["cisu_emsi", "cisu_geo_pos", "cisu_rc_ri"])
def test_cases_and_units_travel_over_the_hub_one_by_one(
    name: str, town: City, rabbitmq: servers.RabbitMq, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    queue, sink = f"vigie.{name}", MemorySink()
    monkeypatch.setenv(USER, servers.USER)
    monkeypatch.setenv(PASSWORD, servers.PASSWORD)
    credentials = pika.PlainCredentials(servers.USER, servers.PASSWORD)
    parameters = pika.ConnectionParameters("127.0.0.1", rabbitmq.port, credentials=credentials)
    connection: Any = pika.BlockingConnection(parameters)
    connection.channel().queue_declare(queue, durable=True)
    to = opened(town, name, f"amqp://127.0.0.1:{rabbitmq.port}/?queue={queue}")
    assert tell(town, name, to) == FEW
    to.close()
    monkeypatch.setenv("VIGIE_SECRET_TEST", servers.PASSWORD)
    settings = {"url": f"amqp://127.0.0.1:{rabbitmq.port}/", "queue": queue, "user": servers.USER,
                "password": "${VIGIE_SECRET_TEST}"}  # fmt: skip
    report = run_once(connector_of(town, name, **settings), sink, OffsetStore(tmp_path))
    assert report.read >= FEW
    connection.close()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("ftp://127.0.0.1/", "expected one of amqp, file, http, mllp, mqtt"),
        ("mqtt://someone:secret@127.0.0.1/topic", "holds a user; put it into VIGIE_SIMULATOR_USER"),
        ("mqtt://127.0.0.1:1883", "names no topic"),
        ("amqp://127.0.0.1:5672/", "names no `queue`"),
    ],
)
def test_an_address_that_cannot_work_is_told(town: City, url: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says) as raised:
        opened(town, "emergency_buttons", url)
    assert "secret" not in str(raised.value)
    assert schemes() == ("amqp", "file", "http", "mllp", "mqtt")


def test_the_command_tells_a_day_into_a_folder(tmp_path: Path) -> None:
    options = ["--from", "2026-05-01", "--to", "2026-05-01", "--speed", "0"]
    sent = [*options, "--send", f"icalendar_events=file://{tmp_path}/drop"]
    result = CliRunner().invoke(build(), ["simulate-live", *sent])
    assert result.exit_code == 0, result.output
    assert len(list((tmp_path / "drop").iterdir())) == int(result.stdout.split()[0]) > 5
    wrong = CliRunner().invoke(build(), ["simulate-live", *options, "--send", "buttons=mqtt://127.0.0.1/b"])
    assert f"expected NAME=URL with a name of {min(writers())}" in str(wrong.exception)
