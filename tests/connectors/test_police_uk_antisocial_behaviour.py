"""The traps of a file without keys and without days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

REPORT = "silver.incident_report"
HEADER = "month\tlongitude\tlatitude\tlocation\tlsoa_code"
LINE = "2022-05-01\t-2.4869\t53.7109\tSports/Recreation Area\tE01012591"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("police_uk_antisocial_behaviour")


def ids(source: Any, *lines: str, end: str = "\n") -> list[str]:
    """Keys of the lines, the first of which is the header."""
    return [row["report_id"] for _, row in source.read("".join(line + end for line in lines).encode()).accepted]


def test_equal_lines_are_different_incidents(source: Any) -> None:
    """36,334 distinct lines tell 56,434 incidents; the most repeated one tells 41."""
    lines = Counter(source.recording.decode().splitlines()[1:])
    assert (len(lines), max(lines.values())) == (36_334, 41)
    assert len(set(ids(source, HEADER, LINE, LINE, LINE))) == 3


def test_second_copy_in_another_order_adds_no_incident(source: Any) -> None:
    """The same 56,434 keys from the same file turned upside down."""
    header, *lines = source.recording.splitlines(keepends=True)
    payload = source.payload(header + b"".join(reversed(lines)))
    again = {source.connector.to_row(e, payload)["report_id"] for e in source.connector.split(payload)}
    assert len(again) == 56_434
    assert again == {row["report_id"] for row in source.full.rows(REPORT)}


def test_one_more_equal_line_is_one_more_incident(source: Any) -> None:
    """A corrected file keeps the old keys and adds one."""
    before, after = ids(source, HEADER, LINE, LINE), ids(source, HEADER, LINE, LINE, LINE)
    assert after[:2] == before
    assert after[2] not in before


def test_line_ends_do_not_change_a_key(source: Any) -> None:
    """The same file saved on another system."""
    assert ids(source, HEADER, LINE, LINE, end="\r\n") == ids(source, HEADER, LINE, LINE)


def test_order_of_columns_does_not_change_a_key(source: Any) -> None:
    """The same file written by another program."""
    turned = ["\t".join(reversed(line.split("\t"))) for line in (HEADER, LINE)]
    assert ids(source, *turned) == ids(source, HEADER, LINE)


def test_file_without_a_last_line_end_keeps_its_keys(source: Any) -> None:
    """The last line is a line."""
    rows = source.read(f"{HEADER}\n{LINE}".encode()).accepted
    assert [row["report_id"] for _, row in rows] == ids(source, HEADER, LINE)


@pytest.mark.parametrize(
    ("month", "first", "until"),
    [
        ("2022-01-01", "2022-01-01T00:00:00Z", "2022-02-01T00:00:00Z"),
        ("2022-03-01", "2022-03-01T00:00:00Z", "2022-03-31T23:00:00Z"),
        ("2022-08-01", "2022-07-31T23:00:00Z", "2022-08-31T23:00:00Z"),
        ("2022-10-01", "2022-09-30T23:00:00Z", "2022-11-01T00:00:00Z"),
        ("2022-12-01", "2022-12-01T00:00:00Z", "2023-01-01T00:00:00Z"),
        ("2022-08", "2022-07-31T23:00:00Z", "2022-08-31T23:00:00Z"),
    ],
)
def test_incident_is_spread_over_its_local_month(source: Any, month: str, first: str, until: str) -> None:
    """Months begin and end at local midnight, in summer time an hour before UTC's."""
    line = LINE.replace("2022-05-01", month)
    ((_, row),) = source.read(f"{HEADER}\n{line}\n".encode()).accepted
    assert (row["occurred_at"], row["occurred_until_at"]) == (first, until)
    assert row["time_precision_code"] == "month"


@pytest.mark.parametrize("written", ["2022-05-17", "2022-13-01", "2022-00", "05/2022"])
def test_what_is_no_month_is_not_spread_over_one(source: Any, written: str) -> None:
    """A file with days would be another source: it is refused."""
    reading = source.read(f"{HEADER}\n{LINE.replace('2022-05-01', written)}\n".encode())
    assert [(rule, column) for _, _, rule, column in reading.refused] == [
        ("type", "occurred_at"),
        ("type", "occurred_until_at"),
    ]


def test_on_or_near_alone_is_no_address(source: Any) -> None:
    """3,597 lines name no street."""
    assert sum(row["address"] is None for row in source.full.rows(REPORT)) == 3_597


def test_precision_says_that_places_are_snapped(source: Any) -> None:
    """No reader may take a snapped point for a place."""
    assert {row["location_precision_m"] for row in source.full.rows(REPORT)} == {150}
