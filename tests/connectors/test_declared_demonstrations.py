"""The traps of declared demonstrations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OCCUPATION = "silver.planned_occupation"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector under Marseille's profile."""
    return recorded("declared_demonstrations")


def test_no_person_survives_anywhere(source: Any) -> None:
    """Declarant, telephone and slogan are not mapped."""
    for outcome in source.outcomes(source.slice):
        shown = outcome.message.value.decode() + repr(outcome.message.headers) + repr(outcome.row)
        assert not any(word in shown for word in ("Roux", "06 11", "retraites", "Climat", "Vigile"))


def test_no_person_survives_in_a_dead_letter(source: Any) -> None:
    """A refused element is told by its mapped fields too."""
    for path in (source.folder / "refused").glob("*.csv"):
        for outcome in source.outcomes(path.read_bytes()):
            assert not any(
                word in outcome.message.value.decode() for word in ("Roux", "06 11", "retraites", "Climat", "Vigile")
            )


def test_range_of_attendance_stays_a_range(source: Any) -> None:
    """Three figures, one, or none; none is no zero, and no figure names no source."""
    rows = source.read(source.slice).rows(OCCUPATION)
    names = [f"expected_attendance_{bound}_count" for bound in ("min", "central", "max")]
    assert [[row[name] for name in names] for row in rows[:3]] == [
        [1_500, 2_000, 3_000],
        [None, 80, None],
        [None, None, None],
    ]
    assert [row["attendance_source_code"] for row in rows[:3]] == ["organiser", "organiser", None]


def test_end_past_midnight_is_on_the_next_day(source: Any) -> None:
    """21:00 to 01:30 lasts four and a half hours."""
    parade = source.read(source.slice).rows(OCCUPATION)[2]
    assert (parade["starts_at"], parade["ends_at"]) == ("2025-06-21T19:00:00Z", "2025-06-21T23:30:00Z")


def test_start_with_hour_and_no_end_is_open(source: Any) -> None:
    """The day beside a missing hour is the day of the start, not an end."""
    assert source.read(source.slice).rows(OCCUPATION)[1]["ends_at"] is None


def test_forbidden_and_cancelled_ones_stay_visible(source: Any) -> None:
    """A forbidden demonstration may gather all the same."""
    states = [row["occupation_status_code"] for row in source.read(source.slice).rows(OCCUPATION)]
    assert states == ["confirmed", "planned", "forbidden", "cancelled", "unknown"]
