"""The part of `cities/<city>/simulation.yaml` on plans: which conflict, and which register tells them."""

from __future__ import annotations

from schemas.shape import Key, ListOf, MapOf, Number, Record, Whole

_RATIO = Number(0, 1)
_BY_KIND = MapOf(_RATIO)
PLANS_SHAPE = Record({
    "closes": Key(_BY_KIND, "share that closes its street, by kind of occupation"),
    "march": Key(Record({
        "ratio": Key(_RATIO, "share of demonstrations that walk"),
        "longest_m": Key(Number(1), "how far the place they walk to may lie"),
        "corridor_m": Key(Number(1), "half the width that they take of a street"),
    }), "demonstrations that walk from place to place"),
    "against_ratio": Key(_RATIO, "share of demonstrations that another is planned against"),
})
CONFLICT_RULES_SHAPE = Record({
    "gap_minutes": Key(Whole(1), "least time between a removal and the next set-up at the same place"),
    "hostile_m": Key(Number(0), "how near demonstrations of two camps are in conflict"),
    "diversion_m": Key(Number(0), "how far from its place an order diverts traffic"),
    "school_m": Key(Number(0), "how near a gathering disturbs a school"),
    "school_hours": Key(ListOf(ListOf(Number(0, 24), 2, 2), 1), "local hours in which pupils come or go"),
    "access": Key(Record({
        "count": Key(Whole(1), "stations that crowds come through, drawn once"),
        "within_m": Key(Number(0), "how far from the crowd one may be"),
        "persons": Key(Whole(1), "how many persons one can carry"),
    }), "stations shared by crowds"),
})
REGISTERS_SHAPE = MapOf(Record({
    "tells": Key(_BY_KIND, "share it tells of each kind of occupation"),
    "shortest_hours": Key(Number(0), "occupations shorter than this are not told", required=False),
    "spoilt_ratio": Key(_RATIO, "share told with a day that is none, to be refused", required=False),
}))
