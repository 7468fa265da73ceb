"""Features and points in every awkward place of the earth, and what is nearest by other means than the index."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from hypothesis import strategies as st
from pyproj import Geod, Transformer

Doubles = npt.NDArray[np.float64]
EARTH = Geod(ellps="WGS84")
PLACES = {
    "marseille": (5.38, 43.3),
    "antimeridian": (180.0, -17.0),
    "north pole": (0.0, 90.0),
    "south pole": (77.0, -90.0),
    "equator": (0.0, 0.0),
}


def around(place: tuple[float, float], metres: Doubles, azimuth: Doubles) -> tuple[Doubles, Doubles]:
    """Give places at distances and directions from one place, along geodesics."""
    here = np.full(len(metres), place[0]), np.full(len(metres), place[1])
    x, y, _ = EARTH.fwd(*here, azimuth, metres)
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def scattered(
    random: np.random.Generator, place: tuple[float, float], count: int, reach_m: float
) -> tuple[Doubles, Doubles]:
    """Give places spread over a disk, more of them in its middle."""
    return around(place, reach_m * random.random(count), random.uniform(0, 360, count))


def geodesic_m(x: Doubles, y: Doubles, feature_x: Doubles, feature_y: Doubles) -> Doubles:
    """Give the distance of every point (rows) from every feature (columns) by GeographicLib."""
    shape = (len(x), len(feature_x))
    pairs = (np.broadcast_to(a, shape).ravel() for a in (x[:, None], y[:, None], feature_x[None], feature_y[None]))
    return np.asarray(EARTH.inv(*pairs)[2], dtype=np.float64).reshape(shape)


def in_space(x: Doubles, y: Doubles) -> Doubles:
    """Give earth-centred places (n, 3) by PROJ."""
    turn = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(turn.transform(x, y, np.zeros(len(x))))


def line_m(x: float, y: float, lines: list[list[tuple[float, float]]]) -> Doubles:
    """Give the distance of a point from each line in its own azimuthal equidistant map, by GEOS."""
    to_map = Transformer.from_crs("EPSG:4326", f"+proj=aeqd +lon_0={x} +lat_0={y} +ellps=WGS84", always_xy=True)
    drawn = [[to_map.transform(*vertex) for vertex in line] for line in lines]
    shapes = [shapely.Point(line[0]) if len(set(line)) == 1 else shapely.LineString(line) for line in drawn]
    return shapely.distance(np.array(shapes, dtype=object), shapely.Point(0, 0))


@st.composite
def point_sets(draw: st.DrawFn) -> tuple[Doubles, Doubles, Doubles, Doubles]:
    """Features and points near one place of the earth at one scale, some at the same spot."""
    place = draw(st.sampled_from(list(PLACES.values())))
    reach = draw(st.sampled_from([1.0, 300.0, 20_000.0]))
    polar = st.tuples(st.floats(0, 1), st.integers(0, 359))

    def places(least: int, most: int) -> tuple[Doubles, Doubles]:
        drawn = draw(st.lists(polar, min_size=least, max_size=most))
        return around(place, np.array([reach * r for r, _ in drawn]), np.array([float(a) for _, a in drawn]))

    features, points = places(0, 60), places(1, 10)
    if len(features[0]) and draw(st.booleans()):
        twice = draw(st.integers(1, 20))
        features = (
            np.concatenate([features[0], features[0][:twice]]),
            np.concatenate([features[1], features[1][:twice]]),
        )
        points = (np.append(points[0], features[0][0]), np.append(points[1], features[1][0]))
    return *features, *points
