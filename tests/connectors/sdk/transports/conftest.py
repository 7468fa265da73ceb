"""What the tests of the transports share: the real servers, and a small connector read through any transport."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.sdk import Element, JsonFormat, Payload, Row, SubscribingConnector
from connectors.sdk.accounting import RunReport
from connectors.sdk.decode import identifier, text, zoned_instant
from connectors.sdk.envelope import Message, header
from connectors.sdk.offsets import OffsetStore
from connectors.sdk.runner import run_once, run_until
from schemas.city import CityProfile, SourceSettings
from tests.connectors.sdk.conftest import MemorySink
from tests.connectors.sdk.good import GoodLines
from tests.connectors.sdk.transports.servers import PASSWORD, Mosquitto, RabbitMq, self_signed

SECRET_VARIABLE = "VIGIE_SECRET_TEST"


class Reports(SubscribingConnector):
    """One JSON message is one report; key `good:id`."""

    contract, family = GoodLines.contract, GoodLines.family
    label, attribution = GoodLines.label, GoodLines.attribution
    format = JsonFormat()
    transport = "mqtt"

    def to_row(self, element: Element, payload: Payload) -> Row:
        item = element.value if isinstance(element.value, dict) else {}
        return {
            "report_id": identifier("good", item.get("id")),
            "occurred_at": zoned_instant(item.get("date")),
            "time_precision_code": "second",
            "source_category": text(item.get("category")),
            "location_precision_m": 100,
        }


def report(number: object, **other: Any) -> bytes:
    """One message as the source writes it."""
    return json.dumps([{"id": number, "date": "2010-01-01T10:00:00Z", "category": "noise", **other}]).encode()


def keys(messages: list[Message]) -> list[str]:
    """Keys of the accepted rows, in order."""
    return [message.key.decode() for message in messages if not message.topic.startswith("dlq.")]


def rules(messages: list[Message]) -> list[str | None]:
    """Rules that the refused broke, in order."""
    return [header(m.headers, "__dlq.errors.rule") for m in messages if m.topic.startswith("dlq.")]


@dataclass
class Reader:
    """Reads with one setting of a source, into one sink, from one offset store."""

    source: SourceSettings
    city: CityProfile
    offsets: OffsetStore
    sink: MemorySink = field(default_factory=MemorySink)

    def connector(self, kind: type[Any] = Reports, **settings: object) -> Any:
        known = {"idle_seconds": 0.3, "retry_seconds": 0.05}
        return kind(replace(self.source, settings={**known, **settings}), self.city)

    def read(self, kind: type[Any] = Reports, **settings: object) -> RunReport:
        """Everything that waits."""
        return run_once(self.connector(kind, **settings), self.sink, self.offsets)

    def listen(self, kind: type[Any] = Reports, **settings: object) -> Listening:
        """Read on in a thread until stopped."""
        return Listening(self.connector(kind, **settings), self.sink, self.offsets)


class Listening:
    """A source that is listened to while the block runs."""

    def __init__(self, connector: Any, sink: MemorySink, offsets: OffsetStore) -> None:
        self.sink, self.stop, self.errors = sink, threading.Event(), []
        self.report: RunReport | None = None
        self.thread = threading.Thread(target=self._run, args=(connector, offsets))

    def _run(self, connector: Any, offsets: OffsetStore) -> None:
        try:
            self.report = run_until(self.stop, connector, self.sink, offsets)
        except Exception as error:
            self.errors.append(error)

    def __enter__(self) -> Listening:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


def wait_for(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return when the condition holds."""
    waited, step = 0.0, threading.Event()
    while not condition():
        assert waited < seconds, "the condition did not hold in time"
        step.wait(0.02)
        waited += 0.02


@pytest.fixture
def reader(source: SourceSettings, city: CityProfile, tmp_path: Path) -> Reader:
    return Reader(source, city, OffsetStore(tmp_path / "offsets"))


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    """A reference to the password of the servers."""
    monkeypatch.setenv(SECRET_VARIABLE, PASSWORD)
    return f"${{{SECRET_VARIABLE}}}"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return self_signed(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="session")
def mosquitto(tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]) -> Iterator[Mosquitto]:
    """A real MQTT server for the whole run."""
    server = Mosquitto(tmp_path_factory.mktemp("mosquitto"), certificate=certificate)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitMq]:
    """A real AMQP server for the whole run."""
    server = RabbitMq(tmp_path_factory.mktemp("rabbitmq"))
    try:
        server.start()
        yield server
    finally:
        server.stop()
