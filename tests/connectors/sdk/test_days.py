"""Days and periods as people write them."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk.days import day_end, day_start, french_period, local_day

PARIS = ZoneInfo("Europe/Paris")
NEAR = date(2026, 8, 18)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("Du 18/08/2026 au 20/08/2026", "2026-08-18", "2026-08-20"),
        ("du 18-08-2026 au 20-08-2026", "2026-08-18", "2026-08-20"),
        ("18.08.26 - 20.08.26", "2026-08-18", "2026-08-20"),
        ("à partir du 3 mars 2026", "2026-03-03", None),
        ("À compter du 1er septembre 2026", "2026-09-01", None),
        ("Depuis le 3/4/2026", "2026-04-03", None),
        ("jusqu'au 4 avril 2026", None, "2026-04-04"),
        ("Jusqu’au 4/4/2026", None, "2026-04-04"),
        ("à compter du 1er septembre 2026 et jusqu'au 15 octobre 2026", "2026-09-01", "2026-10-15"),
        ("le 3 mars 2026", "2026-03-03", "2026-03-03"),
        ("du 1er mars au 4 avril 2026", "2026-03-01", "2026-04-04"),
        ("du 2 au 5 mars 2026", "2026-03-02", "2026-03-05"),
        ("du lundi 2 au vendredi 6 mars 2026 de 8h30 à 16h30", "2026-03-02", "2026-03-06"),
        ("du 20 décembre au 5 janvier 2027", "2026-12-20", "2027-01-05"),
        ("du 20 décembre 2026 au 5 janvier", "2026-12-20", "2027-01-05"),
        ("nuit du 3 au 4 mars 2026 de 21h à 5h", "2026-03-03", "2026-03-04"),
        ("Du 18/08/2026 8h00 au 20/08/2026 17h30, sauf le 19/08/2026", "2026-08-18", "2026-08-20"),
        ("du 1er au 15 août", "2026-08-01", "2026-08-15"),
        ("du 18/08 au 20/08", "2026-08-18", "2026-08-20"),
        ("le 3 janv.", "2027-01-03", "2027-01-03"),
        ("2026-08-18 au 2026-08-20", "2026-08-18", "2026-08-20"),
        ("Du 1 er au 4 avril 2026", "2026-04-01", "2026-04-04"),
        ("Fin des travaux prévue le 20/08/2026", None, "2026-08-20"),
        ("Début le 18 août", "2026-08-18", None),
        ("les 3, 4 et 5 mars 2026", "2026-03-03", "2026-03-05"),
        ("du 18/08-20/08/2026", "2026-08-18", "2026-08-20"),
        ("DE MARS À MAI 2026", "2026-03-01", "2026-05-31"),
        ("février 2028", "2028-02-01", "2028-02-29"),
        ("de novembre 2026 à janvier 2027", "2026-11-01", "2027-01-31"),
        ("à partir de septembre", "2026-09-01", None),
        ("du 3 mars à fin avril 2026", "2026-03-03", "2026-04-30"),
        ("jusqu'à la fin du mois de septembre 2026", None, "2026-09-30"),
        ("jusqu'en octobre 2026", None, "2026-10-31"),
        ("premier avril 2026", "2026-04-01", "2026-04-01"),
        ("Jusqu’à nouvel ordre.", None, None),
        ("du 3 mars 2026 jusqu'à nouvel ordre", "2026-03-03", None),
        ("Du lundi 17 août à 08h30 au vendredi 21 août 2026 à 17h", "2026-08-17", "2026-08-21"),
    ],
)
def test_periods_are_read_however_they_are_written(written: str, first: str | None, last: str | None) -> None:
    assert french_period(written, NEAR) == (first, last)


def test_a_missing_year_is_the_one_closest_to_the_publication() -> None:
    """In December, the 5th of January is next year's."""
    assert french_period("le 5 janvier", date(2026, 12, 20)) == ("2027-01-05", "2027-01-05")
    assert french_period("le 20 décembre", date(2027, 1, 5)) == ("2026-12-20", "2026-12-20")
    assert french_period("le 5 janvier") == ("le 5 janvier", None)


def test_a_period_turned_round_stays_turned_round() -> None:
    """The contract refuses it; nobody knows which day is wrong."""
    assert french_period("du 20/08/2026 au 18/08/2026") == ("2026-08-20", "2026-08-18")


@pytest.mark.parametrize("written", ["24h / 24 et 7 jours/ 7", "de 8h à 17h", "le 31/02/2026", "à définir", "RD 923",
                                     "début mars 2026", "fin mars 2026", "rue de Mars"])
def test_a_text_without_a_day_passes_unchanged(written: str) -> None:
    assert french_period(written, NEAR) == (written, None)


def test_a_midnight_is_the_day_as_written_and_another_time_an_instant() -> None:
    """Publishers write days as midnights in UTC, or as local midnights in UTC."""
    assert local_day("2026-08-03T00:00:00+00:00", PARIS) == "2026-08-03"
    assert local_day("2026-08-03", PARIS) == "2026-08-03"
    assert local_day("2026-08-02T22:00:00+00:00", PARIS) == "2026-08-03"
    assert local_day("2026-08-03T02:00:00Z", PARIS) == "2026-08-03"
    assert (local_day("soon", PARIS), local_day(None, PARIS), local_day(3, PARIS)) == ("soon", None, 3)


@given(st.text(max_size=60) | st.none())
def test_no_text_makes_it_raise(written: str | None) -> None:
    french_period(written, NEAR)
    day_start(written, "Europe/Paris")
    day_end(written, "Europe/Paris")
    local_day(written, PARIS)


def test_a_day_runs_from_midnight_to_midnight_on_the_wall() -> None:
    assert day_start("2026-08-18", "Europe/Paris") == "2026-08-17T22:00:00Z"
    assert day_end("2026-08-18T00:00:00+00:00", "Europe/Paris") == "2026-08-18T22:00:00Z"
    assert day_end("2026-10-25", "Europe/Paris") == "2026-10-25T23:00:00Z"
    assert (day_start("soon", "Europe/Paris"), day_end("2026-02-30", "Europe/Paris")) == ("soon", "2026-02-30")
    assert day_end("9999-12-31", "Europe/Paris") == "9999-12-31"
    assert day_start("", "Europe/Paris") is None
