"""Where each simulated source is told and read: real servers on free loopback ports, for one demonstration.

A stage joins a sender of the simulator with the settings that point the living connector at the same place. Credentials
of the profile are for the real source and are never sent to what stands in for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.elsewhere import Elsewhere
from vigie.local.ports import free_ports, is_listening

if TYPE_CHECKING:
    from connectors.sdk.connector import SourceConnector
    from simulator.told_day import ToldDay
    from vigie.local.process import Child
    from vigie.local.rabbitmq import RabbitMq

_REAL_ONES = (
    *("user", "password", "headers", "secret_parameters", "protocol"),
    *("ca_file", "certificate_file", "certificate_key_file"),
)
_IDLE_SECONDS = 0.5
_STEP_SECONDS = 0.02


@dataclass
class Servers:
    """The message servers of a demonstration; None where one does not run.

    Attributes:
        absent: a line for a person on each that does not run.
    """

    mqtt_port: int | None = None
    amqp: RabbitMq | None = None
    mqtt: Child | None = None
    absent: list[str] = field(default_factory=list)

    def carry(self, transport: str) -> bool:
        """Whether a transport can be used: some need a server."""
        return {"mqtt": self.mqtt_port is not None, "amqp": self.amqp is not None}.get(transport, True)

    def stop(self) -> None:
        """Stop them."""
        if self.amqp is not None:
            self.amqp.stop()
        if self.mqtt is not None:
            self.mqtt.stop()


@dataclass
class Stage:
    """One source told and read.

    Attributes:
        name: of its connector.
        transport: what it is read through.
        usual: what it would be read through if everything were installed.
        place: for `vigie.sources.run`.
        parcels: how many payloads are told in all.
        messages: how many messages they carry.
    """

    name: str
    transport: str
    usual: str
    place: Elsewhere
    parcels: int
    messages: int
    begin: Callable[[], object] = field(default=lambda: None, repr=False)


def usual_transport(connector: SourceConnector) -> str:
    """What a source is read through by its profile, and by its connector where the profile gives no address yet."""
    from connectors.sdk.errors import BadSetting
    from connectors.sdk.transports import transport_of
    from simulator.send import schemes

    try:
        found = transport_of(connector)
    except BadSetting:
        found = connector.transport
    return found if found in schemes() else "file"


def stage(connector: SourceConnector, day: ToldDay, servers: Servers, folder: Path, stack: ExitStack) -> Stage:
    """Make ready what one source is told and read through.

    Args:
        connector: with the settings of the profile.
        day: what is told.
        servers: those that run.
        folder: the day as files, one folder per source: those of file transports are read there.
        stack: closes connections when the demonstration ends.
    """
    usual = usual_transport(connector)
    transport = usual if servers.carry(usual) else "file"
    return _BUILDERS[transport](_Source(connector, day, servers, folder, stack, usual))


@dataclass(frozen=True)
class _Source:
    connector: SourceConnector
    day: ToldDay
    servers: Servers
    folder: Path
    stack: ExitStack
    usual: str

    @property
    def name(self) -> str:
        return self.connector.name

    @property
    def contents(self) -> list[bytes]:
        return [message.content for message in self.day.messages[self.name]]

    def sender(self, url: str) -> Any:
        from simulator.send import Address, sender

        writer = self.day.writers[self.name]
        return sender(Address(url, partial(writer.packed, self.day.city), writer.SUFFIX))

    def tell(self, url: str) -> None:
        """Tell every message there, one by one."""
        with closing(self.sender(url)) as to:
            for content in self.contents:
                to.send(content)

    def settings(self, **own: object) -> dict[str, object]:
        """Settings of the stand-in, and none of the real source's credentials."""
        return {**dict.fromkeys(_REAL_ONES), "idle_seconds": _IDLE_SECONDS, **own}

    def staged(
        self, transport: str, place: Elsewhere, parcels: int, begin: Callable[[], object] = lambda: None
    ) -> Stage:
        return Stage(self.name, transport, self.usual, place, parcels, len(self.contents), begin)


def _mqtt(source: _Source) -> Stage:
    url = f"mqtt://127.0.0.1:{source.servers.mqtt_port}/simulated/{source.name}"
    settings = source.settings(url=url)
    rounds = _Rounds([partial(source.tell, url)])
    # The first reading finds nothing and leaves a session at the server, for which messages then wait.
    return source.staged("mqtt", Elsewhere(settings, rounds.next), len(source.contents))


def _amqp(source: _Source) -> Stage:
    server = source.servers.amqp
    assert server is not None
    queue = str(source.connector.source.settings.get("queue", source.name))
    url = f"amqp://127.0.0.1:{server.port}/"
    server.declare([queue])
    settings = source.settings(url=url, queue=queue)
    begin = partial(source.tell, f"{url}?queue={queue}")
    return source.staged("amqp", Elsewhere(settings), len(source.contents), begin)


def _mllp(source: _Source) -> Stage:
    (port,) = free_ports(1)
    url = f"mllp://127.0.0.1:{port}"
    caller = _Caller(partial(source.tell, url), port)
    place = Elsewhere(source.settings(url=url), caller.is_calling)
    source.stack.callback(caller.stop)
    return source.staged("mllp", place, len(source.contents), caller.start)


def _http(source: _Source) -> Stage:
    to = source.sender("http://127.0.0.1:0/")
    source.stack.callback(to.close)
    url = f"http://127.0.0.1:{to.port}/{source.name}"
    given = source.connector.source.settings
    lists = {name: [{"url": url}] for name, value in given.items() if _holds_addresses(value)}
    files = [told for _, told in source.day.files(source.name)]
    rounds = _Rounds([partial(_answer, to, told) for told in files])
    place = Elsewhere(source.settings(**{**lists, "url": url}), rounds.next)
    return source.staged("http", place, len(files), rounds.next)


def _file(source: _Source) -> Stage:
    settings = source.settings(folder=str(source.folder / source.name), url=None, pattern=None, quiet_seconds=0)
    files = sum(1 for _ in source.day.files(source.name))
    return source.staged("file", Elsewhere(settings), files)


_BUILDERS: Mapping[str, Callable[[_Source], Stage]] = {
    "amqp": _amqp, "file": _file, "http": _http, "mllp": _mllp, "mqtt": _mqtt,
}  # fmt: skip


class _Rounds:
    """What is told between one reading and the next."""

    def __init__(self, rounds: list[Callable[[], None]]) -> None:
        self.rounds: Iterator[Callable[[], None]] = iter(rounds)

    def next(self) -> bool:
        """Tell the next part; whether there was one."""
        told = next(self.rounds, None)
        if told is not None:
            told()
        return told is not None


class _Caller:
    """Tells in a thread of its own, once somebody listens, because each message waits for its answer."""

    def __init__(self, tell: Callable[[], None], port: int) -> None:
        self.tell, self.port = tell, port
        self.failure: BaseException | None = None
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self.thread.start()

    def is_calling(self) -> bool:
        """Whether more may come; what failed on the way is raised here."""
        if self.failure is not None:
            raise self.failure
        return self.thread.is_alive()

    def stop(self) -> None:
        self.stopped.set()

    def _run(self) -> None:
        try:
            while not is_listening(self.port) and not self.stopped.wait(_STEP_SECONDS):
                pass
            if not self.stopped.is_set():
                self.tell()
        except BaseException as error:
            self.failure = error


def _answer(to: Any, told: list[bytes]) -> None:
    """The next answer of a polled source: what was told since the last one."""
    to.clear()
    for content in told:
        to.send(content)


def _holds_addresses(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(one, Mapping) and "url" in one for one in value)
