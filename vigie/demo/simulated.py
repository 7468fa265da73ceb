"""A simulated day told into real transports and read from them by the living connectors."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from vigie import sources
from vigie.demo.report import SourceCount
from vigie.demo.stages import Servers, Stage, stage, usual_transport
from vigie.errors import MissingPart, VigieError, WrongUse
from vigie.local import mosquitto, rabbitmq
from vigie.local.process import ChildFailed
from vigie.local.programs import find
from vigie.settings import Settings

if TYPE_CHECKING:
    from connectors.sdk.accounting import RunReport
    from connectors.sdk.connector import SourceConnector
    from simulator.told_day import ToldDay


class Untold(VigieError):
    """Not everything that was told was read."""


@dataclass(frozen=True)
class Carried:
    """What became of the messages of one source on their way.

    Attributes:
        transport: what they travelled through.
        usual: what they would have travelled through with every server installed.
        messages: told by the source.
        sent: payloads that carried them: themselves, or files and answers of several.
        received: payloads that the connector took in.
        rows: rows that it made of them, accepted or refused.
    """

    source: str
    transport: str
    usual: str
    messages: int
    sent: int
    received: int
    rows: int

    @property
    def is_whole(self) -> bool:
        """Whether all that was sent was received, and something was read from it."""
        return self.sent == self.received and (self.rows > 0 or self.messages == 0)


@dataclass(frozen=True)
class Shown:
    """The local day that is simulated, and the seed of the city."""

    day: date
    seed: int


def shown(city: str, day: date | None, seed: int | None) -> Shown | None:
    """What to simulate, those of the city's simulation profile unless said; None for a city without one.

    Raises:
        WrongUse: a day or seed for a city that cannot be simulated.
    """
    from schemas.simulation import load_simulation, simulated_cities

    if city not in simulated_cities():
        if day is not None or seed is not None:
            raise WrongUse(
                f"--day and --seed are for simulated cities ({', '.join(simulated_cities())}); {city} is not"
            )
        return None
    usual = load_simulation(city)["demo"]
    return Shown(day or date.fromisoformat(usual["day"]), int(usual["seed"]) if seed is None else seed)


def start_servers(folder: Path) -> Servers:
    """Start the message servers; they end with the demonstration at the latest.

    One that is not installed, or does not start, is left out and told of: its sources then come through files.
    """
    servers = Servers()

    def start_mqtt() -> None:
        servers.mqtt, servers.mqtt_port = mosquitto.start_mosquitto(folder / "mosquitto")

    def start_amqp() -> None:
        server = rabbitmq.RabbitMq(folder / "rabbitmq")
        try:
            server.start()
        except BaseException:
            server.stop()
            raise
        servers.amqp = server

    known = ((mosquitto.PACKAGE, mosquitto.PROGRAM, start_mqtt), (rabbitmq.PACKAGE, rabbitmq.PROGRAM, start_amqp))
    for package, places, start in known:
        instead = "its sources are told through files instead"
        if find(*places) is None:
            servers.absent.append(f"{package} is not installed (apt-get install {package}): {instead}")
            continue
        try:
            start()
        except (MissingPart, ChildFailed) as error:
            servers.absent.append(f"{package} did not start: {instead}. {str(error).splitlines()[0]}")
    return servers


def folder_of(settings: Settings, city: str) -> Path:
    """Where the simulated day of a city lies: its messages as files, and what a perfect reading gives."""
    return settings.home / "simulated" / city


def invent(settings: Settings, city: str, day: date, seed: int) -> ToldDay:
    """Simulate the day, and keep what is told of it."""
    from schemas.simulation import load_simulation
    from simulator.city import City
    from simulator.told_day import tell_day
    from simulator.wire import writers

    connectors = {connector.name: connector for connector in _told_sources(city)}
    dropping = [name for name, connector in connectors.items() if usual_transport(connector) == "file"]
    chosen = {name: writer for name, writer in writers().items() if name in connectors}
    told = tell_day(City.of(load_simulation(city), seed), day, chosen, dropping)
    folder = folder_of(settings, city)
    shutil.rmtree(folder, ignore_errors=True)
    told.keep(folder)
    return told


def _told_sources(city: str) -> tuple[SourceConnector, ...]:
    """Sources of the city that the simulator writes for, and that the law lets be read."""
    from connectors.sdk.authorisation import is_authorised
    from simulator.wire import writers

    known = {name for name, writer in writers().items() if not getattr(writer, "IS_ISOLATED", False)}
    now = datetime.now(UTC)
    return tuple(one for one in sources.connectors_of(city) if one.name in known and is_authorised(one, now))


def stages(settings: Settings, city: str, day: ToldDay, servers: Servers, stack: ExitStack) -> list[Stage]:
    """What each source is told and read through; those that wait for an answer to every message come first."""
    folder = folder_of(settings, city)
    told = (connector for connector in _told_sources(city) if connector.name in day.messages)
    staged = [stage(connector, day, servers, folder, stack) for connector in told]
    return sorted(staged, key=lambda one: (one.transport != "mllp", -one.parcels))


def carry(
    settings: Settings, city: str, bootstrap: str, one: Stage, progress: Callable[[str, int], None]
) -> Carried:
    """Tell one source and read it."""
    one.begin()
    report: RunReport
    (report,) = sources.run(
        settings, city, bootstrap, [one.name], is_live=True, elsewhere={one.name: one.place}, progress=progress
    )
    return Carried(one.name, one.transport, one.usual, one.messages, one.parcels, report.payloads, report.read)


def require_whole(carried: Sequence[Carried], counts: Sequence[SourceCount]) -> None:
    """Refuse a play in which something was lost, or read twice, on its way from the source to the lake.

    Raises:
        Untold: names the sources, and what was counted at both ends.
    """
    in_lake: dict[str, int] = {}
    for count in counts:
        name = count.source_id.rpartition(":")[2]
        in_lake[name] = in_lake.get(name, 0) + count.read
    broken = [f"{one.source}: {one.sent} payloads sent, {one.received} received" for one in carried if not one.is_whole]
    broken += [
        f"{one.source}: {one.rows} rows read, {in_lake.get(one.source, 0)} in the lake's account"
        for one in carried
        if one.rows != in_lake.get(one.source, 0)
    ]
    if broken:
        raise Untold(f"what was told and what was read differ: {'; '.join(broken)}; the logs of the servers say more")
