"""Reports that have an address and no position are placed, say how, and are never lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import Row, SparkSession

from jobs.sdk.geocoding import METHOD, broadcast_gazetteer, geocoded
from schemas.city import load_city
from schemas.errors import CityError
from schemas.gazetteer import GazetteerSource

pytestmark = pytest.mark.integration
COLUMNS = "report_id string, address string, longitude double, latitude double, location_precision_m double"
ROWS = [
    ("placed by its source", "12 rue Bravo", 5.1, 43.1, 10.0),
    ("by number", "12, r. Bravo", None, None, None),
    ("by street", "Avenue du Général Leclerc", None, None, None),
    ("unknown street", "3 rue Nulle Part", None, None, None),
    ("no address", None, None, None, None),
]
STREETS = """street,number,district,longitude,latitude,precision_m
Rue Bravo,12,CENTRE,5.25,43.25,8
Avenue du Général Leclerc,,CENTRE,5.3,43.3,400
"""


@pytest.fixture
def gazetteer(tmp_path: Path) -> GazetteerSource:
    path = tmp_path / "streets.csv"
    path.write_text(STREETS, encoding="utf-8")
    return GazetteerSource("fr", (path,))


def by_id(spark: SparkSession, source: GazetteerSource | None) -> dict[str, Row]:
    frame = spark.createDataFrame(ROWS, COLUMNS)
    return {row.report_id: row for row in geocoded(frame, broadcast_gazetteer(spark, source)).collect()}


def test_every_row_says_where_its_position_comes_from(spark: SparkSession, gazetteer: GazetteerSource) -> None:
    found = by_id(spark, gazetteer)
    assert {name: row[METHOD] for name, row in found.items()} == {
        "placed by its source": "source",
        "by number": "address",
        "by street": "street",
        "unknown street": "unplaced",
        "no address": None,
    }
    placed = {name: (row.longitude, row.latitude, row.location_precision_m) for name, row in found.items()}
    assert placed["placed by its source"] == (5.1, 43.1, 10.0)
    assert placed["by number"] == (5.25, 43.25, 8.0)
    assert placed["by street"] == (5.3, 43.3, 400.0)
    assert placed["unknown street"] == placed["no address"] == (None, None, None)


def test_a_city_without_a_gazetteer_leaves_addresses_unplaced(spark: SparkSession) -> None:
    found = by_id(spark, None)
    assert len(found) == len(ROWS)
    assert found["by number"][METHOD] == found["by street"][METHOD] == "unplaced"
    assert found["placed by its source"][METHOD] == "source"


def test_the_gazetteer_of_marseille_holds_its_streets_within_the_city(spark: SparkSession) -> None:
    city = load_city("marseille")
    assert city.gazetteer is not None
    places = list(city.gazetteer.places())
    assert len(places) == 5_190
    assert all(city.bounds.holds(place.longitude, place.latitude) for place in places)


@pytest.mark.parametrize(
    ("text", "line"),
    [("street,number\nA,1\n", 1), (STREETS + "Rue X,douze,C,5.0,43.0,9\n", 4), (STREETS + "Rue X,1,C,est,43.0,9\n", 4)],
)
def test_a_wrong_gazetteer_is_told_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "streets.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CityError, match=rf"streets.csv:{line}"):
        list(GazetteerSource("fr", (path,)).places())
