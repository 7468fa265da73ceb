"""The traps of building permits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OCCUPATION = "silver.planned_occupation"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector under Marseille's profile."""
    return recorded("building_permits")


def test_no_person_survives_anywhere(source: Any) -> None:
    """Applicant and architect are not mapped."""
    for outcome in source.outcomes(source.slice):
        shown = outcome.message.value.decode() + repr(outcome.message.headers) + repr(outcome.row)
        assert not any(word in shown for word in ("Bernard", "Blanc"))


def test_no_person_survives_in_a_dead_letter(source: Any) -> None:
    """A refused element is told by its mapped fields too."""
    for path in (source.folder / "refused").glob("*.csv"):
        for outcome in source.outcomes(path.read_bytes()):
            assert not any(word in outcome.message.value.decode() for word in ("Bernard", "Blanc"))


def test_unset_date_is_missing(source: Any) -> None:
    """1 January 1900 and NC are how the office writes that it does not know."""
    ends = [row["ends_at"] for row in source.read(source.slice).rows(OCCUPATION)]
    assert ends == [None, "2026-03-01T23:00:00Z", "2024-06-28T22:00:00Z", None]


def test_land_register_metres_land_in_the_city(source: Any) -> None:
    """CC44 written with blanks between thousands and a decimal comma."""
    first = source.read(source.slice).rows(OCCUPATION)[0]
    assert (round(first["longitude"], 4), round(first["latitude"], 4)) == (5.3959, 43.2699)


def test_unknown_state_is_kept_as_unknown(source: Any) -> None:
    """A new word of the office refuses no permit."""
    assert source.read(source.slice).rows(OCCUPATION)[3]["occupation_status_code"] == "unknown"
