"""Starts a new connector, records its fixture and checks it: the three commands of somebody who adds a source."""

from __future__ import annotations

import importlib
import json
import keyword
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from string import Template
from typing import Any

import yaml

from connectors.sdk import registry
from connectors.sdk.conformance import FIXTURES, Report, fixtures_of, load_subject
from connectors.sdk.conformance import check as check_subject
from connectors.sdk.connector import FileConnector, PollingConnector, SourceConnector, SubscribingConnector
from connectors.sdk.element import Payload
from connectors.sdk.envelope import prefix_of, topic_of
from connectors.sdk.errors import BadSetting, FixtureMissing
from connectors.sdk.formats import (
    CsvDialects,
    CsvFormat,
    FiguresFormat,
    Format,
    JsonFormat,
    JsonLinesFormat,
    KeptFieldsFormat,
    ProtobufFormat,
    WorkbookFormat,
    XmlFormat,
)
from connectors.sdk.http import HttpPoller
from connectors.sdk.judge import outcomes
from connectors.sdk.runner import payloads
from connectors.sdk.samples import licence_of, sample_rows
from schemas.city import load_city
from schemas.label import Label

ROOT = Path(__file__).parents[2]
KINDS = {"file": FileConnector, "polling": PollingConnector, "subscribing": SubscribingConnector}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)+")
_SUFFIXES = {
    CsvFormat: "csv",
    CsvDialects: "csv",
    JsonFormat: "json",
    JsonLinesFormat: "jsonl",
    XmlFormat: "xml",
    ProtobufFormat: "pb",
    WorkbookFormat: "xlsx",
}
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class ConnectorFacts:
    """One line of the list of connectors; ``rows`` are those of its recorded samples, ``licence`` is theirs."""

    name: str
    family: str
    kind: str
    transport: str
    label: Label
    contracts: tuple[str, ...]
    topic: str
    publisher: str
    licence: str
    rows: int
    dialects: tuple[str, ...]


def list_connectors() -> tuple[ConnectorFacts, ...]:
    """What is known of every connector, by name."""
    return tuple(_facts(name, connector) for name, connector in registry.connectors().items())


def new_connector(name: str, kind: str = "file", root: Path = ROOT) -> tuple[Path, ...]:
    """Write ``connectors/<name>.py`` and its fixture folder, ready to be filled in.

    Args:
        name: ``<standard or publisher>_<what>``; module, fixture folder and topic take it.
        kind: ``file``, ``polling`` or ``subscribing``.
        root: root of the repository.

    Returns:
        The files and folders made.

    Raises:
        BadSetting: the name or the kind cannot be, or the connector exists.
    """
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise BadSetting(
            f"{name!r} cannot name a connector; expected <standard or publisher>_<what> in a-z, 0-9 and _, "
            "such as open311_requests"
        )
    if kind not in KINDS:
        raise BadSetting(f"{kind!r} is no kind of connector; expected one of {', '.join(KINDS)}")
    module = root / "connectors" / f"{name}.py"
    if module.exists():
        raise BadSetting(f"{module} exists already; change it, or choose another name")
    template = Template((_TEMPLATES / f"{kind}.py.txt").read_text("utf-8"))
    class_name = "".join(word.capitalize() for word in name.split("_"))
    module.write_text(template.substitute(class_name=class_name, name=name), "utf-8")
    folder = root / "tests" / "fixtures" / "connectors" / name
    (folder / "refused").mkdir(parents=True, exist_ok=True)
    registry.names.cache_clear()
    importlib.invalidate_caches()
    return module, folder


