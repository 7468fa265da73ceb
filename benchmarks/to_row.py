"""Elements to checked rows, per connector, over its recordings: what the edge costs before the broker."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from benchmarks.result import BenchmarkError, Cell, Result, best_seconds, versions
from connectors.sdk import registry
from connectors.sdk.conformance import fixtures_of, load_subject
from connectors.sdk.connector import SourceConnector, read_payload
from connectors.sdk.element import Element, Payload
from schemas.check import check_row
from schemas.contract import load

LEAST_ROWS_PER_SECOND = 5_000
_LEAST_ELEMENTS = 2_000
"""A short sample is gone through again until it has given this many, so that the clock sees it."""
_COLUMNS = (
    *("connector", "from", "elements", "rows", "elements/s, split", "rows/s, to_row", "rows/s with check_row"),
    "slowest step",
)
Parts = list[tuple[Payload, list[Element]]]


def run(options: Sequence[str]) -> Result:
    """Measure every connector: its recordings where its city has some, its recorded samples otherwise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks to_row --")
    parser.add_argument("--rounds", type=int, default=3)
    told = parser.parse_args(list(options))
    rows = [_measure(fixture, told.rounds) for name in registry.names() for fixture in fixtures_of(name)]
    if not rows:
        raise BenchmarkError("no connector has a recorded payload: expected some under tests/fixtures/connectors")
    slow = [row for row in rows if float(row["rows/s, to_row"] or 0) < LEAST_ROWS_PER_SECOND]
    slowest = min(rows, key=lambda row: float(row["rows/s with check_row"] or 0))
    under = ", ".join(str(row["connector"]) for row in slow) or "none"
    return Result(
        name="to_row",
        title="Elements to checked rows",
        promise="A connector is never what a stream waits for: at least 5,000 rows a second of to_row on one core.",
        verdict=f"Under 5,000 rows/s of to_row: {under}. The slowest with all checks, {slowest['connector']}, gives "
        f"{slowest['rows/s with check_row']:,} rows/s.",
        columns=_COLUMNS,
        rows=tuple(rows),
        notes=(
            f"One core, best of {told.rounds} rounds in memory, over the whole recording of the source's city where "
            "there is one, else over the recorded sample, gone through until it gave 2,000 elements. Each column adds "
            "its step: split alone, to_rows alone, then to_rows and check_row. A name with + is a dialect.",
            "The slowest step is the one of split, to_row and check_row that takes the longest for the same elements.",
        ),
        versions=versions("orjson", "gtfs-realtime-bindings"),
    )


def _measure(fixture: str, rounds: int) -> dict[str, Cell]:
    subject = load_subject(fixture)
    connector = subject.connector
    recordings = connector.source.recordings if "+" not in fixture else ()
    payloads = [read_payload(path) for path in recordings] or [subject.payload]
    parts = [
        (payload, [element for element in connector.split(payload) if not element.violations]) for payload in payloads
    ]
    elements = sum(len(found) for _, found in parts)
    times = max(1, -(-_LEAST_ELEMENTS // max(elements, 1)))
    rows = _map(connector, parts)
    split = best_seconds(lambda: [list(connector.split(one)) for _ in range(times) for one in payloads], rounds)
    mapped = best_seconds(lambda: [_map(connector, parts) for _ in range(times)], rounds)
    checked = best_seconds(lambda: _check(connector, parts, times), rounds)
    steps = {"split": split, "to_row": mapped, "check_row": checked - mapped}
    return {
        "connector": fixture,
        "from": "recording" if recordings else "sample",
        "elements": elements,
        "rows": rows,
        "elements/s, split": round(elements * times / split),
        "rows/s, to_row": round(rows * times / mapped),
        "rows/s with check_row": round(rows * times / checked),
        "slowest step": max(steps, key=lambda name: steps[name]),
    }


def _map(connector: SourceConnector, parts: Parts) -> int:
    return sum(1 for payload, elements in parts for element in elements for _ in connector.to_rows(element, payload))


def _check(connector: SourceConnector, parts: Parts, times: int) -> None:
    bounds = connector.city.bounds
    for payload, elements in parts * times:
        for element in elements:
            for name, row in connector.to_rows(element, payload):
                check_row(row, load(name), collected_at=payload.collected_at, bounds=bounds)
