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