def record(
    name: str,
    *,
    city_id: str,
    fixtures: Path = FIXTURES,
    max_bytes: int = 100_000,
    poller: HttpPoller | None = None,
) -> Path:
    """Fetch one payload of the source and write it with the rows it gives: the first half of a fixture.

    Read ``accepted.jsonl`` through against the source's documentation afterwards: it is what the tests hold
    true from then on. Line formats are cut after the last whole line within ``max_bytes``; other payloads are
    kept whole.

    Args:
        name: the connector.
        city_id: the city whose settings of this source are used.
        fixtures: folder of all fixtures.
        max_bytes: how much of a line-based payload is kept.
        poller: HTTP side; one with default limits unless given.

    Raises:
        FixtureMissing: the source has nothing to give.
    """
    city = load_city(city_id)
    connector = registry.load(name)(city.source(name), city)
    if connector.keep is not None:
        raise BadSetting(
            f"{name} carries persons: a recorded payload would put them into the repository; write a made-up payload "
            f"into {fixtures / name} by hand"
        )
    payload = next(iter(payloads(connector, {}, poller or HttpPoller())), None)
    if payload is None or payload.refusal:
        reason = payload.refusal.message if payload and payload.refusal else "the source gave nothing"
        raise FixtureMissing(f"{name} cannot be recorded: {reason}; correct the source's settings in city {city_id}")
    folder = fixtures / name
    (folder / "refused").mkdir(parents=True, exist_ok=True)
    kept = Payload(
        _beginning(connector, payload.content, max_bytes), payload.url, payload.collected_at, payload.content_type
    )
    for old in folder.glob("payload.*"):
        old.unlink()
    (folder / f"payload.{_suffix(connector)}").write_bytes(kept.content)
    (folder / "payload.yaml").write_text(_described(kept, city_id), "utf-8")
    (folder / "accepted.jsonl").write_text(_accepted(connector, kept), "utf-8")
    return folder


def check(name: str, fixtures: Path = FIXTURES) -> tuple[Report, ...]:
    """Apply the conformance suite to one connector, once per recorded dialect.

    Raises:
        UnknownConnector: no such connector.
        FixtureMissing: nothing recorded yet.
    """
    return tuple(check_subject(load_subject(one, fixtures), one) for one in fixtures_of(name, fixtures))


def _facts(name: str, connector: type[SourceConnector]) -> ConnectorFacts:
    kind = next((kind for kind, base in KINDS.items() if issubclass(connector, base)), "other")
    credit = connector.attribution
    contracts = registry.contracts_of(connector)
    return ConnectorFacts(
        name=name,
        family=connector.family,
        kind=kind,
        transport=connector.transport,
        label=connector.label,
        contracts=contracts,
        topic=topic_of(name, prefix_of(contracts)),
        publisher=credit.publisher,
        licence=licence_of(name),
        rows=sample_rows(name),
        dialects=tuple(one.partition("+")[2] for one in fixtures_of(name)[1:]),
    )


def _beginning(connector: SourceConnector, content: bytes, max_bytes: int) -> bytes:
    is_lines = isinstance(_wire(connector), CsvFormat | CsvDialects | JsonLinesFormat)
    if not is_lines or len(content) <= max_bytes:
        return content
    return content[: content.rfind(b"\n", 0, max_bytes) + 1]


def _suffix(connector: SourceConnector) -> str:
    declared = _wire(connector)
    if isinstance(declared, CsvFormat) and declared.delimiter == "\t":
        return "tab"
    return next((suffix for kind, suffix in _SUFFIXES.items() if isinstance(declared, kind)), "bin")


def _wire(connector: SourceConnector) -> Format:
    """The format of the bytes, under those that only cut its elements smaller."""
    declared = connector.format
    while isinstance(declared, FiguresFormat | KeptFieldsFormat):
        declared = declared.inner
    return declared


def _described(payload: Payload, city_id: str) -> str:
    facts: Mapping[str, Any] = {
        "url": payload.url,
        "collected_at": payload.collected_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content_type": payload.content_type,
        "city": city_id,
    }
    return yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)


def _accepted(connector: SourceConnector, payload: Payload) -> str:
    lines = []
    for outcome in outcomes(connector, payload):
        if outcome.is_accepted and outcome.row is not None:
            row = {column: value for column, value in outcome.row.items() if value is not None}
            lines.append(json.dumps({"contract": outcome.contract, "row": row}, ensure_ascii=False) + "\n")
    return "".join(lines)
