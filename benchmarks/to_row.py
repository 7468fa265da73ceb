"""Elements to checked rows, per connector, over its recordings: what the edge costs before the broker."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, versions
from connectors.sdk import registry
from connectors.sdk.connector import SourceConnector, read_payload
from connectors.sdk.element import Element, Payload
from schemas.check import check_row
from schemas.city import cities, load_city
from schemas.contract import load

_COLUMNS = (
    "city", "connector", "elements", "rows", "elements/s, split", "rows/s, to_row", "rows/s with check_row",
)  # fmt: skip


def run(options: Sequence[str]) -> Result:
    """Measure every source of every city that has recordings."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks to_row --")
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args(list(options))
    found = registry.connectors()
    rows: list[dict[str, Cell]] = []
    for city_id in cities():
        city = load_city(city_id)
        for source in city.sources:
            if source.recordings:
                rows.append(_measure(found[source.connector](source, city), told.rounds))
    if not rows:
        raise BenchmarkError("no source of any city has recordings: expected some under cities/<city>/recordings")
    slowest = min(rows, key=lambda row: float(row["rows/s with check_row"] or 0))
    return Result(
        name="to_row",
        title="Elements to checked rows",
        promise="A connector is never what a stream waits for: thousands of checked rows per second on one core.",
        verdict=f"The slowest, {slowest['connector']}, gives {slowest['rows/s with check_row']:,} checked rows/s.",
        columns=(
            "city",
            "connector",
            "elements",
            "rows",
            "elements/s, split",
            "rows/s, to_row",
            "rows/s with check_row",
        ),
        rows=tuple(rows),
        notes=(
            f"One core, best of {told.rounds} rounds over the whole recording, in memory. Each column adds its "
            "step: split alone, to_rows alone, then to_rows and check_row.",
        ),
        versions=versions("orjson", "gtfs-realtime-bindings"),
    )


def _measure(connector: SourceConnector, rounds: int) -> dict[str, Cell]:
    payloads = [read_payload(path) for path in connector.source.recordings]
    parts: list[tuple[Payload, list[Element]]] = []
    for payload in payloads:
        elements = [element for element in connector.split(payload) if not element.violations]
        parts.append((payload, elements))
    element_count = sum(len(elements) for _, elements in parts)
    row_count = _map(connector, parts)
    split = best_seconds(lambda: [list(connector.split(payload)) for payload in payloads], rounds)
    mapped = best_seconds(lambda: _map(connector, parts), rounds)
    checked = best_seconds(lambda: _check(connector, parts), rounds)
    return {
        "city": connector.city.city_id,
        "connector": connector.name,
        "elements": element_count,
        "rows": row_count,
        "elements/s, split": round(element_count / split),
        "rows/s, to_row": round(row_count / mapped),
        "rows/s with check_row": round(row_count / checked),
    }


def _map(connector: SourceConnector, parts: Sequence[tuple[Payload, list[Element]]]) -> int:
    return sum(1 for payload, elements in parts for element in elements for _ in connector.to_rows(element, payload))


def _check(connector: SourceConnector, parts: Sequence[tuple[Payload, list[Element]]]) -> None:
    bounds = connector.city.bounds
    for payload, elements in parts:
        for element in elements:
            for name, row in connector.to_rows(element, payload):
                check_row(row, load(name), collected_at=payload.collected_at, bounds=bounds)
