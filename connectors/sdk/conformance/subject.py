"""What a connector is checked on: its recorded payload, the rows it must give, and samples that must be refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from connectors.sdk.accounting import Outcome
from connectors.sdk.connector import SourceConnector
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.errors import BadSetting, FixtureMissing
from connectors.sdk.judge import outcomes
from connectors.sdk.registry import load
from schemas.city import Authorisation, SourceSettings, load_city
from schemas.contract import TableContract
from schemas.contract import load as load_contract

FIXTURE_KEY = b"the key of recorded samples"
"""Pseudonyms of fixtures are made with this key everywhere; it protects nobody: samples hold no real person."""
FIXTURES = Path(__file__).parents[3] / "tests" / "fixtures" / "connectors"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Mapped(NamedTuple):
    """One row as the connector gave it."""

    contract: str
    row: Row


@dataclass(frozen=True)
class RefusedSample:
    """A small payload in which something must be refused, and how.

    ``violations`` holds ``index``, ``contract``, ``rule`` and ``column`` of each violation expected.
    """

    name: str
    payload: Payload
    violations: tuple[Mapping[str, Any], ...]
    accepted: int | None = None


@dataclass(frozen=True)
class Subject:
    """One connector together with its fixture."""

    connector: SourceConnector
    payload: Payload
    accepted: tuple[Mapped, ...]
    refused: tuple[RefusedSample, ...] = ()

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        """Every element of the recorded payload."""
        return tuple(self.connector.split(self.payload))

    @cached_property
    def readable(self) -> tuple[Element, ...]:
        """The elements that could be decoded."""
        return tuple(element for element in self.elements if not element.violations)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What the runner makes of the recorded payload."""
        return tuple(outcomes(self.connector, self.payload))

    @cached_property
    def contracts(self) -> Mapping[str, TableContract]:
        """The contracts the connector emits."""
        return {name: load_contract(name) for name in self.connector.contracts}

    def rows(self, element: Element) -> tuple[Mapped, ...]:
        """The rows of one element; a connector that raises gives none here (rule ``total`` tells it)."""
        try:
            return tuple(Mapped(*pair) for pair in self.connector.to_rows(element, self.payload))
        except Exception:  # a stranger's code
            return ()


def fixtures_of(name: str, fixtures: Path = FIXTURES) -> tuple[str, ...]:
    """A connector's fixture folders: ``<name>``, then ``<name>+<dialect>`` for each further dialect recorded."""
    return (name, *sorted(folder.name for folder in fixtures.glob(f"{name}+*") if folder.is_dir()))


def load_subject(name: str, fixtures: Path = FIXTURES) -> Subject:
    """The connector and its fixture folder ``<fixtures>/<name>/``; ``<connector>+<dialect>`` is another one of it.

    Raises:
        UnknownConnector: no such connector.
        FixtureMissing: nothing recorded yet; the message says how to.
    """
    folder = fixtures / name
    connector_name = name.partition("+")[0]
    connector_class = load(connector_name)
    payload_file = _payload_file(folder, "payload", connector_name)
    facts = _yaml(folder / "payload.yaml")
    city = load_city(str(facts["city"]))
    connector = connector_class(_source(city.source(connector_name), facts), city)
    connector.guard = connector.guard_with(FIXTURE_KEY)
    accepted_file = folder / "accepted.jsonl"
    accepted = accepted_file.read_text("utf-8").splitlines() if accepted_file.exists() else []
    return Subject(
        connector,
        _payload(payload_file, facts),
        tuple(Mapped(entry["contract"], entry["row"]) for entry in map(json.loads, accepted)),
        tuple(_sample(path, facts, name) for path in sorted((folder / "refused").glob("*.yaml"))),
    )


def _source(source: SourceSettings, facts: Mapping[str, Any]) -> SourceSettings:
    """The city's settings; a source that ships switched off is checked under the decision its fixture invents."""
    if "settings" in facts:  # a dialect that another city would write under `settings` of its source
        source = replace(source, settings=facts["settings"])
    if "authorisation" not in facts:
        return source
    decision = Authorisation(**facts["authorisation"])
    return replace(source, authorisation=decision, settings={**source.settings, "enabled": True})


def _sample(path: Path, facts: Mapping[str, Any], name: str) -> RefusedSample:
    expected = _yaml(path)
    payload = _payload(_payload_file(path.parent, path.stem, name), {**facts, **expected})
    return RefusedSample(path.stem, payload, tuple(expected.get("violations", ())), expected.get("accepted"))


def _payload_file(folder: Path, stem: str, name: str) -> Path:
    found = [path for path in sorted(folder.glob(f"{stem}.*")) if path.suffix != ".yaml"]
    if not found:
        raise FixtureMissing(
            f"connector {name} has no recorded {stem} in {folder}; "
            f"run `vigie connectors record {name}` to fetch one, with `--payload FILE` to take one from a file at hand"
        )
    return found[0]


def _payload(path: Path, facts: Mapping[str, Any]) -> Payload:
    collected = facts["collected_at"]
    moment = collected if isinstance(collected, datetime) else datetime.fromisoformat(str(collected))
    return Payload(path.read_bytes(), str(facts["url"]), moment, facts.get("content_type"))


def _yaml(path: Path) -> Mapping[str, Any]:
    if not path.exists():
        raise FixtureMissing(f"{path} is missing; it holds url, collected_at, content_type and city of the payload")
    found = yaml.load(path.read_text("utf-8"), Loader=_Loader)
    if not isinstance(found, Mapping):
        raise BadSetting(f"{path} holds {type(found).__name__}; expected a mapping")
    return found
