"""Places for addresses, on a town whose geometry is known by heart: streets every 100 m, a number every 10 m."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.geocoding import Gazetteer, Placed

METRE = 1 / 111_320.0
"""Degrees of latitude; the town lies on the equator, where longitude is as long."""


def town() -> Gazetteer:
    """Rue A to Rue E run east at 0, 100 … 400 m north; the avenues run north; even numbers 10 m apart."""
    rows = [
        (f"Rue {name}", number, number * 5 * METRE, index * 100 * METRE, 5.0)
        for index, name in enumerate(("Alpha", "Bravo", "Charlie", "Delta", "Echo"))
        for number in range(2, 62, 2)
        if number not in (20, 22)
    ]
    rows += [("Avenue du Général Leclerc", None, 150 * METRE, 200 * METRE, 300.0)]
    rows += [("Rue du Port", None, 0.0, 0.0, 50.0), ("Rue du Port", None, 9_000 * METRE, 0.0, 50.0)]
    streets, numbers, x, y, precision = zip(*rows, strict=True)
    return Gazetteer.of(streets, numbers, x, y, precision, language="fr")


TOWN = town()


def error_m(found: Placed, east_m: float, north_m: float) -> float:
    return math.hypot(found.longitude / METRE - east_m, found.latitude / METRE - north_m)


def test_a_known_number_is_at_its_place() -> None:
    found = TOWN.place_one("12, r. Bravo")
    assert (found.method, found.precision_m) == ("address", 5.0)
    assert error_m(found, 60, 100) < 0.1


def test_a_number_between_two_known_ones_lies_between_them() -> None:
    found = TOWN.place_one("22 rue Charlie")
    assert found.method == "interpolated"
    assert error_m(found, 110, 200) < 0.1
    assert found.precision_m >= 10


def test_a_number_past_the_last_one_follows_the_pace_of_the_street() -> None:
    found = TOWN.place_one("80 rue Alpha")
    assert found.method == "interpolated"
    assert error_m(found, 400, 0) < 1
    assert found.precision_m > 60


def test_a_number_far_beyond_gives_the_whole_street_with_a_wide_radius() -> None:
    found = TOWN.place_one("4000 rue Alpha")
    assert found.method == "street"
    assert found.precision_m >= 600


def test_a_street_without_numbers_is_placed_as_a_whole() -> None:
    found = TOWN.place_one("7 av. Gal Leclerc")
    assert (found.method, round(error_m(found, 150, 200))) == ("street", 0)
    assert found.precision_m >= 300


def test_another_spelling_is_the_same_street_and_a_short_one_is_not() -> None:
    assert TOWN.place_one("12 rue Brravo").method == "address"
    assert TOWN.place_one("12 rue Brv").method == "unplaced"


def test_a_kind_left_out_or_mistaken_is_forgiven_when_no_other_street_is_meant() -> None:
    assert TOWN.place_one("12 Bravo").method == "address"
    assert TOWN.place_one("12 boulevard Bravo").method == "address"


def test_a_building_before_or_behind_the_street_is_left_out() -> None:
    for text in ("12 rue Bravo Résidence les Pins", "Immeuble les Pins rue Bravo"):
        assert TOWN.place_one(text).method in ("address", "street"), text


def test_two_streets_of_one_name_far_apart_leave_the_address_unplaced() -> None:
    assert TOWN.place_one("Rue du Port").method == "unplaced"


def test_a_crossing_is_where_the_known_points_of_two_streets_come_near() -> None:
    found = TOWN.place_one("rue Alpha / rue Bravo")
    assert found.method == "crossing"
    assert found.precision_m >= 99


def test_straight_streets_cross_where_their_lines_do() -> None:
    east = [("1000 Block of EAST ST", 300 * METRE * k, 0.0) for k in (1, 2, 3)]
    north = [("1000 Block of NORTH AVE", 0.0, 300 * METRE * k) for k in (1, 2, 3)]
    texts, x, y = zip(*(east + north), strict=True)
    found = Gazetteer.of_addresses(texts, x, y, language="en").place_one("EAST ST / NORTH AVE")
    assert found.method == "crossing"
    assert error_m(found, 0, 0) < 1


def test_numbered_streets_are_never_taken_for_one_another() -> None:
    known = Gazetteer.of(["11th Avenue"], [None], [0.0], [0.0], [50.0], language="en")
    assert known.place_one("12th Avenue").method == "unplaced"


def test_missing_addresses_stay_missing_and_order_is_kept() -> None:
    found = TOWN.place([None, "12 rue Bravo", " ", "nowhere at all"])
    assert [one and one.method for one in found] == [None, "address", None, "unplaced"]


def test_the_answer_does_not_depend_on_the_order_of_the_register() -> None:
    rows = [("Rue Alpha", n, n * METRE, 0.0, 5.0) for n in range(1, 40, 3)] + [("Rue Beta", None, 0.0, METRE, 9.0)]
    for text in ("5 rue Alpha", "rue Beta", "rue Alpha / rue Beta", "90 rue Alpha"):
        answers = set()
        for order in (rows, rows[::-1]):
            columns = [list(column) for column in zip(*order, strict=True)]
            streets, numbers, x, y, precision = columns
            answers.add(Gazetteer.of(streets, numbers, x, y, precision, language="fr").place_one(text))
        assert len(answers) == 1, text


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text: str) -> None:
    found = TOWN.place_one(text)
    assert (found.method == "unplaced") == math.isnan(found.longitude)


@pytest.mark.parametrize("bad", [(math.nan, 0.0), (0.0, math.inf)])
def test_places_that_are_no_numbers_are_left_out(bad: tuple[float, float]) -> None:
    known = Gazetteer.of(["Rue Alpha"], [1], [bad[0]], [bad[1]], [5.0], language="fr")
    assert known.place_one("1 rue Alpha").method == "unplaced"
