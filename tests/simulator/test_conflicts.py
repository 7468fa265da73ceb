"""Every breach of every rule, and nothing else: held against a search through all pairs, written on its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from simulator.city import M_PER_DEGREE, City
from simulator.day import day_of, is_school_holiday
from simulator.truth.conflicts import RULES, Row, accesses, conflicts
from simulator.truth.occupations import Occupation, active, born, crowds, middle
from simulator.truth.registers import tellings

FIRST = date(2026, 5, 1)
DAYS = [FIRST + timedelta(days=ahead) for ahead in range(45)]
PARIS = ZoneInfo("Europe/Paris")


Candidate = tuple[Occupation, Occupation, int, float]


class Plans(NamedTuple):
    """The occupations of the days, and what was found among them."""

    city: City
    present: list[Occupation]
    told: list[Row]
    candidates: list[Candidate]

    def pairs(self, rule: str) -> set[frozenset[str]]:
        rows = [row for row in self.told if row["rule"] == rule]
        found = {frozenset((str(row["occupation_id"]), str(row["other_occupation_id"]))) for row in rows}
        assert len(found) == len(rows), "a pair is told once"
        return found


def candidates(city: City, present: list[Occupation]) -> list[Candidate]:
    """Pairs of which the later set-up begins on the days, with seconds shared and metres between."""
    starts, ends = day_of(city, DAYS[0]).starts_s, day_of(city, DAYS[-1]).ends_s
    spots = [spot(city, one) for one in present]
    found = []
    for (one, at), (other, there) in combinations(zip(present, spots, strict=True), 2):
        if starts <= max(one.setup_s, other.setup_s) < ends:
            shared = min(one.removed_s, other.removed_s) - max(one.setup_s, other.setup_s)
            if shared > -86_400:
                found.append((one, other, shared, float(shapely.distance(at, there))))
    return found


def spot(city: City, one: Occupation) -> shapely.Point:
    return shapely.Point(one.longitude * city.m_per_longitude, one.latitude * M_PER_DEGREE)


def street(city: City, one: Occupation) -> shapely.Polygon:
    """What a demonstration takes of the streets: its way, widened on both sides."""
    way = [(x * city.m_per_longitude, y * M_PER_DEGREE) for x, y in one.route]
    return shapely.LineString(way).buffer(city.simulation["plans"]["march"]["corridor_m"], quad_segs=256)


def named(*pair: Occupation) -> frozenset[str]:
    return frozenset(one.occupation_id for one in pair)


@pytest.fixture(scope="module")
def plans(city: City) -> Plans:
    present = {one.occupation_id: one for on in DAYS for one in active(city, on, 86_400)}
    told = [row for on in DAYS for row in conflicts(city, day_of(city, on))]
    return Plans(city, list(present.values()), told, candidates(city, list(present.values())))


def test_each_rule_is_broken_somewhere(plans: Plans) -> None:
    single = {"school_exit", "street_blocked_without_order"}
    assert {row["rule"] for row in plans.told} == {"same_place", "gap_too_short", *RULES, *single}
    for row in plans.told:
        assert (row["other_occupation_id"] == "") == (row["rule"] in single)
        assert (row["gap_minutes"] is not None) == (row["rule"] == "gap_too_short")


def test_same_place_is_all_the_overlaps_in_space_and_time_and_no_others(plans: Plans) -> None:
    told = plans.pairs("same_place")
    expected = {
        named(one, other)
        for one, other, shared, metres in plans.candidates
        if shared > 0 and metres <= one.radius_m + other.radius_m
    }
    assert told == expected
    known = {one.occupation_id: one for one in plans.present}
    starts, ends = day_of(plans.city, DAYS[0]).starts_s, day_of(plans.city, DAYS[-1]).ends_s
    planted = [one for one in plans.present if one.planted and one.planted != "against" and one.beside_id in known]
    assert {one.planted for one in planted} == {"conflict", "apart", "touching"}
    for one in planted:
        if starts <= one.setup_s < ends:
            assert (named(one, known[one.beside_id]) in told) == (one.planted == "conflict"), one


def test_a_gap_is_too_short_below_the_hour_and_no_gap_at_all_is_one(plans: Plans) -> None:
    gap_s = 60 * plans.city.simulation["conflict_rules"]["gap_minutes"]
    assert plans.pairs("gap_too_short") == {
        named(one, other)
        for one, other, shared, metres in plans.candidates
        if -gap_s < shared <= 0 and metres <= one.radius_m + other.radius_m
    }
    gaps = [row["gap_minutes"] for row in plans.told if row["rule"] == "gap_too_short"]
    assert 0 in gaps


def test_ways_are_crossed_by_what_stands_or_walks_in_them(plans: Plans) -> None:
    crossed: set[frozenset[str]] = set()
    dug_up: set[frozenset[str]] = set()
    streets = {one.occupation_id: street(plans.city, one) for one in plans.present if one.route}
    for one, other, shared, _ in plans.candidates:
        taken = [streets[each.occupation_id] for each in (one, other) if each.route]
        if shared <= 0 or not taken:
            continue
        circles = [spot(plans.city, each).buffer(each.radius_m, quad_segs=256) for each in (one, other)]
        meets = [
            streets[walks.occupation_id].intersects(circle)
            for walks, circle in ((one, circles[1]), (other, circles[0]))
            if walks.route
        ]
        if any(meets) or (len(taken) == 2 and taken[0].intersects(taken[1])):
            (dug_up if "works" in (one.kind, other.kind) else crossed).add(named(one, other))
    assert plans.pairs("route_crossed") == crossed
    assert plans.pairs("works_on_route") == dug_up


def test_orders_contradict_where_one_diverts_into_what_the_other_closes(plans: Plans) -> None:
    reach = plans.city.simulation["conflict_rules"]["diversion_m"]
    diverts = {
        one.occupation.occupation_id
        for on in {one.on for one in plans.present}
        for one in tellings(plans.city, on)
        if one.source == "municipal_orders" and not one.is_spoilt and "diversion" in one.measures
    }
    assert plans.pairs("order_contradicted") == {
        named(one, other)
        for one, other, shared, metres in plans.candidates
        if shared > 0 and metres <= one.radius_m + other.radius_m + reach
        and any(a.occupation_id in diverts and b.closes_street for a, b in ((one, other), (other, one)))
    }  # fmt: skip


def test_a_blocked_street_needs_an_order_that_can_be_read(plans: Plans) -> None:
    told = {row["occupation_id"] for row in plans.told if row["rule"] == "street_blocked_without_order"}
    blocked = {one.occupation_id for on in DAYS for one in born(plans.city, on) if one.closes_street}
    ordered = {
        one.occupation.occupation_id
        for on in DAYS
        for one in tellings(plans.city, on)
        if one.source == "municipal_orders" and not one.is_spoilt
    }
    assert told == blocked - ordered


def test_crowds_share_an_access_that_cannot_carry_both(plans: Plans) -> None:
    city, rules = plans.city, plans.city.simulation["conflict_rules"]["access"]
    stations = {
        int(place): shapely.Point(
            city.places.longitude[place] * city.m_per_longitude, city.places.latitude[place] * M_PER_DEGREE
        )
        for place in accesses(city)
    }

    def access(one: Occupation) -> int | None:
        metres = {place: point.distance(spot(city, one)) for place, point in stations.items()}
        nearest = min(metres, key=lambda place: metres[place])
        return nearest if metres[nearest] <= one.radius_m + rules["within_m"] else None

    nearest = {one.occupation_id: access(one) for one in plans.present if one.attendance}
    assert plans.pairs("shared_access") == {
        named(one, other)
        for one, other, shared, _ in plans.candidates
        if shared > 0 and one.attendance and other.attendance and one.attendance + other.attendance > rules["persons"]
        and nearest[one.occupation_id] is not None and nearest[one.occupation_id] == nearest[other.occupation_id]
    }  # fmt: skip


def test_hostile_demonstrations_are_near_at_the_same_time(plans: Plans) -> None:
    metres_at_most = plans.city.simulation["conflict_rules"]["hostile_m"]
    told = plans.pairs("hostile_demonstrations")
    assert told == {
        named(one, other)
        for one, other, shared, metres in plans.candidates
        if shared > 0 and metres <= metres_at_most and sorted((one.camp, other.camp)) == ["a", "b"]
    }
    planted = {frozenset((one.occupation_id, one.beside_id)) for one in plans.present if one.planted == "against"}
    assert planted & told
    assert {one.kind for one in plans.present if one.camp} == {"demonstration"}


def test_a_gathering_at_a_school_when_pupils_come_or_go(plans: Plans) -> None:
    city, rules = plans.city, plans.city.simulation["conflict_rules"]
    schools = [(city.places.names[place], shapely.Point(
        city.places.longitude[place] * city.m_per_longitude, city.places.latitude[place] * M_PER_DEGREE
    )) for place in city.places.by_kind["school"]]  # fmt: skip
    expected = []
    for one in (one for on in DAYS for one in born(city, on) if one.attendance):
        seconds = 0.0
        for on in [one.on + timedelta(days=ahead) for ahead in range(60)]:
            rests = is_school_holiday(city.simulation, on) or f"{on:%m-%d}" in city.simulation["public_holidays"]
            if on.weekday() in (2, 5, 6) or rests:
                continue
            for window in rules["school_hours"]:
                begins, ends = (
                    datetime.combine(on, time(int(hour), int(hour % 1 * 60)), PARIS).astimezone(UTC).timestamp()
                    for hour in window
                )
                seconds += max(0, min(ends, one.removed_s) - max(begins, one.setup_s))
        if seconds >= 60:
            expected += [
                (one.occupation_id, name, float(seconds // 60)) for name, point in schools
                if point.distance(spot(city, one)) <= one.radius_m + rules["school_m"]
            ]  # fmt: skip
    columns = ("occupation_id", "place_name", "overlap_minutes")
    told = [tuple(row[name] for name in columns) for row in plans.told if row["rule"] == "school_exit"]
    assert sorted(told, key=str) == sorted(expected, key=str)


def test_a_conflict_belongs_to_the_day_of_the_later_set_up_also_across_midnight(plans: Plans) -> None:
    on = {one.occupation_id: one.on for one in plans.present}
    across = 0
    for day in DAYS[:20]:
        for row in conflicts(plans.city, day_of(plans.city, day)):
            involved = [on[str(row[name])] for name in ("occupation_id", "other_occupation_id") if row[name]]
            assert max(involved) == day
            across += min(involved) < day
    assert across


def test_a_march_walks_through_streets_and_its_crowd_moves_along(city: City) -> None:
    marches = [one for on in DAYS for one in born(city, on) if one.route]
    assert marches
    streets = {(float(x), float(y)) for x, y in zip(city.places.longitude, city.places.latitude, strict=True)}
    for one in marches:
        assert one.kind == "demonstration"
        assert one.closes_street
        assert set(one.route[1:]) <= streets
        assert one.route[0] == (one.longitude, one.latitude)
        ends = middle(city, one, np.array([one.setup_s, one.starts_s, one.ends_s, one.removed_s]))
        assert np.allclose(ends, [one.route[0], one.route[0], one.route[-1], one.route[-1]])
    one = max(marches, key=lambda each: each.ends_s - each.starts_s)
    found = crowds(city, day_of(city, one.on))
    rows = found["occupation_id"] == one.occupation_id
    assert len(set(found["longitude"][rows].tolist())) > 1
    x, y = middle(city, one, np.arange(one.starts_s, one.ends_s, 300)).T
    assert city.metres(x, y, one.longitude, one.latitude).max() > 200
