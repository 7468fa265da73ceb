"""Writes the first half of a fixture: a payload, cut, with the rows it gives; `refused.py` writes the other half."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

import yaml

from connectors.sdk.authoring.cutting import MAX_BYTES, cut
from connectors.sdk.authoring.parts import wire_format
from connectors.sdk.authoring.refused import damaged
from connectors.sdk.conformance import FIXTURES
from connectors.sdk.connector import SourceConnector, read_payload
from connectors.sdk.element import Payload
from connectors.sdk.errors import BadSetting, FixtureMissing
from connectors.sdk.formats import (
    CsvDialects,
    CsvFormat,
    GeoJsonFormat,
    JsonFormat,
    JsonLinesFormat,
    ProtobufFormat,
    WorkbookFormat,
    XmlFormat,
)
from connectors.sdk.http import HttpPoller
from connectors.sdk.judge import outcomes
from connectors.sdk.registry import load
from connectors.sdk.runner import payloads
from schemas.city import load_city

_SUFFIXES = {
    CsvFormat: "csv",
    CsvDialects: "csv",
    JsonFormat: "json",
    GeoJsonFormat: "geojson",
    JsonLinesFormat: "jsonl",
    XmlFormat: "xml",
    ProtobufFormat: "pb",
    WorkbookFormat: "xlsx",
}


@dataclass(frozen=True)
class Recorded:
    """What was written: ``violations`` are the first messages, one per rule and column."""

    folder: Path
    parts: int
    of_parts: int
    accepted: int
    refused: int
    samples: tuple[str, ...]
    violations: tuple[str, ...]


def record(
    name: str,
    *,
    city_id: str,
    file: Path | None = None,
    keep: str = "",
    fixtures: Path = FIXTURES,
    max_bytes: int = MAX_BYTES,
    poller: HttpPoller | None = None,
) -> Recorded:
    """Keep one payload of the source with the rows it gives: the first half of a fixture.

    A payload over ``max_bytes``, or any with ``keep``, is cut: one part of every shape (which fields are empty, numbers
    or texts), all whose text fits the expression ``keep``, and, without it, the first ones. Read ``accepted.jsonl``
    through against the source's documentation afterwards: it is what the tests hold true from then on.

    Args:
        name: the connector.
        city_id: the city whose settings of this source are used.
        file: a file at hand; without it the source is asked for one payload.
        keep: regular expression looked for in each part's JSON text.
        fixtures: folder of all fixtures.
        max_bytes: size of the payload kept.
        poller: HTTP side; one with default limits unless given.

    Raises:
        FixtureMissing: the source has nothing to give.
        BadSetting: the source carries persons, or the payload cannot be cut.
    """
    city = load_city(city_id)
    connector = load(name)(city.source(name), city)
    if connector.keep is not None:
        raise BadSetting(
            f"{name} carries persons: a recorded payload would put them into the repository; write a made-up payload "
            f"into {fixtures / name} by hand"
        )
    found = read_payload(file) if file else _asked(connector, city_id, poller or HttpPoller())
    if found.refusal:
        raise BadSetting(f"{found.url} cannot be recorded: {found.refusal.message}")
    content, kept, total = cut(connector.format, found.content, keep, max_bytes)
    payload = Payload(content, _address(connector, found, file), found.collected_at, _type(found, file))
    folder = fixtures / name
    (folder / "refused").mkdir(parents=True, exist_ok=True)
    for old in folder.glob("payload.*"):
        old.unlink()
    (folder / f"payload.{_suffix(connector, file)}").write_bytes(content)
    (folder / "payload.yaml").write_text(_described(payload, city_id), "utf-8")
    (folder / "accepted.jsonl").write_text(_accepted(connector, payload), "utf-8")
    licence = folder / "LICENCE.md"
    if not licence.exists():
        licence.write_text(_licence(connector, payload, kept, total), "utf-8")
    samples = () if any((folder / "refused").glob("*.yaml")) else damaged(name, fixtures)
    return _counted(connector, payload, folder, kept, total, samples)


def _asked(connector: SourceConnector, city_id: str, poller: HttpPoller) -> Payload:
    found = next(iter(payloads(connector, {}, poller)), None)
    if found is None or found.refusal:
        reason = found.refusal.message if found and found.refusal else "the source gave nothing"
        raise FixtureMissing(
            f"{connector.name} cannot be recorded: {reason}; correct the source's settings in city {city_id}, or give "
            "a file at hand with --payload"
        )
    return found


def _counted(
    connector: SourceConnector, payload: Payload, folder: Path, kept: int, total: int, samples: Sequence[str]
) -> Recorded:
    accepted = refused = 0
    told: dict[tuple[str, str], str] = {}
    for outcome in outcomes(connector, payload):
        accepted += outcome.is_accepted
        refused += not outcome.is_accepted
        for violation in outcome.violations:
            told.setdefault(
                (violation.rule, violation.column), f"{violation.rule} {violation.column}: {violation.message}"
            )
    return Recorded(folder, kept, total, accepted, refused, tuple(samples), tuple(told.values())[:5])


def _address(connector: SourceConnector, payload: Payload, file: Path | None) -> str:
    """Where the payload came from; of a file at hand the publisher's page and the file's name."""
    page = connector.attribution.url.rstrip("/")
    return f"{page}#{file.name}" if file and page else payload.url


def _type(payload: Payload, file: Path | None) -> str | None:
    if payload.content_type or file is None:
        return payload.content_type
    name = file.name.removesuffix(".gz")
    known = {".jsonl": "application/x-ndjson", ".geojson": "application/geo+json", ".xlsx": _XLSX}
    return known.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"


_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _suffix(connector: SourceConnector, file: Path | None) -> str:
    declared = wire_format(connector.format)
    if isinstance(declared, CsvFormat) and declared.delimiter == "\t":
        return "tab"
    own = Path(file.name.removesuffix(".gz")).suffix.lstrip(".") if file else ""
    return next((suffix for kind, suffix in _SUFFIXES.items() if isinstance(declared, kind)), own or "bin")


def _described(payload: Payload, city_id: str) -> str:
    facts: Mapping[str, Any] = {
        "url": payload.url,
        "collected_at": payload.collected_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "content_type": payload.content_type,
        "city": city_id,
    }
    return yaml.safe_dump(facts, sort_keys=False, allow_unicode=True)


def _licence(connector: SourceConnector, payload: Payload, kept: int, total: int) -> str:
    source = connector.source
    what = f"{kept} of {total} parts, cut by `vigie connectors record`." if kept < total else "The payload is whole."
    return (
        f"# {source.label.en}\n\n| | |\n|---|---|\n| Publisher | {source.publisher} |\n| Licence | {source.licence} |\n"
        f"| Origin | {payload.url} |\n\n{what} Samples under `refused/` are spoilt on purpose.\n"
    )


def _accepted(connector: SourceConnector, payload: Payload) -> str:
    lines = []
    for outcome in outcomes(connector, payload):
        if outcome.is_accepted and outcome.row is not None:
            row = {column: value for column, value in outcome.row.items() if value is not None}
            lines.append(json.dumps({"contract": outcome.contract, "row": row}, ensure_ascii=False) + "\n")
    return "".join(lines)
