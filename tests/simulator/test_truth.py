"""What must hold of the truth: seeds, days, rhythms, places, plans, units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from simulator.city import CATEGORIES, City
from simulator.day import day_of, is_school_holiday, specials
from simulator.facts import simulate_day
from simulator.output import truth
from simulator.truth.incidents import FOLLOWED_DAYS, FOLLOWS_WITHIN_M, incidents, rates
from simulator.truth.occupations import born, crowds
from simulator.truth.units import posts, tracks

DAY = date(2026, 5, 1)
MONTH = [DAY + timedelta(days=ahead) for ahead in range(30)]


def special_day(city: City, name: str) -> date:
    return next(one.first for year in range(2020, 2040) for one in specials(city, year) if one.name == name)


def test_a_day_is_the_same_alone_and_inside_a_longer_run(town_of: Callable[..., City]) -> None:
    run, alone = town_of(7), town_of(7)
    days = [truth(run, simulate_day(run, on)) for on in MONTH[:4]]
    again = truth(alone, simulate_day(alone, MONTH[3]))
    assert {name: table.to_pylist() for name, table in days[3].items()} == {
        name: table.to_pylist() for name, table in again.items()
    }


def test_another_seed_is_another_city(town_of: Callable[..., City]) -> None:
    one, other = (incidents(city, day_of(city, DAY)) for city in (town_of(1), town_of(2)))
    assert not set(one["longitude"]) & set(other["longitude"])


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (DAY, 24)])
def test_incidents_lie_in_their_local_day_whatever_its_length(town: City, on: date, hours: int) -> None:
    day = day_of(town, on)
    found = incidents(town, day)
    assert len(day.hours) == hours
    assert ((found["occurred_s"] >= day.starts_s) & (found["occurred_s"] < day.starts_s + hours * 3600)).all()
    assert (np.diff(found["occurred_s"]) >= 0).all()
    assert (found["ended_s"] > found["occurred_s"]).all()
    assert len(set(found["incident_id"])) == len(found["incident_id"])


def test_usual_incidents_lie_in_the_zones_of_the_city(town: City) -> None:
    found = incidents(town, day_of(town, DAY))
    assert (found["zone"][found["cause"] == "usual"] >= 0).all()
    assert len(town.zone_names) == 112
    assert len(set(found["zone"])) > 50


def test_the_volumes_of_the_profile_are_met(city: City) -> None:
    days = [incidents(city, day_of(city, DAY + timedelta(days=26 * step))) for step in range(14)]
    found = np.bincount(np.concatenate([day["category"] for day in days]), minlength=len(CATEGORIES)) / len(days)
    for name in ("noise", "collision", "medical_or_assistance", "waste_and_insalubrity", "burglary"):
        usual = city.simulation["categories"][name]["per_day"]
        assert found[CATEGORIES.index(name)] == pytest.approx(usual, rel=0.2), name


def test_nights_are_louder_and_school_holidays_change_the_streets(city: City) -> None:
    noise, parking = (CATEGORIES.index(name) for name in ("noise", "obstructive_parking"))
    saturday = rates(city, day_of(city, date(2026, 6, 13)))
    tuesday = rates(city, day_of(city, date(2026, 6, 9)))
    assert saturday[noise].sum() > 1.3 * tuesday[noise].sum()
    assert tuesday[noise][0] > 5 * tuesday[noise][7]
    assert is_school_holiday(city.simulation, date(2026, 7, 20))
    assert not is_school_holiday(city.simulation, date(2026, 6, 9))
    assert is_school_holiday(city.simulation, date(2041, 7, 20)), "a year the calendar does not reach"
    ordinary, holiday = (rates(city, day_of(city, on))[parking].sum() for on in (date(2026, 4, 7), date(2026, 4, 14)))
    assert holiday < ordinary


def test_a_storm_a_heat_wave_and_a_crisis_show(city: City) -> None:
    hazard, noise = CATEGORIES.index("road_hazard"), CATEGORIES.index("noise")
    storm = day_of(city, special_day(city, "storm"))
    usual = day_of(city, storm.date - timedelta(days=7))
    assert rates(city, storm)[hazard][15] > 5 * rates(city, usual)[hazard][15]
    assert rates(city, storm)[hazard][3] < 3 * rates(city, usual)[hazard][3]
    wave = day_of(city, special_day(city, "heat_wave"))
    assert wave.holds["heat_wave"].all()
    assert rates(city, wave)[noise].sum() > 1.2 * city.simulation["categories"]["noise"]["per_day"]
    crisis = incidents(city, day_of(city, special_day(city, "crisis")))
    burst = np.flatnonzero(crisis["cause"] == "crisis")
    assert len(burst) > 100
    x, y = crisis["longitude"][burst], crisis["latitude"][burst]
    assert city.metres(x, y, float(np.median(x)), float(np.median(y))).max() < 1000


def test_near_repeats_follow_nearby_within_two_weeks(town: City) -> None:
    found = incidents(town, day_of(town, DAY))
    repeats = np.flatnonzero(found["cause"] == "near_repeat")
    assert len(repeats)
    for row in repeats:
        ago = DAY - date.fromisoformat(found["cause_id"][row][:8])
        first = incidents(town, day_of(town, DAY - ago))
        (parent,) = np.flatnonzero(first["incident_id"] == found["cause_id"][row])
        assert 1 <= ago.days <= FOLLOWED_DAYS
        assert first["category"][parent] == found["category"][row]
        away = town.metres(
            found["longitude"][[row]], found["latitude"][[row]],
            float(first["longitude"][parent]), float(first["latitude"][parent]),
        )  # fmt: skip
        assert away[0] <= FOLLOWS_WITHIN_M + 1


def test_a_few_places_hold_much_of_what_happens(city: City) -> None:
    found = incidents(city, day_of(city, DAY))
    drugs = found["place"][found["category"] == CATEGORIES.index("drugs")]
    assert np.isin(drugs, city.places.by_kind["hot"]).mean() > 0.5


def test_an_occupation_builds_up_first_and_removes_last(town: City) -> None:
    for on in MONTH[:10]:
        day = day_of(town, on)
        for one in born(town, on):
            assert one.announced_s < one.setup_s <= one.starts_s < one.ends_s <= one.removed_s
            assert day.starts_s <= one.setup_s < day.ends_s
        assert (crowds(town, day)["person_count"] >= 0).all()


def test_what_happens_in_a_crowd_names_the_occupation(city: City) -> None:
    on = next(on for on in MONTH if any(one.kind == "match" for one in born(city, on)))
    (match,) = (one for one in born(city, on) if one.kind == "match")
    found = incidents(city, day_of(city, on))
    around = found["cause_id"] == match.occupation_id
    assert around.sum() > 20
    away = city.metres(found["longitude"][around], found["latitude"][around], match.longitude, match.latitude)
    assert away.max() <= match.radius_m * 1.5 + 1


def test_a_unit_is_never_at_two_incidents_at_once(city: City) -> None:
    sent = simulate_day(city, special_day(city, "storm")).dispatches
    for unit in set(sent["unit_id"]):
        rows = np.flatnonzero(sent["unit_id"] == unit)
        rows = rows[np.argsort(sent["dispatched_s"][rows])]
        back = sent["closed_s"][rows] + sent["arrived_s"][rows] - sent["en_route_s"][rows]
        assert (sent["dispatched_s"][rows][1:] >= back[:-1]).all()
    for earlier, later in (
        ("received_s", "dispatched_s"), ("dispatched_s", "en_route_s"), ("en_route_s", "arrived_s"),
        ("arrived_s", "closed_s"),
    ):  # fmt: skip
        assert (sent[earlier] < sent[later]).all()


def test_the_fire_service_sends_units_to_its_own_cases_and_received_the_call_when_it_opened_them(city: City) -> None:
    facts = simulate_day(city, DAY)
    told, sent = facts.reports, facts.dispatches
    of = (told["source"] == "cisu_emsi") & (told["nature"] == "real") & ~told["is_duplicate"]
    opened = dict(zip(told["incident_id"][of], told["first_told_s"][of], strict=True))
    fire = sent["unit_kind"] == "fire"
    with_case = np.isin(sent["incident_id"], list(opened)) & fire
    assert with_case.sum() > 0.95 * fire.sum()
    assert np.isin(list(opened), sent["incident_id"][fire]).mean() > 0.9
    calls = [opened[name] for name in sent["incident_id"][with_case]]
    assert (sent["received_s"][with_case] == calls).all()


def test_a_unit_is_at_the_incident_between_arrival_and_end(town: City) -> None:
    facts = simulate_day(town, DAY)
    sent = facts.dispatches
    seen = 0
    for track in tracks(town, facts.day, sent, "police"):
        for row in np.flatnonzero(sent["unit_id"] == track.unit_id):
            there = (track.at_s >= sent["arrived_s"][row]) & (track.at_s <= sent["closed_s"][row])
            seen += int(there.sum())
            assert np.allclose(track.longitude[there], sent["longitude"][row], atol=1e-6)
    assert seen
    assert len(posts(town, "police").unit_ids) == 6


def test_hospitals_see_victims_and_everyone_else(city: City) -> None:
    facts = simulate_day(city, DAY)
    brought = facts.arrivals["incident_id"] != ""
    assert len(brought) == pytest.approx(1050, rel=0.15)
    assert 0.2 < brought.mean() < 0.7
    assert set(facts.arrivals["incident_id"][brought]) <= set(facts.incidents["incident_id"])


def test_a_bus_is_held_up_only_by_what_happens_beside_it(city: City) -> None:
    facts = simulate_day(city, DAY)
    assert len(facts.disturbances["line"])
    assert set(facts.disturbances["incident_id"]) <= set(facts.incidents["incident_id"])


def test_cameras_are_wrong_as_often_as_they_were_found_to_be(city: City) -> None:
    days = [simulate_day(city, DAY + timedelta(days=ahead)).video_alerts for ahead in range(12)]
    for event, told in city.simulation["video"]["events"].items():
        false = np.concatenate([day["incident_id"][day["video_category"] == event] == "" for day in days])
        assert false.mean() == pytest.approx(told["false_ratio"], abs=0.25), event
    assert 10 < np.mean([len(day["at_s"]) for day in days]) < 120


def test_a_button_out_of_order_gives_no_sign_of_life(city: City) -> None:
    found = simulate_day(city, DAY).signals
    broken = set(found["post"][found["event"] == "fault"])
    assert 0.005 < len(broken) / 5600 < 0.03
    assert not broken & set(found["post"][found["event"] != "fault"])


def test_a_city_without_polygons_has_no_zones_and_lives_all_the_same(town: City) -> None:
    profile = town.simulation.city
    plain = replace(profile, zones=replace(profile.zones, kind="h3", path=None, resolution=9))
    city = City.of(replace(town.simulation, city=plain), 1)
    found = truth(city, simulate_day(city, DAY))["incident"]
    assert found.num_rows
    assert set(found["zone_id"].to_pylist()) == {None}
