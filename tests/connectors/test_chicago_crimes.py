"""The traps of the crimes of Chicago: no key, no offset, rounded clocks, three layouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from schemas.city import load_city

REPORT = "silver.incident_report"
HEADER = "date,loc_cat,longitude,latitude,district"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("chicago_crimes")


def row(source: Any, line: str, header: str = HEADER) -> dict[str, Any]:
    (found,) = source.read(f"{header}\n{line}\n".encode()).rows(REPORT)
    return dict(found)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2010-01-01 00:05", "2010-01-01T06:05:00Z"),
        ("2010-07-01 00:05", "2010-07-01T05:05:00Z"),
        ("2010-03-14 02:30", "2010-03-14T08:30:00Z"),  # never on the clock: 03:30 daylight time
        ("2010-11-07 00:59", "2010-11-07T05:59:00Z"),
        ("2010-11-07 01:30", "2010-11-07T06:30:00Z"),  # twice on the clock: the first is meant
        ("2010-11-07 02:00", "2010-11-07T08:00:00Z"),
    ],
)
def test_the_wall_clock_of_chicago_becomes_utc(source: Any, written: str, expected: str) -> None:
    assert row(source, f"{written},street,-87.6277,41.7922,2")["occurred_at"] == expected


def test_no_event_is_lost_in_the_hour_told_twice(source: Any) -> None:
    """Equal clocks, even equal lines, stay different events."""
    lines = "\n".join([HEADER, *["2011-11-06 01:00,street,-87.711,41.881,11"] * 3])
    assert len({found["report_id"] for found in source.read(lines.encode()).rows(REPORT)}) == 3


def test_every_event_of_the_benchmark_has_a_key_of_its_own(source: Any) -> None:
    """148,525 distinct lines tell 148,636 events."""
    assert len(set(source.recording.splitlines()[1:])) == 148_525
    assert len({found["report_id"] for found in source.full.rows(REPORT)}) == 148_636


def test_three_minutes_in_ten_are_rounded_and_pass_as_written(source: Any) -> None:
    minutes = Counter(found["occurred_at"][14:16] for found in source.full.rows(REPORT))
    assert round((minutes["00"] + minutes["30"]) / minutes.total(), 2) == 0.31


def test_an_event_of_the_portal_keeps_its_identifier_through_corrections(recorded: Callable[[str], Any]) -> None:
    first, second = (row for _, row in recorded("chicago_crimes+portal").read(_portal(recorded)).accepted[-2:])
    assert first["report_id"] == second["report_id"] == "chicago:20000004"
    assert first["source_updated_at"] < second["source_updated_at"]


def _portal(recorded: Callable[[str], Any]) -> bytes:
    content: bytes = recorded("chicago_crimes+portal").slice
    return content


def test_the_point_in_missouri_is_no_place(recorded: Callable[[str], Any]) -> None:
    header, line, *_ = _portal(recorded).decode().splitlines()
    nowhere = line.replace("1165074,1875917", "0,0").replace("41.815117282,-87.669999562", "36.619446395,-91.686565684")
    ((_, found),) = recorded("chicago_crimes+portal").read(f"{header}\n{nowhere}\n".encode()).accepted
    assert not {"longitude", "latitude", "location_precision_m"} & found.keys()


def test_portal_and_api_tell_one_event_alike(recorded: Callable[[str], Any]) -> None:
    one = recorded("chicago_crimes+portal").read(_portal(recorded)).accepted[0]
    other = recorded("chicago_crimes+api").read(recorded("chicago_crimes+api").slice).accepted[0]
    assert one == other


def test_a_line_kept_of_any_layout_is_read_again(recorded: Callable[[str], Any]) -> None:
    for name in ("chicago_crimes", "chicago_crimes+portal", "chicago_crimes+api"):
        source = recorded(name)
        for element in source.connector.split(source.payload(source.slice)):
            text = source.connector.text(element)
            assert source.connector.reread(text).value == element.value
            again = source.connector.reread(element.raw.decode(), source.connector.context_of(text))
            assert again.value == element.value


def test_every_offence_of_the_recordings_is_mapped(source: Any, recorded: Callable[[str], Any]) -> None:
    known = {line.source_code for line in load_city("chicago").source("chicago_crimes").category_map}
    for name in ("chicago_crimes", "chicago_crimes+portal"):
        assert {row["source_category"] for row in recorded(name).read(recorded(name).slice).rows(REPORT)} <= known
