"""What must hold of every connector on whole recordings; the conformance suite judges the slices."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sdk.conformance import fixtures_of
from connectors.sdk.element import Element
from connectors.sdk.formats import CsvFormat
from connectors.sdk.registry import names
from schemas.contract import load
from tests.connectors.conftest import recorded_source

FIXTURES = tuple(fixture for name in names() for fixture in fixtures_of(name))
READ_TWICE = tuple(fixture for fixture in FIXTURES if (recorded_source(fixture).folder / "expected.py").exists())
RECORDED = tuple(fixture for fixture in FIXTURES if "whole_recording" in recorded_source(fixture).about)
FORMATS = {fixture: recorded_source(fixture).connector.format for fixture in FIXTURES}
LINES = tuple(
    name
    for name, form in FORMATS.items()
    if type(form) is CsvFormat and form.header and "json" not in str(recorded_source(name).about["content_type"])
)
STRANGE = [
    "nan",
    "inf",
    "-0.1",
    "1e400",
    "9" * 40,
    "2005-10-30 01:30:00+00:00",
    "0001-01-01",
    "9999-12",
    "mq",
    "\ud800",
]
Recorded = Callable[[str], Any]
every_recording = pytest.mark.parametrize("name", RECORDED)


@pytest.mark.parametrize("name", READ_TWICE)
def test_stored_rows_are_those_of_the_independent_reading(name: str, recorded: Recorded) -> None:
    """Nobody edited `accepted.jsonl` to please the connector."""
    source = recorded(name)
    assert list(source.stored()) == source.expected(source.slice)


@every_recording
def test_whole_recording_agrees_with_the_independent_reading(name: str, recorded: Recorded) -> None:
    """Every row of the recording is accepted and equals the one computed without the connector."""
    source = recorded(name)
    assert source.full.refused == []
    assert source.full.accepted == source.expected(source.recording)


@every_recording
def test_whole_recording_has_the_known_counts(name: str, recorded: Recorded) -> None:
    """Rows and distinct keys per contract."""
    source = recorded(name)
    found = {}
    for contract in source.connector.contracts:
        rows, key = source.full.rows(contract), load(contract).key
        found[contract] = [len(rows), len({tuple(row[column] for column in key) for row in rows})]
    assert found == source.about["whole_recording"]


@pytest.mark.parametrize("name", LINES)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_text_in_any_field_is_mapped(name: str, recorded: Recorded, data: st.DataObject) -> None:
    """`to_row` is total: strange values pass on and never raise."""
    source = recorded(name)
    payload = source.payload(source.slice)
    element = next(source.connector.split(payload))
    text = st.text(max_size=20) | st.sampled_from(STRANGE)
    value = {column: data.draw(text) for column in source.connector.format.columns}
    for _, row in source.connector.to_rows(Element({**element.value, **value}, element.raw, 0), payload):
        json.dumps(row)


@pytest.mark.parametrize("name", LINES)
def test_huge_line_is_refused_and_its_neighbour_lives(name: str, recorded: Recorded) -> None:
    """A field of megabytes costs one element."""
    source = recorded(name)
    raws = [element.raw for element in source.connector.split(source.payload(source.slice))]
    header = source.slice[: len(source.slice) - sum(map(len, raws))]
    _judge_huge(source, header + b"x" * 3_000_000 + raws[0] + raws[1])


def test_huge_trip_is_refused_and_its_neighbour_lives(recorded: Recorded) -> None:
    """The same in a binary feed."""
    source = recorded("gtfs_rt_trip_updates")
    feed = FeedMessage.FromString(source.slice)
    feed.entity[0].trip_update.trip.trip_id = "x" * 3_000_000
    del feed.entity[0].trip_update.stop_time_update[1:]
    _judge_huge(source, feed.SerializeToString())


def _judge_huge(source: Any, content: bytes) -> None:
    reading = source.read(content)
    assert [(index, rule) for index, _, rule, _ in reading.refused] == [(0, "too_large")]
    assert reading.accepted
