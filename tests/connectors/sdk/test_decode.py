"""Decoders of single values: total, exact, and sure about the two nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import decode

PACIFIC, PARIS = "America/Los_Angeles", "Europe/Paris"
ANYTHING = st.none() | st.text() | st.integers() | st.floats() | st.booleans() | st.binary() | st.lists(st.text())


@pytest.mark.parametrize(
    ("zone", "written", "expected"),
    [
        (PACIFIC, "2010-01-15 12:00:00", "2010-01-15T20:00:00Z"),
        (PACIFIC, "2010-07-15 12:00:00", "2010-07-15T19:00:00Z"),
        (PACIFIC, "2010-07-15 12:00:00+00:00", "2010-07-15T19:00:00Z"),
        (PACIFIC, "2010-07-15T12:00:00.250Z", "2010-07-15T19:00:00.250000Z"),
        (PACIFIC, "2010-03-14 01:59:59", "2010-03-14T09:59:59Z"),
        (PACIFIC, "2010-03-14 02:30:00", "2010-03-14T10:30:00Z"),  # never on the clock: 03:30 daylight time
        (PACIFIC, "2010-03-14 03:00:00", "2010-03-14T10:00:00Z"),
        (PACIFIC, "2010-11-07 00:59:59", "2010-11-07T07:59:59Z"),
        (PACIFIC, "2010-11-07 01:30:00", "2010-11-07T08:30:00Z"),  # twice on the clock: the first is meant
        (PACIFIC, "2010-11-07 02:00:00", "2010-11-07T10:00:00Z"),
        (PARIS, "2024-03-31 01:59:59", "2024-03-31T00:59:59Z"),
        (PARIS, "2024-03-31 02:30:00", "2024-03-31T01:30:00Z"),  # never on the clock: 03:30 summer time
        (PARIS, "2024-03-31 03:00:00", "2024-03-31T01:00:00Z"),
        (PARIS, "2024-10-27 02:30:00", "2024-10-27T00:30:00Z"),  # twice on the clock: the first is meant
        (PARIS, "2024-10-27 03:00:00", "2024-10-27T02:00:00Z"),
        (PARIS, "2024-10-27", "2024-10-26T22:00:00Z"),
        (PARIS, " 2024-10-27 12:30 ", "2024-10-27T11:30:00Z"),
    ],
)
def test_local_time_becomes_utc(zone: str, written: str, expected: str) -> None:
    assert decode.local_instant(written, zone) == expected
    assert decode.local_instant(written, ZoneInfo(zone)) == expected


@pytest.mark.parametrize("zone", [PACIFIC, PARIS])
@given(moment=st.datetimes(min_value=datetime(1975, 1, 1), max_value=datetime(2035, 1, 1)))
def test_local_time_agrees_with_the_calendar_except_in_the_hour_told_twice(zone: str, moment: datetime) -> None:
    moment = moment.replace(microsecond=0)
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    found = datetime.fromisoformat(str(decode.local_instant(local.strftime("%Y-%m-%d %H:%M:%S"), zone)))
    assert local.astimezone(UTC) - found == timedelta(hours=local.fold)


@pytest.mark.parametrize(
    "written",
    [
        "yesterday",
        "2010-02-30 10:00:00",
        "2010-01-01 24:00:00",
        "1700000000000",
        "2010-W03-1",
        "٢٠١٠-٠١-٠١",
        "0000-01-01",
    ],
)
def test_what_is_no_local_time_passes_unchanged(written: str) -> None:
    assert decode.local_instant(written, PARIS) == written


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2024-11-04T10:00:00+01:00", "2024-11-04T09:00:00Z"),
        ("2024-11-04 10:00:00 +0100", "2024-11-04T09:00:00Z"),
        ("2024-11-04T09:00:00Z", "2024-11-04T09:00:00Z"),
        ("2024-11-04T09:00:00", "2024-11-04T09:00:00"),
        ("2024-11-04", "2024-11-04"),
        ("9999-12-31T23:00:00-05:00", "9999-12-31T23:00:00-05:00"),
        ("", None),
        (None, None),
    ],
)
def test_zoned_time_needs_its_offset(written: str | None, expected: str | None) -> None:
    assert decode.zoned_instant(written) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0, "1970-01-01T00:00:00Z"),
        ("1417387583", "2014-11-30T22:46:23Z"),
        (1417387583.5, "2014-11-30T22:46:23.500000Z"),
        (1417387583000, 1417387583000),
        (-(10**30), -(10**30)),
        ("soon", "soon"),
        ("", None),
    ],
)
def test_posix_seconds(value: Any, expected: Any) -> None:
    assert decode.posix_instant(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12), ("-0.5", -0.5), (" 3.0 ", 3.0), ("1e3", 1000.0), (7, 7), ("", None), (None, None), (True, "true"),
        ("nan", "nan"), ("inf", "inf"), ("1e999", "1e999"), ("1_000", "1_000"), ("٣", "٣"), ("12 m", "12 m"),
        (float("nan"), "nan"), ("9" * 30, float("9" * 30)),
    ],
)  # fmt: skip
def test_number(value: Any, expected: Any) -> None:
    assert decode.number(value) == expected


def test_number_with_local_marks() -> None:
    assert decode.number("2 536,5", decimal=",", thousands=" ") == 2536.5


def test_scaling() -> None:
    assert decode.kelvin_to_celsius("290.15") == 17.0
    assert decode.kelvin_to_celsius("mq") == "mq"
    assert decode.percent_to_ratio(60) == 0.6
    assert decode.percent_to_ratio(None) is None


def test_identifier_needs_every_part() -> None:
    assert decode.identifier("bmpm", "2026", 12) == "bmpm:2026-12"
    assert decode.identifier("bmpm", "2026", " ") is None
    assert decode.identifier("bmpm") is None


def test_absent_markers() -> None:
    assert decode.absent("mq", "mq", "") is None
    assert decode.absent("0", "mq") == "0"


@given(ANYTHING)
def test_decoders_never_raise(value: Any) -> None:
    for found in (
        decode.local_instant(value, PARIS),
        decode.zoned_instant(value),
        decode.posix_instant(value),
        decode.number(value),
        decode.kelvin_to_celsius(value),
        decode.text(value),
        decode.identifier("x", value),
    ):
        assert found is None or isinstance(found, str | int | float)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2022-03", ("2022-03-01T00:00:00Z", "2022-03-31T23:00:00Z")),
        ("2022-12-01", ("2022-12-01T00:00:00Z", "2023-01-01T00:00:00Z")),
        ("2022-03-02", ("2022-03-02", "2022-03-02")),
        ("2022-13", ("2022-13", "2022-13")),
        ("", (None, None)),
    ],
)
def test_a_month_is_spread_from_midnight_to_midnight(written: str, expected: tuple[str | None, str | None]) -> None:
    assert decode.local_month(written, "Europe/London") == expected


@pytest.mark.parametrize(
    ("count", "state"),
    [(0, "published_zero"), (0.0, "published_zero"), (3, "published"), (None, "not_received"), ("n.d.", "published")],
)
def test_an_empty_figure_is_no_zero(count: object, state: str) -> None:
    assert decode.publication_state(count) == state
