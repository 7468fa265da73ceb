"""The traps of the school holidays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

DAY = "reference.calendar_day"


@pytest.mark.parametrize("fixture", ["school_holidays", "school_holidays+official"])
def test_lessons_start_again_on_the_monday(recorded: Callable[[str], Any], fixture: str) -> None:
    """All Saints' holidays of Marseille's zone last from 19 October to 3 November 2024 in both tables."""
    source = recorded(fixture)
    days = [
        row["calendar_date"]
        for row in source.read(source.slice).rows(DAY)
        if row["school_zone"] == "B" and row["holiday_label"] == "Vacances de la Toussaint"
    ]
    assert (days[0], days[-1], len(days)) == ("2024-10-19", "2024-11-03", 16)


def test_each_zone_of_a_line_is_a_fact_of_its_own(recorded: Callable[[str], Any]) -> None:
    """A refused flag of one zone costs neither of the others."""
    source = recorded("school_holidays")
    reading = source.read(source.slice)
    february = {row["school_zone"] for row in reading.rows(DAY)
                if row["calendar_date"] == "2025-02-10" and row["is_school_holiday"]}  # fmt: skip
    assert february == {"B"}
    assert len(reading.accepted) == 3 * (source.slice.count(b"\n") - 1)


def test_pupils_and_teachers_are_told_apart(recorded: Callable[[str], Any]) -> None:
    """A day of teachers before the start of term is no holiday of the streets."""
    source = recorded("school_holidays+official")
    found = {row["holiday_label"]: row["audience_code"] for row in source.read(source.slice).rows(DAY)}
    assert found["Pré-rentrée"] == "teachers"
    assert found["Vacances d'Hiver"] == "pupils"


def test_midnight_is_that_of_the_territory(recorded: Callable[[str], Any]) -> None:
    """20:00 UTC is midnight of the next day in Réunion, and the evening before in Paris."""
    source = recorded("school_holidays+official")
    days = [row["calendar_date"] for row in source.read(source.slice).rows(DAY) if row["school_zone"] == "Réunion"]
    assert (days[0], days[-1]) == ("2024-12-21", "2025-01-26")


def test_short_names_of_the_interface_are_the_same_table(recorded: Callable[[str], Any]) -> None:
    """The interface exports under other names; the rows are equal."""
    source = recorded("school_holidays+official")
    renamed = source.slice.replace(
        "Description;Population;Date de début;Date de fin;Académies;Zones".encode(),
        b"description;population;start_date;end_date;location;zones",
    )
    assert source.read(renamed).accepted == source.read(source.slice).accepted
