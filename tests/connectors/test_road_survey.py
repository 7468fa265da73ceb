"""The traps of road surveys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

CONDITION = "silver.road_condition_observation"


def test_direction_of_the_grade_is_told_by_the_profile(recorded: Callable[[str], Any]) -> None:
    """One maker's 1 is another's 5; neither is turned round."""
    for fixture, direction in (("road_survey", "best_is_1"), ("road_survey+csv", "best_is_5")):
        source = recorded(fixture)
        assert {row["grade_scale_code"] for row in source.read(source.slice).rows(CONDITION)} == {direction}


def test_segment_without_mark_is_not_assessed(recorded: Callable[[str], Any]) -> None:
    """`NE` and blank are no grades; damage without a grade is still damage."""
    source = recorded("road_survey")
    rows = {row["condition_id"][-3:]: row for row in source.read(source.slice).rows(CONDITION)}
    assert (rows["189"]["assessment_code"], rows["189"]["condition_grade"]) == ("not_assessed", None)
    assert (rows["192"]["assessment_code"], rows["192"]["damage_classes"]) == ("not_assessed", "longitudinal_crack")


def test_unknown_damage_is_kept_in_the_words_of_the_source(recorded: Callable[[str], Any]) -> None:
    """A new class of damage refuses no segment."""
    source = recorded("road_survey")
    row = source.read(source.slice).rows(CONDITION)[3]
    assert (row["damage_classes"], row["source_damage"]) == ("trench_patch unknown", "Tranchée;Bosse inconnue")


def test_line_is_placed_on_itself(recorded: Callable[[str], Any]) -> None:
    """A segment given as a line has one of its points as position."""
    source = recorded("road_survey")
    row = source.read(source.slice).rows(CONDITION)[3]
    assert 5.374 < row["longitude"] < 5.377


def test_precision_of_the_time_is_what_was_written(recorded: Callable[[str], Any]) -> None:
    """A day alone is no midnight."""
    source = recorded("road_survey")
    rows = source.read(source.slice).rows(CONDITION)
    assert (rows[0]["time_precision_code"], rows[3]["time_precision_code"]) == ("minute", "day")


def test_no_person_and_no_image_survive(recorded: Callable[[str], Any]) -> None:
    """Operators and remarks are not mapped; a photo is a reference."""
    for fixture, person in (("road_survey", "Leroy"), ("road_survey+csv", "Smith")):
        source = recorded(fixture)
        for outcome in source.outcomes(source.slice):
            assert person not in outcome.message.value.decode()
