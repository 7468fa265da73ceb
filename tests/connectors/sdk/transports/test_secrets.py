"""Secrets come from the environment or a file at run time, and come out nowhere."""

from __future__ import annotations

import logging
import traceback
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from connectors.sdk.errors import BadSetting, ConnectorError
from connectors.sdk.secrets import Secret, judge, secret, secrets, text
from schemas.city import SourceSettings
from schemas.city_reader import read_source
from schemas.errors import CityError
from schemas.secrets import plain_secrets
from tests.connectors.sdk.transports.conftest import SECRET_VARIABLE, Reader, Reports, report
from tests.connectors.sdk.transports.servers import PASSWORD, USER, Mosquitto, RabbitMq
from tests.connectors.sdk.transports.test_amqp import publish
from tests.connectors.sdk.transports.test_http_paging import Paged, page, serving

WRITTEN_OUT = [
    {"password": "hunter2"},
    {"broker": {"api_key": "hunter2"}},
    {"access_token": "hunter2"},
    {"headers": {"Authorization": "Bearer hunter2"}},
    {"headers": {"X-API-Key": "hunter2"}},
    {"secret_parameters": {"k": "hunter2"}},
    {"feeds": [{"token": "hunter2"}]},
    {"password": ["hunter2"]},
    {"pwd": 40_000_001},
    {"url": "mqtts://user:hunter2@broker.example/x"},
    {"url": "https://hunter2@data.example/x"},
    {"mirror": {"url": "amqp://u:hunter2@b/x"}},
    {"url": "https://data.example/x?api_key=hunter2"},
]
HARMLESS = [
    {"password": "${VIGIE_SECRET_BROKER}", "token": "file:/run/secrets/token"},
    {"headers": {"Authorization": "Bearer ${VIGIE_SECRET_T}", "Accept": "text/csv"}},
    {"url": "https://data.example/x?day=1&mail=a@b", "columns": {"fact_key": "N°", "keyword": "mot"}},
    {"certificate_key_file": "/etc/vigie/key.pem", "key_column": "id", "password": None},
]


@pytest.mark.parametrize("settings", WRITTEN_OUT)
def test_a_secret_written_out_is_refused_with_file_and_line(settings: dict[str, Any], tmp_path: Path) -> None:
    import yaml

    path = tmp_path / "sources" / "x_things.yaml"
    path.parent.mkdir()
    head = 'connector: x_things\nlabel: {fr: "a", en: "a"}\npublisher: "a"\nlicence: "a"\nmax_rejected_ratio: 0.02\n'
    path.write_text(head + yaml.safe_dump({"settings": settings}))
    with pytest.raises(CityError, match=r"x_things\.yaml:[789]: settings\.") as caught:
        read_source(path, "city", "Europe/Paris")
    assert "hunter2" not in str(caught.value)
    assert "VIGIE_SECRET_" in str(caught.value)


@pytest.mark.parametrize("settings", HARMLESS)
def test_references_and_ordinary_settings_are_let_through(settings: dict[str, Any]) -> None:
    assert list(plain_secrets(settings)) == []


def test_settings_made_otherwise_are_refused_when_reading_begins(reader: Reader) -> None:
    with pytest.raises(BadSetting, match=r"settings\.password: found a secret written out") as caught:
        reader.read(url="mqtt://127.0.0.1/x", password="hunter2")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(BadSetting, match="user or password in an address"):
        reader.read(url="amqp://u:hunter2@127.0.0.1/x", queue="q")


