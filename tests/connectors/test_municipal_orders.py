"""The traps of traffic and parking orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

OCCUPATION = "silver.planned_occupation"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector under Marseille's profile."""
    return recorded("municipal_orders")


def test_no_person_survives_anywhere(source: Any) -> None:
    """Applicant, object and signatory are not mapped."""
    for outcome in source.outcomes(source.slice):
        shown = outcome.message.value.decode() + repr(outcome.message.headers) + repr(outcome.row)
        assert not any(word in shown for word in ("Durand", "Martin", "Petit", "Œuf"))


def test_no_person_survives_in_a_dead_letter(source: Any) -> None:
    """A refused element is told by its mapped fields too."""
    for path in (source.folder / "refused").glob("*.csv"):
        for outcome in source.outcomes(path.read_bytes()):
            assert not any(word in outcome.message.value.decode() for word in ("Durand", "Martin", "Petit", "Œuf"))


def test_last_day_of_an_order_belongs_to_it(source: Any) -> None:
    """16 May without an hour ends with the day; 16 May at 17h00 ends at 17:00."""
    first, second = source.read(source.slice).rows(OCCUPATION)[:2]
    assert (first["ends_at"], second["ends_at"]) == ("2025-05-16T15:00:00Z", "2025-05-16T22:00:00Z")
    assert (first["is_all_day"], second["is_all_day"]) == (False, True)


def test_order_until_further_notice_stays_open(source: Any) -> None:
    """No end is no end, neither today nor year 9999."""
    (terrace,) = [row for row in source.read(source.slice).rows(OCCUPATION) if row["occupation_kind_code"] == "terrace"]
    assert terrace["ends_at"] is None


def test_measures_become_codes_and_tell_a_closed_road(source: Any) -> None:
    """Words nobody mapped are `other` and leave the question open."""
    rows = source.read(source.slice).rows(OCCUPATION)
    assert [(row["declared_measures"], row["has_road_closure"]) for row in rows[:1] + rows[4:]] == [
        ("road_closed diversion", True),
        ("other", None),
        (None, None),
    ]


def test_hour_that_occurs_twice_is_its_first_occurrence(source: Any) -> None:
    """26 October 2025 at 02h30 is still summer time; the end at 06h00 is not."""
    night = source.read(source.slice).rows(OCCUPATION)[3]
    assert (night["starts_at"], night["ends_at"]) == ("2025-10-26T00:30:00Z", "2025-10-26T05:00:00Z")
