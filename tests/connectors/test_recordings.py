"""What must hold of every connector on whole recordings; the conformance suite judges the slices."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from google.transit.gtfs_realtime_pb2 import FeedMessage
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.sdk.element import Element

COUNTS = {
    "datasf_police_incidents": {"silver.incident_report": (6_701, 6_701)},
    "datasf_fire_calls": {"silver.incident_report": (7_254, 6_489), "silver.unit_dispatch": (7_254, 7_254)},
    "datasf_311_requests": {"silver.incident_report": (5_347, 5_347)},
    "police_uk_antisocial_behaviour": {"silver.incident_report": (56_434, 56_434)},
    "gtfs_rt_trip_updates": {"silver.trip_delay": (60_074, 60_074)},
    "meteofrance_synop": {"silver.weather_observation": (4_388, 4_388)},
}
KEYS = {
    "silver.incident_report": "report_id",
    "silver.unit_dispatch": "dispatch_id",
    "silver.trip_delay": "trip_delay_id",
    "silver.weather_observation": "observation_id",
}
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
every_connector = pytest.mark.parametrize("name", sorted(COUNTS))


@every_connector
def test_stored_rows_are_those_of_the_independent_reading(name: str, recorded: Recorded) -> None:
    """Nobody edited `accepted.jsonl` to please the connector."""
    source = recorded(name)
    assert list(source.stored()) == source.expected(source.slice)


@every_connector
def test_whole_recording_agrees_with_the_independent_reading(name: str, recorded: Recorded) -> None:
    """Every row of the recording is accepted and equals the one computed without the connector."""
    source = recorded(name)
    assert source.full.refused == []
    assert source.full.accepted == source.expected(source.recording)


@every_connector
def test_whole_recording_has_the_known_counts(name: str, recorded: Recorded) -> None:
    """Rows and distinct keys per contract."""
    source = recorded(name)
    found = {}
    for contract in source.connector.contracts:
        rows = source.full.rows(contract)
        found[contract] = (len(rows), len({row[KEYS[contract]] for row in rows}))
    assert found == COUNTS[name]


@pytest.mark.parametrize("name", sorted(set(COUNTS) - {"gtfs_rt_trip_updates"}))
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


@every_connector
def test_huge_element_is_refused_and_its_neighbour_lives(name: str, recorded: Recorded) -> None:
    """A field of megabytes costs one element."""
    source = recorded(name)
    if name == "gtfs_rt_trip_updates":
        feed = FeedMessage.FromString(source.slice)
        feed.entity[0].trip_update.trip.trip_id = "x" * 3_000_000
        del feed.entity[0].trip_update.stop_time_update[1:]
        content = feed.SerializeToString()
    else:
        raws = [element.raw for element in source.connector.split(source.payload(source.slice))]
        header = source.slice[: len(source.slice) - sum(map(len, raws))]
        content = header + b"x" * 3_000_000 + raws[0] + raws[1]
    reading = source.read(content)
    assert [(index, rule) for index, _, rule, _ in reading.refused] == [(0, "too_large")]
    assert reading.accepted
