"""The traps of filming permits in a workbook."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OCCUPATION = "silver.planned_occupation"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector under Marseille's profile."""
    return recorded("film_shoots")


def test_no_person_survives_anywhere(source: Any) -> None:
    """Title, production and persons in charge are not mapped."""
    for outcome in source.outcomes(source.slice):
        shown = outcome.message.value.decode() + repr(outcome.message.headers) + repr(outcome.row)
        assert not any(word in shown for word in ("Morel", "06 55", "La rue", "Savon"))


def test_no_person_survives_in_a_dead_letter(source: Any) -> None:
    """A refused element is told by its mapped fields too."""
    for path in (source.folder / "refused").glob("*.xlsx"):
        for outcome in source.outcomes(path.read_bytes()):
            assert not any(word in outcome.message.value.decode() for word in ("Morel", "06 55", "La rue", "Savon"))


def test_cells_of_dates_and_texts_mean_the_same(source: Any) -> None:
    """A cell formatted as a date, or the same typed as text."""
    first, second = source.read(source.slice).rows(OCCUPATION)[:2]
    assert (first["starts_at"], second["starts_at"]) == ("2025-05-12T04:30:00Z", "2025-05-14T05:00:00Z")


def test_trucks_come_before_and_leave_after(source: Any) -> None:
    """The street is taken from the evening before until the night after."""
    first = source.read(source.slice).rows(OCCUPATION)[0]
    assert first["setup_from_at"] < first["starts_at"] < first["ends_at"] < first["removal_until_at"]


def test_whole_days_hold_their_last_day(source: Any) -> None:
    """2 to 4 June are three days."""
    days = source.read(source.slice).rows(OCCUPATION)[2]
    assert (days["starts_at"], days["ends_at"]) == ("2025-06-01T22:00:00Z", "2025-06-04T22:00:00Z")
