"""What must hold of the reports: errors as the profile says, identities that lead back to the truth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest

from schemas.codes import load_codes
from simulator.chance import Columns, joined
from simulator.city import CATEGORIES, City
from simulator.day import day_of
from simulator.reports import MOST_REPORTS, outage, reports
from simulator.truth.incidents import incidents

DAY = date(2026, 5, 1)
YEARLY = {
    "municipal_logbook": 110_000, "cisu_emsi": 120_000, "open311_requests": 182_500, "cisu_rc_eda": 333_000,
    "emergency_buttons": 370 * 365,
}  # fmt: skip


@pytest.fixture(scope="module")
def happened(city: City) -> Columns:
    return joined([incidents(city, day_of(city, DAY + timedelta(days=ahead))) for ahead in range(3)])


@pytest.fixture(scope="module")
def told(city: City) -> Columns:
    days = [day_of(city, DAY + timedelta(days=ahead)) for ahead in range(3)]
    return joined([reports(city, day, incidents(city, day)) for day in days])


def test_reports_lead_back_to_incidents_and_false_ones_to_none(told: Columns, happened: Columns) -> None:
    real = told["nature"] == "real"
    assert set(told["incident_id"][real]) <= set(happened["incident_id"])
    assert set(told["incident_id"][~real]) == {""}
    assert set(told["nature"]) == {"real", "false_alarm", "exercise"}


def test_one_incident_is_told_by_at_most_five_reports(told: Columns) -> None:
    pairs = {(i, r) for i, r in zip(told["incident_id"], told["report_id"], strict=True) if i}
    _, counts = np.unique([incident for incident, _ in pairs], return_counts=True)
    assert counts.max() <= MOST_REPORTS
    assert (counts > 1).mean() > 0.15


def test_a_version_of_a_report_exists_once_and_later_ones_are_told_later(told: Columns) -> None:
    keys = list(zip(told["report_id"], told["version"], strict=True))
    assert len(set(keys)) == len(keys)
    for row in range(1, len(keys)):
        if told["report_id"][row] == told["report_id"][row - 1]:
            assert told["told_s"][row] >= told["told_s"][row - 1]
            assert told["first_told_s"][row] == told["first_told_s"][row - 1]


def test_a_source_tells_as_many_as_the_real_one(city: City) -> None:
    days = [day_of(city, DAY + timedelta(days=26 * step)) for step in range(14)]
    found = joined([reports(city, day, incidents(city, day)) for day in days])
    for source, yearly in YEARLY.items():
        count = len(set(found["report_id"][found["source"] == source]))
        assert count / len(days) * 365 == pytest.approx(yearly, rel=0.15), source


def test_errors_have_the_size_of_the_profile(city: City, told: Columns, happened: Columns) -> None:
    order = np.argsort(happened["incident_id"])
    for source, settings in city.simulation["sources"].items():
        of = (told["source"] == source) & (told["version"] == 1)
        rows = np.flatnonzero(of & (told["nature"] == "real") & ~np.isnan(told["longitude"]))
        truth = order[np.searchsorted(happened["incident_id"], told["incident_id"][rows], sorter=order)]
        away = np.hypot(
            (told["longitude"][rows] - happened["longitude"][truth]) * city.m_per_longitude,
            (told["latitude"][rows] - happened["latitude"][truth]) * 111_195,
        )
        first = settings["positions"][0]
        if "posts" in settings:
            assert 5 < np.median(away) < 100, "as far as the nearest post"
        else:
            assert 0.6 * first["error_m"] < np.median(away) < 2.5 * first["error_m"], source
        assert (told["told_s"][rows] > happened["occurred_s"][truth] - 60).all()
        false = told["nature"][of] == "false_alarm"
        assert false.mean() == pytest.approx(settings["false_ratio"], abs=0.03), source
        assert told["is_duplicate"][of].mean() == pytest.approx(settings["duplicate_ratio"], abs=0.03), source


def test_every_word_of_a_source_is_counted_by_the_city_as_what_it_means(city: City) -> None:
    for name, settings in city.simulation["sources"].items():
        source = city.simulation.city.source(name)
        if not source.category_map:  # of the road, no incident report
            continue
        for category, words in settings["words"].items():
            word, second = (*words, None)[:2]
            assert source.category(word, second, DAY) == category, (name, word)
        word, second = (*settings["otherwise"], None)[:2]
        assert source.category(word, second, DAY) in load_codes("incident_category"), name


def test_a_corrected_report_is_told_better(told: Columns, happened: Columns) -> None:
    corrected = told["report_id"][(told["version"] == 2) & (told["status"] == "open")]
    assert len(corrected)
    category = dict(zip(happened["incident_id"], happened["category"], strict=True))

    def wrong(version: int) -> float:
        rows = np.isin(told["report_id"], corrected) & (told["version"] == version) & (told["source"] == "cisu_rc_eda")
        truth = np.array([category[incident] for incident in told["incident_id"][rows]])
        return float((told["category"][rows] != truth).mean())

    assert wrong(2) < wrong(1)


def test_nothing_is_told_in_an_outage(town_of: Callable[..., City]) -> None:
    silent = town_of(1, outages_per_year=365, outage_hours=5)
    day = day_of(silent, DAY)
    found = reports(silent, day, incidents(silent, day))
    talking = town_of(1)
    usual = reports(talking, day_of(talking, DAY), incidents(talking, day_of(talking, DAY)))
    assert 0 < len(found["told_s"]) < len(usual["told_s"])
    for source in silent.simulation["sources"]:
        at = found["told_s"][found["source"] == source]
        for utc_day in range(day.starts_s // 86_400 - 1, int(found["told_s"].max()) // 86_400 + 1):
            silence = outage(silent, source, utc_day)
            assert silence
            assert not ((at >= silence[0]) & (at < silence[1])).any()


def test_the_logbook_rounds_and_writes_minutes(told: Columns) -> None:
    minutes = told["occurred_s"][told["source"] == "municipal_logbook"]
    assert (minutes % 60 == 0).all()
    assert 0.28 < (minutes % 1800 == 0).mean() < 0.42


def test_what_is_mistaken_is_mistaken_for_its_like(told: Columns, happened: Columns) -> None:
    theme = {code.code: code.parent for code in load_codes("incident_category").codes}
    category = dict(zip(happened["incident_id"], happened["category"], strict=True))
    rows = np.flatnonzero((told["source"] == "open311_requests") & (told["nature"] == "real"))
    pairs = [(CATEGORIES[category[told["incident_id"][row]]], CATEGORIES[told["category"][row]]) for row in rows]
    confused = [(true, said) for true, said in pairs if true != said]
    assert confused
    assert all(theme[true] == theme[said] or said == "other" for true, said in confused)
