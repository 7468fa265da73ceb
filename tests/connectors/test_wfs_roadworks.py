"""The traps of works with footprints."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import Point, shape

from connectors.sdk.errors import BadSetting
from connectors.wfs_roadworks import WfsRoadworks

EVENT, OCCUPATION = "silver.road_event", "silver.planned_occupation"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The works of Lyon."""
    return recorded("wfs_roadworks")


def changed(source: Any, change: Callable[[dict[str, Any]], Any]) -> bytes:
    """The first site alone, changed."""
    document = json.loads(source.slice)
    feature = copy.deepcopy(document["features"][0])
    change(feature)
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def event(source: Any, change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The only event."""
    (row,) = source.read(changed(source, change)).rows(EVENT)
    return dict(row)


def test_the_point_lies_in_the_footprint_and_the_precision_reaches_its_farthest_corner(source: Any) -> None:
    """A site is not a point: the radius says how much street it may take."""
    features = json.loads(source.slice)["features"]
    for feature, row in zip(features, source.read(source.slice).rows(EVENT), strict=True):
        outline = shape(feature["geometry"])
        point = Point(row["longitude"], row["latitude"])
        assert not outline.is_valid or outline.buffer(1e-6).covers(point)
        far = max(Geod(ellps="WGS84").inv(point.x, point.y, *xy)[2] for xy in shapely.get_coordinates(outline))
        assert row["location_precision_m"] == pytest.approx(max(10, far), abs=0.2)


def test_the_last_day_is_worked(source: Any) -> None:
    """Days are local; the end is the first instant of the next day, on the night clocks change too."""
    row = event(source, lambda site: site["properties"].update(debutchantier="2026-10-25", finchantier="2026-10-25"))
    assert (row["starts_at"], row["ends_at"]) == ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")


def test_a_site_without_an_end_is_open(source: Any) -> None:
    """The service writes null."""
    row = event(source, lambda site: site["properties"].update(finchantier=None))
    assert row["ends_at"] is None


def test_hours_and_other_words_for_readers_are_kept_nowhere(source: Any) -> None:
    """Neither in a row nor in the original beside it nor in a dead letter."""
    for words in ("7h-17h, M. Untel 06 00 00 00 00", None):
        content = changed(source, lambda site, words=words: site["properties"].update(descripchantierinternet=words))
        for damaged in (content, content[:-40], content.replace(b'"gid": 415605', b'"gid": null')):
            assert all(b"Untel" not in outcome.message.value for outcome in source.outcomes(damaged))


def test_another_coordinate_system_is_brought_to_wgs_84_when_declared(source: Any) -> None:
    """Lambert-93, as the service answers without SRSNAME."""
    to_lambert = Transformer.from_crs(4326, 2154, always_xy=True)

    def moved(coordinates: Any) -> Any:
        if isinstance(coordinates[0], list):
            return [moved(inner) for inner in coordinates]
        return list(to_lambert.transform(*coordinates))

    def change(site: dict[str, Any]) -> None:
        site["geometry"]["coordinates"] = moved(site["geometry"]["coordinates"])

    document = json.loads(changed(source, change))
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    (row,) = source.read(json.dumps(document).encode()).rows(EVENT)
    before = event(source, lambda site: None)
    assert row["longitude"] == pytest.approx(before["longitude"], abs=1e-6)
    assert row["latitude"] == pytest.approx(before["latitude"], abs=1e-6)


def test_a_word_of_progress_that_the_profile_does_not_know_is_unknown(source: Any) -> None:
    """And its row is kept."""
    row = event(source, lambda site: site["properties"].update(avancement="Chantier rêvé"))
    assert row["event_status_code"] == "unknown"


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"issuer": "lyon"}, "fields"),
        ({"issuer": "lyon", "fields": {"id": "gid"}}, "neither `starts` nor `period`"),
        ({"issuer": "lyon", "fields": {"id": "gid", "starts": "debut", "colour": "x"}}, "'colour'"),
        ({"issuer": "lyon", "fields": {"id": "gid", "starts": "debut"}, "stats": {}}, "'stats'"),
    ],
)
def test_a_profile_that_cannot_be_read_says_what_to_correct(source: Any, settings: Any, what: str) -> None:
    """Before anything is fetched."""
    broken = replace(source.connector.source, settings=settings)
    with pytest.raises(BadSetting, match=what):
        WfsRoadworks(broken, source.connector.city)


LYON = [4.85, 45.75]


@pytest.mark.parametrize("crs", [
    "EPSG:2154", "urn:ogc:def:crs:EPSG::2154", "http://www.opengis.net/def/crs/EPSG/0/2154",
    "http://www.opengis.net/gml/srs/epsg.xml#2154", "urn:ogc:def:crs:EPSG::3946",
])  # fmt: skip
def test_a_collection_of_geometries_lies_in_its_parts(source: Any, crs: str) -> None:
    """Some servers give the site and its axis in one, in any system and under any of its names."""
    code = f"EPSG:{crs[-4:]}"
    moved = list(Transformer.from_crs("EPSG:4326", code, always_xy=True).transform(*LYON))
    parts = [{"type": "Point", "coordinates": moved}]
    content = changed(source, lambda site: site.update(geometry={"type": "GeometryCollection", "geometries": parts}))
    document = {**json.loads(content), "crs": {"type": "name", "properties": {"name": crs}}}
    reading = source.read(json.dumps(document).encode())
    (row,) = reading.rows(EVENT)
    assert (row["longitude"], row["latitude"]) == pytest.approx(LYON, abs=1e-6)
    assert json.loads(reading.rows(OCCUPATION)[0]["footprint_geojson"])["type"] == "GeometryCollection"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("geometry", [
    {"type": "Point", "coordinates": [1e999, 45.7]},
    {"type": "LineString", "coordinates": [[4.8, 45.7], [1e999, 45.7]]},
    {"type": "Polygon", "coordinates": [[[1e999, 45], [4, 45], [4, 46], [1e999, 45]]]},
])  # fmt: skip
def test_an_infinite_coordinate_is_no_place_and_never_0(source: Any, geometry: dict[str, Any]) -> None:
    content = changed(source, lambda site: site.update(geometry=geometry)).replace(b"Infinity", b"1e999")
    rows = source.read(content).rows(EVENT)
    assert not rows or geometry["type"] == "LineString"


def test_a_code_that_lost_its_zero_gets_it_back(source: Any) -> None:
    """INSEE codes have five digits; as a number that of the Ain has four."""
    assert event(source, lambda site: site["properties"].update(insee=1001))["municipality_id"] == "insee:01001"


@pytest.mark.parametrize(("settings", "starts", "ends"), [
    ({}, "2026-03-03Z", "2026-03-07+01:00"), ({"times": "milliseconds", "days": True}, 1772492400000, 1772838000000),
    ({"times": "local", "days": True}, "2026-03-03T00:00:00", "2026-03-07T00:00:00"),
])  # fmt: skip
def test_a_profile_says_how_days_are_written(source: Any, settings: Any, starts: Any, ends: Any) -> None:
    """Milliseconds and a wall clock are declared and never guessed; a day with an offset is a day."""
    own = replace(source.connector.source, settings={**source.connector.source.settings, **settings})
    connector = WfsRoadworks(own, source.connector.city)
    content = changed(source, lambda site: site["properties"].update(debutchantier=starts, finchantier=ends))
    (element,) = connector.split(source.payload(content))
    row = connector.to_row(element, source.payload(content))
    assert (row["starts_at"], row["ends_at"]) == ("2026-03-02T23:00:00Z", "2026-03-07T23:00:00Z")
