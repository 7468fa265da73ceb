"""A simulated day is told into every transport and read whole, whatever servers there are, and loss is never silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from connectors.sdk import registry
from connectors.sdk.connector import SourceConnector
from connectors.sdk.offsets import OffsetStore
from schemas.city import load_city
from schemas.simulated import is_simulated
from simulator.city import City
from simulator.told_day import FEW, ToldDay, tell_day
from simulator.wire import writers
from tests.connectors.sdk.conftest import MemorySink
from tests.simulator.conftest import CITY, small
from tests.vigie.conftest import Vigie
from vigie.demo.independent.compare import FIGURED
from vigie.demo.independent.wire import WIRE
from vigie.demo.report import SourceCount
from vigie.demo.simulated import Carried, Untold, require_whole, shown, start_servers
from vigie.demo.stages import Servers, Stage, stage, usual_transport
from vigie.elsewhere import moved, read
from vigie.errors import WrongUse
from vigie.local import mosquitto, rabbitmq

DAY = date(2025, 9, 13)
OPEN = {name: writer for name, writer in writers().items() if not getattr(writer, "IS_ISOLATED", False)}
ONE_OF_EACH = {
    "http": "gtfs_rt_trip_updates", "file": "municipal_logbook", "mllp": "hl7v2_adt", "mqtt": "emergency_buttons",
    "amqp": "cisu_rc_eda",
}  # fmt: skip


@pytest.fixture(scope="module")
def day() -> ToldDay:
    """What a small town tells, without the many positions of patrols."""
    chosen = {name: writer for name, writer in OPEN.items() if name in {*ONE_OF_EACH.values(), "open311_requests"}}
    return tell_day(City.of(small(), 1), DAY, chosen, ["municipal_logbook"])


@pytest.fixture(scope="module")
def folder(day: ToldDay, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("simulated")
    day.keep(found)
    return found


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIE_PSEUDONYM_KEY", "a key that only this test knows")


def connector_of(day: ToldDay, name: str, **settings: object) -> SourceConnector:
    profile = day.city.simulation.city
    source = profile.source(name)
    return registry.load(name)(replace(source, settings={**source.settings, **settings}, recordings=()), profile)


def connector_named(name: str) -> SourceConnector:
    profile = load_city(CITY)
    return registry.load(name)(profile.source(name), profile)


def received(connector: SourceConnector, one: Stage, folder: Path) -> int:
    """Payloads read from a stage, of which nothing was refused but what the simulator spoilt."""
    one.begin()
    sink = MemorySink()
    report = read(moved(connector, one.place), one.place, sink, OffsetStore(folder), None)
    assert report.accepted > report.rejected
    return report.payloads


def test_a_day_is_told_until_midnight_and_every_message_lies_in_one_file(day: ToldDay) -> None:
    for name, told in day.messages.items():
        assert all(day.facts.day.starts_s <= message.at_s < day.facts.day.ends_s for message in told)
        files = list(day.files(name))
        assert sorted(one for _, some in files for one in some) == sorted(message.content for message in told)
        assert len({file for file, _ in files}) == len(files)
        assert [file for file, _ in files] == sorted(file for file, _ in files)
    assert len(day.messages["municipal_logbook"]) <= FEW
    assert all(len(some) == 1 for _, some in day.files("municipal_logbook"))


def test_what_is_kept_of_a_day_is_marked_and_newest_states_are_those_of_the_day(day: ToldDay, folder: Path) -> None:
    assert is_simulated(folder)
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(day.messages)
    kept = [json.loads(path.read_bytes()) for path in sorted((folder / "open311_requests").iterdir())]
    assert sum(map(len, kept)) == len(day.messages["open311_requests"])


@pytest.mark.parametrize("transport", ["http", "file", "mllp"])
def test_all_that_is_told_is_read(transport: str, day: ToldDay, folder: Path, tmp_path: Path, key: None) -> None:
    connector = connector_of(day, ONE_OF_EACH[transport])
    with ExitStack() as stack:
        one = stage(connector, day, Servers(), folder, stack)
        assert (one.transport, one.usual) == (transport, transport)
        assert received(connector, one, tmp_path) == one.parcels
    assert one.messages == len(day.messages[one.name]) > 0


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Both real message servers."""
    started = start_servers(tmp_path_factory.mktemp("servers"))
    yield started
    started.stop()


