"""Simulated files, read by the real connectors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.sdk import registry
from connectors.sdk.accounting import Outcome
from connectors.sdk.conformance.subject import FIXTURE_KEY
from connectors.sdk.element import Payload
from connectors.sdk.judge import outcomes
from simulator.city import City


def read(city: City, name: str, files: list[Path]) -> Iterator[Outcome]:
    """Every file as it is collected on the evening of its day."""
    profile = city.simulation.city
    connector = registry.load(name)(profile.source(name), profile)
    connector.guard = connector.guard_with(FIXTURE_KEY)
    for file in files:
        evening = datetime.fromisoformat(file.name[:10]).replace(hour=23, tzinfo=UTC)
        yield from outcomes(connector, Payload(file.read_bytes(), f"file:{file.name}", evening))


def rows_of(found: list[Outcome], contract: str) -> list[dict[str, Any]]:
    return [dict(one.row or {}) for one in found if not one.violations and one.contract == contract]


def seconds(written: Any) -> int:
    return int(datetime.fromisoformat(written).timestamp())


def files(folder: Path, name: str) -> list[Path]:
    found = sorted((folder / name).iterdir())
    assert found
    return found
