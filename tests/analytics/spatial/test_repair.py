from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import GeometryCollection, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from analytics.spatial import Repair, ZoneError, ZoneIndex, area_km2, repaired

EIGHT = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
TWICE_AROUND = Polygon([(0, 0), (3, 0), (3, 3), (0, 3), (0, 0), (1, 1), (2, 1), (2, 2), (1, 2), (1, 1)])
HOLE_OUTSIDE = Polygon(box(0, 0, 1, 1).exterior, [box(2, 0, 3, 1).exterior])
OVERLAPPING = MultiPolygon([box(0, 0, 2, 2), box(1, 1, 3, 3)])
SPIKE = Polygon([(0, 0), (1, 0), (1, 1), (2, 2), (1, 1), (0, 1)])


def not_finite(value: float) -> Polygon:
    with np.errstate(invalid="ignore"):
        return Polygon([(0, 0), (value, 0), (1, 1)])


def in_rational_even_odd(geometry: BaseGeometry, x: float, y: float) -> bool | None:
    """Tell whether some part's rings go around a point an odd number of times; None on a ring."""
    px, py = Fraction(x), Fraction(y)
    is_inside = False
    for part in shapely.get_parts(geometry):
        odd = False
        for ring in shapely.get_rings(part):
            corners = [(Fraction(a), Fraction(b)) for a, b in shapely.get_coordinates(ring).tolist()]
            for (ax, ay), (bx, by) in pairwise(corners):
                turn = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                if turn == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
                    return None
                odd ^= (ay > py) != (by > py) and (turn > 0) == (by > ay)
        is_inside |= odd
    return is_inside


@pytest.mark.parametrize(
    ("geometry", "problem", "place", "parts", "square_degrees"),
    [
        (EIGHT, "Self-intersection", (0.5, 0.5), 2, 0.5),
        (TWICE_AROUND, "Ring Self-intersection", (0.0, 0.0), 1, 8.0),
        (HOLE_OUTSIDE, "Hole lies outside shell", (3.0, 0.0), 2, 2.0),
        (OVERLAPPING, "Self-intersection", (2.0, 1.0), 1, 7.0),
        (SPIKE, "Self-intersection", (2.0, 2.0), 1, 1.0),
    ],
    ids=["eight", "twice around", "hole outside", "overlapping parts", "spike"],
)
def test_repair_says_what_where_and_what_is_left(
    geometry: BaseGeometry, problem: str, place: tuple[float, float], parts: int, square_degrees: float
) -> None:
    (good, outline), repairs = repaired(["good", "bad"], [box(5, 5, 6, 6), geometry])
    assert good.equals(box(5, 5, 6, 6))
    assert outline.is_valid
    assert outline.area == pytest.approx(square_degrees)
    (repair,) = repairs
    assert (repair.zone_id, repair.problem, repair.parts) == ("bad", problem, parts)
    assert place in repair.places
    assert repair.area_km2 == pytest.approx(area_km2(outline))


def test_every_crossing_is_told() -> None:
    zigzag = Polygon([(0, 0), (1, 1), (2, 0), (3, 1), (3, 0), (2, 1), (1, 0), (0, 1)])
    _, (repair,) = repaired(["z"], [zigzag])
    assert set(repair.places) == {(0.5, 0.5), (1.5, 0.5), (2.5, 0.5)}


def test_report_reads_as_one_line() -> None:
    told = Repair("insee:13201", "Self-intersection", ((5.4, 43.3), (5.5, 43.3)), 2, 12.3456)
    assert str(told) == "insee:13201: Self-intersection at 5.4, 43.3 and 1 more places; now 2 parts, 12.3 km2"


def test_valid_zones_come_back_flat_with_the_same_corners_and_no_report() -> None:
    high = Polygon([(0, 0, 7), (1, 0, 7), (1, 1, 7)])
    outlines, repairs = repaired(["a"], [high])
    assert repairs == ()
    assert not outlines[0].has_z
    assert shapely.get_coordinates(outlines[0]).tolist() == shapely.get_coordinates(high).tolist()


def test_what_is_no_polygon_is_left_for_the_index_to_refuse() -> None:
    given_ = [None, Polygon(), Point(0, 0), GeometryCollection([EIGHT])]
    outlines, repairs = repaired(list("abcd"), given_)
    assert repairs == ()
    for geometry in outlines:
        with pytest.raises(ZoneError):
            ZoneIndex.build(["a"], [geometry])


@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        (Polygon([(0, 0), (1, 1), (2, 2)]), "encloses no area"),
        (not_finite(float("nan")), "not a number"),
        (not_finite(float("inf")), "not a number"),
    ],
)
def test_what_cannot_be_repaired_is_named(geometry: BaseGeometry, what: str) -> None:
    with pytest.raises(ZoneError, match=what) as caught:
        repaired(["insee:13201"], [geometry])
    assert "'insee:13201'" in str(caught.value)


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=3, max_size=8), min_size=1, max_size=3
    )
)
@settings(max_examples=150, deadline=None)
def test_any_scribble_is_read_by_the_even_odd_rule(rings: list[list[tuple[int, int]]]) -> None:
    scribble = MultiPolygon([Polygon(ring) for ring in rings])
    places = np.arange(-0.25, 9, 0.5) + 1 / 128  # off the lattice, off most lines through it
    x, y = (a.ravel() for a in np.meshgrid(places, places + 1 / 256))
    expected = [in_rational_even_odd(scribble, a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    try:
        (outline,), _ = repaired(["z"], [scribble])
        found = ZoneIndex.build(["z"], [outline]).locate(x, y) >= 0
    except ZoneError:  # nothing is left
        found = np.zeros(len(x), bool)
    decided = np.array([verdict is not None for verdict in expected])
    np.testing.assert_array_equal(found[decided], np.array(expected)[decided].astype(bool))
