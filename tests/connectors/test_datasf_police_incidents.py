"""The traps of San Francisco's police export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

HEADER = (
    "unique_key,category,descript,dayofweek,pddistrict,resolution,address,longitude,latitude,location,pdid,timestamp\n"
)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("datasf_police_incidents")


def line(timestamp: str, pdid: str = "1", unique_key: str = "1") -> str:
    """A line that is sound but for what is given."""
    place = '0 Block of A ST,-122.44,37.76,"(37.76, -122.44)"'
    return f"{unique_key},ASSAULT,BATTERY,Sunday,PARK,NONE,{place},{pdid},{timestamp}\n"


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2006-07-19 10:00:00+00:00", "2006-07-19T17:00:00Z"),
        ("2006-01-19 10:00:00+00:00", "2006-01-19T18:00:00Z"),
        ("2006-12-31 23:59:00+00:00", "2007-01-01T07:59:00Z"),
        ("2005-10-30 01:30:00+00:00", "2005-10-30T08:30:00Z"),
        ("2005-04-03 02:30:00+00:00", "2005-04-03T10:30:00Z"),
    ],
    ids=["summer", "winter", "new_year", "hour_that_occurs_twice", "hour_that_does_not_exist"],
)
def test_label_utc_is_read_as_pacific_wall_clock(source: Any, written: str, instant: str) -> None:
    """The offset the export wrote is not believed."""
    ((_, row),) = source.read((HEADER + line(written)).encode()).accepted
    assert row["occurred_at"] == instant


def test_offences_of_one_incident_are_different_reports(source: Any) -> None:
    """`unique_key` repeats, `pdid` does not."""
    lines = [row.split(",")[0] for row in source.recording.decode().splitlines()[1:]]
    assert len(set(lines)) == 6_234
    assert max(Counter(lines).values()) == 5
    content = HEADER + line("2006-07-19 10:00:00+00:00", "11") + line("2006-07-19 10:00:00+00:00", "12")
    assert [row["report_id"] for _, row in source.read(content.encode()).accepted] == ["sfpd:11", "sfpd:12"]


def test_line_told_twice_has_one_key(source: Any) -> None:
    """A repeated key is the same report again, for silver to count as a duplicate."""
    content = (HEADER + 2 * line("2006-07-19 10:00:00+00:00")).encode()
    first, second = (o.message for o in source.outcomes(content))
    assert (first.key, dict(first.headers)["ce_id"]) == (second.key, dict(second.headers)["ce_id"])


def test_disposition_is_not_taken_for_a_status(source: Any) -> None:
    """Two thirds of the lines say NONE for ever; the status stays unknown."""
    assert all(row.get("status_code") is None for row in source.full.rows("silver.incident_report"))


def test_added_column_is_no_damage(source: Any) -> None:
    """A column the connector does not know changes no row."""
    plain = (HEADER + line("2006-07-19 10:00:00+00:00")).encode()
    added = plain.replace(b",timestamp\n", b",timestamp,extra\n").replace(b"+00:00\n", b"+00:00,x\n")
    assert source.read(added).accepted == source.read(plain).accepted


def test_local_night_falls_on_its_local_day(source: Any) -> None:
    """Wall-clock midnight is the peak of rounded times, which only holds in Pacific time."""
    minutes = Counter(row["occurred_at"][11:16] for row in source.full.rows("silver.incident_report"))
    assert minutes["07:01"] + minutes["08:01"] > minutes["00:01"]