def test_a_secret_is_found_in_the_environment_or_in_a_file(
    source: SourceSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("from file\n")
    monkeypatch.setenv("VIGIE_SECRET_A", "from environment")
    headers = {"A": "B ${VIGIE_SECRET_A}"}
    chosen = {"password": "${VIGIE_SECRET_A}", "token": f"file:{tmp_path}/token", "headers": headers}
    known = replace(source, settings=chosen)
    found = secret(known, "password"), secret(known, "token")
    assert [one.reveal() for one in found if one] == ["from environment", "from file"]
    assert secrets(known, "headers") == {"A": "B from environment"}
    assert secret(known, "absent") is None
    judge(known)
    assert "from environment" not in repr(known) + repr(found) + str(found[0]) + f"{found[0]}"


@pytest.mark.parametrize("value", ["${VIGIE_SECRET_ABSENT}", "file:/nowhere/at/all", "file:/dev/null"])
def test_a_secret_that_is_not_there_says_where_it_was_looked_for(source: SourceSettings, value: str) -> None:
    with pytest.raises(BadSetting, match=r"settings\.password names the"):
        secret(replace(source, settings={"password": value}), "password")


def test_what_is_stored_with_every_record_takes_no_secret(
    source: SourceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIE_SECRET_A", "hunter2")
    monkeypatch.setenv("VIGIE_SOURCE_HOST", "broker.example")
    with pytest.raises(BadSetting, match="shown and stored"):
        text(replace(source, settings={"url": "https://x/${VIGIE_SECRET_A}"}), "url")
    assert text(replace(source, settings={"url": "mqtt://${VIGIE_SOURCE_HOST}/x"}), "url") == "mqtt://broker.example/x"


def test_a_secret_never_shows_itself() -> None:
    assert "hunter2" not in f"{Secret('hunter2')} {Secret('hunter2')!r}"


class Everything:
    """Collects whatever comes out of a run."""

    def __init__(self, reader: Reader, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
        self.reader, self.caplog, self.capfd = reader, caplog, capfd
        self.errors: list[str] = []
        caplog.set_level(logging.DEBUG)

    def read(self, *, kind: type[Any] = Reports, **settings: object) -> None:
        connector = self.reader.connector(kind, **settings)
        try:
            account = self.reader.read(kind, **settings)
            self.errors += [repr(account), *account.notes]
        except ConnectorError as error:
            shown = traceback.TracebackException.from_exception(error)
            self.errors += [str(error), repr(error), *shown.format()]
        self.errors += [repr(connector), repr(connector.source), repr(connector.__dict__)]

    def shown(self) -> str:
        printed = self.capfd.readouterr()
        offsets = [path.read_text() for path in self.reader.offsets.root.glob("*")]
        messages = self.reader.sink.acknowledged + self.reader.sink.taken
        return "\n".join([*self.errors, self.caplog.text, printed.out, printed.err, *offsets, repr(messages)])


@pytest.fixture
def everything(
    reader: Reader, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> Everything:
    return Everything(reader, caplog, capfd)


@pytest.mark.integration
def test_mqtt_tells_no_secret(everything: Everything, mosquitto: Mosquitto, secret: str) -> None:
    url = f"mqtt://127.0.0.1:{mosquitto.login_port}/allowed/x"
    everything.read(url=url, user=USER, password=secret)
    everything.read(url=url, user="wrong", password=secret)
    everything.read(url="mqtt://127.0.0.1:9/x", user=USER, password=secret, attempts=1)
    assert "set or renew" in everything.shown()
    assert PASSWORD not in everything.shown()


@pytest.mark.integration
def test_amqp_tells_no_secret(everything: Everything, rabbitmq: RabbitMq, secret: str) -> None:
    url, queue = f"amqp://127.0.0.1:{rabbitmq.port}/", uuid4().hex
    publish(rabbitmq, queue, [report(1), b"{"])
    everything.read(url=url, queue=queue, user=USER, password=secret)
    everything.read(url=url, queue=queue, user="wrong", password=secret)
    everything.read(url="amqp://127.0.0.1:9/", queue=queue, user=USER, password=secret, attempts=1)
    assert len(everything.reader.sink.acknowledged) == 2
    shown = everything.shown()
    assert "set or renew" in shown
    assert PASSWORD not in shown


@pytest.mark.integration
def test_kafka_tells_no_secret(everything: Everything, broker: Any, secret: str) -> None:
    settings: dict[str, object] = {"user": USER, "password": secret, "attempts": 1}
    everything.read(url=f"kafka://{broker.bootstrap_servers}/x", **settings)
    everything.read(url="kafka://127.0.0.1:9/x", **settings)
    shown = everything.shown()
    assert "SourceUnavailable" in shown or "SourceRefused" in shown
    assert PASSWORD not in shown


def _answered(status: int, body: bytes, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
    return status, {"Location": path} if status == 302 else {}, body


def test_http_tells_no_secret(everything: Everything, secret: str) -> None:
    settings: dict[str, object] = {"headers": {"X-Key": secret}, "secret_parameters": {"token": secret}}
    for status, body in ((200, page(1, 1)), (200, b"{"), (403, b"no"), (302, b"")):
        answer = partial(_answered, status, body)
        with serving(answer) as (origin, _):
            everything.read(kind=Paged, url=f"{origin}/x", **settings)
    shown = everything.shown()
    assert len(everything.reader.sink.acknowledged) == 2
    assert "SourceRefused" in shown
    assert PASSWORD not in shown


def test_mllp_tells_no_secret_of_its_certificate(everything: Everything, tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(PASSWORD)
    files = {"certificate_file": str(tmp_path / "key.pem"), "certificate_key_file": str(tmp_path / "key.pem")}
    everything.read(url="mllps://127.0.0.1:0", **files)
    assert "certificate_file" in everything.shown()
    assert PASSWORD not in everything.shown()


def test_variables_of_sources_are_no_unknown_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from vigie import settings
    from vigie.errors import ConfigurationError

    monkeypatch.setenv("VIGIE_SETTINGS", str(tmp_path / "none.toml"))
    monkeypatch.setenv(SECRET_VARIABLE, "x")
    monkeypatch.setenv("VIGIE_SOURCE_DROP", "/srv/drop")
    assert settings.load().city
    monkeypatch.setenv("VIGIE_SECRETS", "x")
    with pytest.raises(ConfigurationError, match="VIGIE_SECRETS is no setting"):
        settings.load()


