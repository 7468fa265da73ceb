"""The geo-join inside Spark gives what the geometry says, on borders too."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from pyspark.sql import SparkSession

from jobs.reference.outline import outlined_zones
from jobs.reference.zone import zones_of
from jobs.sdk.spatial import broadcast_zones, located
from schemas.city import CityProfile, load_city

pytestmark = pytest.mark.integration


def joined(spark: SparkSession, city: CityProfile, points: list[tuple[float | None, float | None]]) -> list[str | None]:
    numbered = [(number, *point) for number, point in enumerate(points)]
    frame = spark.createDataFrame(numbered, "number int, longitude double, latitude double")
    rows = located(frame, broadcast_zones(spark, zones_of(city))).orderBy("number").collect()
    assert all((row.h3_9 is None) == (row.longitude is None) for row in rows)
    return [row.zone_id for row in rows]


def test_a_common_border_belongs_to_the_smaller_identifier(spark: SparkSession, town_profile: CityProfile) -> None:
    points: list[tuple[float | None, float | None]] = [
        (5.5, 43.25),
        (5.5, 43.0),
        (5.0, 43.0),
        (6.0, 43.5),
        (5.25, 43.25),
        (4.95, 43.25),
        (None, None),
    ]
    zones = ["town:east", "town:east", "town:west", "town:east", "town:west", None, None]
    assert joined(spark, town_profile, points) == zones


def test_real_districts_answer_as_their_outlines_do(spark: SparkSession) -> None:
    city = load_city("lancashire")
    zones = [one for one in outlined_zones(city) if one.zone.level_code == city.zones.level_code]
    box = city.bounds
    random = np.random.default_rng(7)
    inside = np.column_stack([random.uniform(box.west, box.east, 2_000), random.uniform(box.south, box.north, 2_000)])
    corners = np.concatenate([shapely.get_coordinates(one.outline)[::97] for one in zones])
    points = [(float(x), float(y)) for x, y in np.concatenate([inside, corners])]
    expected = [
        min((one.zone.zone_id for one in zones if one.outline.covers(shapely.Point(point))), default=None)
        for point in points
    ]
    assert joined(spark, city, list(points)) == expected
    assert len({zone for zone in expected if zone}) == len(zones)


def test_hexagons_are_the_cells_of_the_profile_and_cover_the_bounds(spark: SparkSession) -> None:
    import h3

    city = load_city("san_francisco")
    box = city.bounds
    xs, ys = np.linspace(box.west, box.east, 40), np.linspace(box.south, box.north, 40)
    points: list[tuple[float | None, float | None]] = [(float(x), float(y)) for x in xs for y in ys]
    assert city.zones.resolution is not None
    expected = [f"{city.zones.issuer}:{h3.latlng_to_cell(y, x, city.zones.resolution)}" for x, y in points]
    assert joined(spark, city, points) == expected
