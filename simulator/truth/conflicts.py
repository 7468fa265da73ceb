"""Conflicts between planned occupations: every breach of every rule, in space and time, set-up and removal included.

Touching times do not overlap. A row names the rule, the occupations, metres between their middles (or ways) and minutes
shared; one that breaks a rule alone names no other. A row belongs to the day on which the set-up of the later begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
import shapely

from simulator.chance import Ints, stream
from simulator.city import M_PER_DEGREE, City
from simulator.day import Day, day_of
from simulator.truth.occupations import Occupation, active, born
from simulator.truth.registers import DIVERSION, ORDERS, Telling, tellings
from simulator.truth.routes import on_plane

SCHOOL_WEEKDAYS = (0, 1, 3, 4)
Row = dict[str, object]
Found = tuple[float, str]
"""Metres between two occupations, and the place it is about, if any."""


def conflicts(city: City, day: Day) -> list[Row]:
    """Give every conflict whose later occupation begins its set-up on the day.

    Keys: ``rule``, ``occupation_id`` (the earlier), ``other_occupation_id``, ``distance_m``, ``overlap_minutes``,
    ``gap_minutes`` (of ``gap_too_short``), ``place_name`` (school or access), ``is_planted``.
    """
    present = active(city, day.date, _gap_s(city))
    today = {one.occupation_id for one in born(city, day.date)}
    found: list[Row] = []
    for index, one in enumerate(present):
        if one.occupation_id in today:
            found += _alone(city, one)
            for other, metres in _near(city, present[:index], one):
                found += _pair(city, other, one, metres)
    return found


def _gap_s(city: City) -> int:
    return 60 * int(city.simulation["conflict_rules"]["gap_minutes"])


def _near(city: City, present: tuple[Occupation, ...], one: Occupation) -> Iterator[tuple[Occupation, float]]:
    """Those that some rule could hold against, with their metres: all others are too far in space or time."""
    names = ("longitude", "latitude", "radius_m", "setup_s", "removed_s", "attendance")
    columns = (np.array([getattr(other, name) for other in present], np.float64) for name in names)
    x, y, radius, setup, removed, attendance = columns
    rules = city.simulation["conflict_rules"]
    metres = city.metres(x, y, one.longitude, one.latitude)
    beyond = metres - radius - one.radius_m
    way = np.array([_length(city, other) for other in present]) + _length(city, one)
    gatherings = (attendance > 0) & (one.attendance > 0)
    farthest = max(float(rules["hostile_m"]), 2.0 * rules["access"]["within_m"])
    near = (beyond <= rules["diversion_m"]) | (gatherings & (beyond <= farthest)) | ((way > 0) & (beyond <= way))
    overlap = np.minimum(removed, one.removed_s) - np.maximum(setup, one.setup_s)
    for index in np.flatnonzero(near & (overlap > -_gap_s(city))):
        yield present[int(index)], float(metres[index])


def _length(city: City, one: Occupation) -> float:
    """How far an occupation can reach along its way."""
    corridor = float(city.simulation["plans"]["march"]["corridor_m"])
    return float(_way(city, one).length) + 2 * corridor if one.route else 0.0


def _pair(city: City, first: Occupation, one: Occupation, metres: float) -> Iterator[Row]:
    overlap = min(one.removed_s, first.removed_s) - max(one.setup_s, first.setup_s)
    touches = metres <= first.radius_m + one.radius_m
    if touches and -_gap_s(city) < overlap <= 0:
        yield _row("gap_too_short", first, one, metres, gap_minutes=round(-overlap / 60, 1))
    if overlap <= 0:
        return
    if touches:
        planted = one.planted == "conflict" and one.beside_id == first.occupation_id
        yield _row("same_place", first, one, metres, overlap, is_planted=planted)
    for rule, judge in RULES.items():
        found = judge(city, first, one, metres)
        if found is not None:
            yield _row(rule, first, one, found[0], overlap, found[1])


def _row(
    rule: str, first: Occupation, other: Occupation | None, metres: float | None, overlap_s: int = 0, place: str = "",
    gap_minutes: float | None = None, is_planted: bool = False,
) -> Row:  # fmt: skip
    if rule == "hostile_demonstrations" and other is not None:
        is_planted = other.planted == "against" and other.beside_id == first.occupation_id
    return {
        "rule": rule, "occupation_id": first.occupation_id,
        "other_occupation_id": other.occupation_id if other else "",
        "distance_m": None if metres is None else round(metres, 1), "overlap_minutes": round(overlap_s / 60, 1),
        "gap_minutes": gap_minutes, "place_name": place, "is_planted": is_planted,
    }  # fmt: skip


def _route_crossed(city: City, first: Occupation, one: Occupation, metres: float) -> Found | None:
    """Something stands in the way of a demonstration, or another walks across it."""
    return None if "works" in (first.kind, one.kind) else _on_a_way(city, first, one)


def _works_on_route(city: City, first: Occupation, one: Occupation, metres: float) -> Found | None:
    """A street that a demonstration walks through is dug up."""
    return _on_a_way(city, first, one) if "works" in (first.kind, one.kind) else None


def _on_a_way(city: City, first: Occupation, one: Occupation) -> Found | None:
    """The way of either meets the circle or the way of the other."""
    corridor = float(city.simulation["plans"]["march"]["corridor_m"])
    found: list[float] = []
    for walks, stands in ((first, one), (one, first)):
        if walks.route:
            away = float(_way(city, walks).distance(shapely.Point(_spot(city, stands))))
            found += [away] if away <= corridor + stands.radius_m else []
    if first.route and one.route:
        away = float(_way(city, first).distance(_way(city, one)))
        found += [away] if away <= 2 * corridor else []
    return (min(found), "") if found else None


def _order_contradicted(city: City, first: Occupation, one: Occupation, metres: float) -> Found | None:
    """An order diverts traffic into a street that the other closes."""
    reach = first.radius_m + one.radius_m + float(city.simulation["conflict_rules"]["diversion_m"])
    if metres > reach:
        return None
    for diverts, closes in ((first, one), (one, first)):
        order = _order(city, diverts)
        if closes.closes_street and order is not None and DIVERSION in order.measures:
            return metres, ""
    return None


def _shared_access(city: City, first: Occupation, one: Occupation, metres: float) -> Found | None:
    """Both crowds come through the same station, which cannot carry them."""
    if not first.attendance or not one.attendance:
        return None
    rules = city.simulation["conflict_rules"]["access"]
    place, other = _access(city, first), _access(city, one)
    if place is None or place != other or first.attendance + one.attendance <= rules["persons"]:
        return None
    return metres, city.places.names[place]


def _hostile(city: City, first: Occupation, one: Occupation, metres: float) -> Found | None:
    """Demonstrations of two camps are near each other."""
    apart = {first.camp, one.camp} == {"a", "b"}
    return (metres, "") if apart and metres <= city.simulation["conflict_rules"]["hostile_m"] else None


RULES: dict[str, Callable[[City, Occupation, Occupation, float], Found | None]] = {
    "route_crossed": _route_crossed, "works_on_route": _works_on_route, "order_contradicted": _order_contradicted,
    "shared_access": _shared_access, "hostile_demonstrations": _hostile,
}  # fmt: skip


def _alone(city: City, one: Occupation) -> Iterator[Row]:
    """Rules that one occupation breaks by itself."""
    if one.closes_street and _order(city, one) is None:
        yield _row("street_blocked_without_order", one, None, None)
    rules = city.simulation["conflict_rules"]
    minutes = school_minutes(city, one) if one.attendance else 0
    if not minutes or "school" not in city.places.by_kind:
        return
    schools = city.places.by_kind["school"]
    x, y = city.places.longitude[schools], city.places.latitude[schools]
    metres = city.metres(x, y, one.longitude, one.latitude)
    for near in np.flatnonzero(metres <= one.radius_m + rules["school_m"]):
        name = city.places.names[int(schools[near])]
        yield _row("school_exit", one, None, float(metres[near]), minutes * 60, name)


def school_minutes(city: City, one: Occupation) -> int:
    """Minutes that pupils come or go while an occupation is there."""
    hours = city.simulation["conflict_rules"]["school_hours"]
    on = day_of(city, one.on)
    seconds = 0
    while on.starts_s < one.removed_s:
        if on.date.weekday() in SCHOOL_WEEKDAYS and not (on.holds["school_holiday"][0] | on.holds["public_holiday"][0]):
            for begins, ends in hours:
                seconds += max(0, min(on.at(ends), one.removed_s) - max(on.at(begins), one.setup_s))
        on = day_of(city, on.date + timedelta(days=1))
    return seconds // 60


def _order(city: City, one: Occupation) -> Telling | None:
    """The order that tells of an occupation; one that is spoilt is none."""
    return _orders(city, one.on).get(one.occupation_id)


@lru_cache(maxsize=96)
def _orders(city: City, on: date) -> dict[str, Telling]:
    told = tellings(city, on)
    return {one.occupation.occupation_id: one for one in told if one.source == ORDERS and not one.is_spoilt}


@lru_cache(maxsize=4)
def accesses(city: City) -> Ints:
    """Places of the stations through which crowds come, drawn once."""
    told = city.simulation["conflict_rules"]["access"]
    found = city.pick(stream(city.seed, "accesses"), {"hot": 1}, 0, told["count"])
    return np.array(list(dict.fromkeys(found.tolist())), np.int64)


def _access(city: City, one: Occupation) -> int | None:
    """The place of the nearest station within reach."""
    at = accesses(city)
    metres = city.metres(city.places.longitude[at], city.places.latitude[at], one.longitude, one.latitude)
    nearest = int(metres.argmin())
    within = one.radius_m + float(city.simulation["conflict_rules"]["access"]["within_m"])
    return int(at[nearest]) if metres[nearest] <= within else None


def _spot(city: City, one: Occupation) -> tuple[float, float]:
    return one.longitude * city.m_per_longitude, one.latitude * M_PER_DEGREE


@lru_cache(maxsize=256)
def _way(city: City, one: Occupation) -> shapely.LineString:
    return on_plane(city, one.route)
