"""Addresses as people and exports write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.geocoding import LANGUAGES, parsed


@pytest.mark.parametrize(
    ("text", "language", "street", "number", "block"),
    [
        ("12 bis, Bd. du Gal-de-Gaulle 13001 Marseille", "fr", "boulevard general gaulle", 12, 0),
        ("12 Boulevard du Général de Gaulle", "fr", "boulevard general gaulle", 12, 0),
        ("81, Rue Raymond Teisseire", "fr", "rue raymond teisseire", 81, 0),
        ("Rue Paradis, 12", "fr", "rue paradis", 12, 0),
        ("69/71 rue Sylvabelle", "fr", "rue sylvabelle", 69, 0),
        ("6, 8 rue Sénac", "fr", "rue senac", 6, 0),
        ("13 rue Thieux / 388 avenue de Mazargues", "fr", "rue thieux", 13, 0),
        ("Bd St Loup (face au 12)", "fr", "boulevard saint loup", None, 0),
        ("N° 5 av. Ste-Marthe", "fr", "avenue sainte marthe", 5, 0),
        ("1ère avenue", "fr", "1ere avenue", None, 0),
        ("La Canebière", "fr", "canebiere", None, 0),
        ("1400 Block of WALLER ST", "en", "waller street", 1400, 100),
        ("014XX W DIVERSEY AVE", "en", "west diversey avenue", 1400, 100),
        ("0 Block of POMONA ST", "en", "pomona street", 0, 100),
        ("1835 FOLSOM ST, SAN FRANCISCO, CA, 94103", "en", "folsom street", 1835, 0),
        ("24TH ST", "en", "24th street", None, 0),
        ("02ND AVE", "en", "2nd avenue", None, 0),
        ("1 Dr Carlton B Goodlett Pl Apt 4", "en", "drive carlton b goodlett place", 1, 0),
    ],
)
def test_an_address_is_taken_apart(text: str, language: str, street: str, number: int | None, block: int) -> None:
    found = parsed(text, language)
    assert (found.street, found.number, found.block_size, found.crossing) == (street, number, block, "")


@pytest.mark.parametrize(
    ("text", "language", "first", "second"),
    [
        ("HAIGHT ST / ASHBURY ST", "en", "haight street", "ashbury street"),
        ("24TH ST / MISSION ST", "en", "24th street", "mission street"),
        ("Intersection of 25TH AVE and LAKE ST", "en", "25th avenue", "lake street"),
        ("angle rue de Rome et rue Saint-Ferréol", "fr", "rue rome", "rue saint ferreol"),
        ("Rue d'Aubagne à l'angle du cours Lieutaud", "fr", "rue aubagne", "cours lieutaud"),
        ("Bd Baille x rue de Lodi", "fr", "boulevard baille", "rue lodi"),
    ],
)
def test_a_crossing_names_two_streets(text: str, language: str, first: str, second: str) -> None:
    found = parsed(text, language)
    assert (found.street, found.crossing, found.number) == (first, second, None)


def test_the_same_letters_mean_another_word_in_another_language() -> None:
    assert parsed("Rue St Pierre", "fr").street == "rue saint pierre"
    assert parsed("Pierre St", "en").street == "pierre street"


@given(st.text(max_size=400), st.sampled_from(sorted(LANGUAGES)))
def test_any_text_is_taken_apart_without_raising(text: str, language: str) -> None:
    found = parsed(text, language)
    assert found.number is None or found.number >= 0
    assert found.street == found.street.strip()