def test_a_server_that_is_not_there_or_does_not_start_is_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "rabbitmq-server"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr(mosquitto, "PROGRAM", ("mosquitto-of-nobody",))
    monkeypatch.setattr(rabbitmq, "PROGRAM", ("rabbitmq-server", str(broken)))
    started = start_servers(tmp_path / "servers")
    assert not started.carry("mqtt")
    assert not started.carry("amqp")
    missing, failed = started.absent
    instead = "its sources are told through files instead"
    assert missing == f"mosquitto is not installed (apt-get install mosquitto): {instead}"
    assert failed.startswith(f"rabbitmq-server did not start: {instead}. rabbitmq ended")
    assert "\n" not in failed
    started.stop()


@pytest.mark.integration
@pytest.mark.parametrize("transport", ["mqtt", "amqp"])
def test_all_that_is_told_to_a_server_is_read_from_it(
    transport: str, day: ToldDay, servers: Servers, folder: Path, tmp_path: Path
) -> None:
    connector = connector_of(day, ONE_OF_EACH[transport])
    with ExitStack() as stack:
        one = stage(connector, day, servers, folder, stack)
        assert one.transport == transport
        assert received(connector, one, tmp_path) == one.parcels == len(day.messages[one.name])


@pytest.mark.parametrize("transport", ["mqtt", "amqp"])
def test_without_its_server_a_source_is_told_through_files_and_says_so(
    transport: str, day: ToldDay, folder: Path, tmp_path: Path
) -> None:
    connector = connector_of(day, ONE_OF_EACH[transport])
    with ExitStack() as stack:
        one = stage(connector, day, Servers(), folder, stack)
        assert (one.transport, one.usual) == ("file", transport)
        assert received(connector, one, tmp_path) == one.parcels


def test_credentials_and_addresses_of_the_real_source_are_not_used(day: ToldDay, folder: Path) -> None:
    secrets = {"headers": {"apikey": "${VIGIE_SECRET_REAL}"}, "password": "${VIGIE_SECRET_REAL}", "user": "someone"}
    real = {"url": "https://real.example/feed", "calendars": [{"url": "https://real.example/1"}, {"url": "x"}]}
    connector = connector_of(day, "open311_requests", **secrets, **real)
    assert usual_transport(connector) == "http"
    with ExitStack() as stack:
        one = stage(connector, day, Servers(), folder, stack)
        left = dict(moved(connector, one.place).source.settings)
    assert not {"headers", "password", "user"} & left.keys()
    assert "real.example" not in str(left)
    assert len(left["calendars"]) == 1  # type: ignore[arg-type]


def test_what_is_lost_or_read_twice_is_told_loudly() -> None:
    whole = Carried("a", "mqtt", "mqtt", messages=3, sent=3, received=3, rows=4)
    counts = [SourceCount("urn:vigie:x:a", f"silver.{table}", n, n, 0, 0) for table, n in (("one", 3), ("two", 1))]
    require_whole([whole], counts)
    with pytest.raises(Untold, match="a: 3 payloads sent, 2 received"):
        require_whole([replace(whole, received=2)], counts)
    with pytest.raises(Untold, match="a: 4 rows read, 3 in the lake's account"):
        require_whole([whole], counts[:1])
    with pytest.raises(Untold, match="a: 3 payloads sent, 3 received"):
        require_whole([replace(whole, rows=0)], [])


def test_a_city_is_simulated_by_its_profile_or_as_told() -> None:
    usual = shown(CITY, None, None)
    assert usual is not None
    assert usual.day < date.today()
    other = shown(CITY, date(2025, 6, 21), 4)
    assert other is not None
    assert (other.day, other.seed) == (date(2025, 6, 21), 4)
    assert shown("lancashire", None, None) is None
    with pytest.raises(WrongUse, match="--day and --seed are for simulated cities"):
        shown("lancashire", None, 3)


def test_a_day_that_is_none_is_told(vigie: Vigie) -> None:
    done = vigie("demo", "--day", "13/09/2025")
    assert done.returncode == 2
    assert "expected a day such as 2025-09-13" in done.stderr


def test_every_simulated_source_of_incidents_is_read_by_the_witness_too() -> None:
    telling = {name for name in OPEN if set(FIGURED) & set(connector_named(name).contracts)}
    assert len(telling) >= 4
    missing = sorted(telling - set(WIRE))
    assert not missing, f"no independent reader for {', '.join(missing)}: add one to WIRE of vigie/demo/independent"
