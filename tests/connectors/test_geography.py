"""The traps of published geography: projections, leading zeros, three delimiters of one publisher, broken outlines."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyproj
import pytest
from shapely.geometry import Point, shape

from connectors.sdk.formats import GeoJsonFormat
from connectors.sdk.projection import wgs84

Recorded = Callable[[str], Any]
SQUARE = [[5.3, 43.5], [5.4, 43.5], [5.4, 43.6], [5.3, 43.6], [5.3, 43.5]]


def feature(coordinates: Any, kind: str = "Polygon", **properties: str) -> dict[str, Any]:
    named = {"code": "01004", "nom": "Ambérieu-en-Bugey"} | properties
    return {"type": "Feature", "properties": named, "geometry": {"type": kind, "coordinates": coordinates}}


def collection(*features: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **more, "features": list(features)}).encode()


def projected(ring: list[list[float]], crs: str) -> list[list[float]]:
    there = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return [list(there.transform(*vertex)) for vertex in ring]


def test_the_point_of_a_territory_lies_inside_it_even_beside_a_hole(recorded: Recorded) -> None:
    hole = [[5.32, 43.52], [5.38, 43.52], [5.38, 43.58], [5.32, 43.58], [5.32, 43.52]]
    ((_, row),) = recorded("geojson_zones").read(collection(feature([SQUARE, hole]))).accepted
    outline = shape(json.loads(row["geometry_geojson"]))
    assert outline.contains(Point(row["longitude"], row["latitude"]))
    assert row["boundary_id"] == "insee:01004"


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:27572", "urn:ogc:def:crs:EPSG::2154"])
def test_a_declared_projection_is_brought_to_degrees_within_a_metre(recorded: Recorded, crs: str) -> None:
    moved = feature([projected(SQUARE, crs)])
    content = collection(moved, crs={"type": "name", "properties": {"name": crs}})
    ((_, row),) = recorded("geojson_zones").read(content).accepted
    found = json.loads(row["geometry_geojson"])["coordinates"][0]
    for (x, y), (east, north) in zip(SQUARE, found, strict=True):
        assert abs(x - east) < 1e-5
        assert abs(y - north) < 1e-5


def test_a_projection_declared_behind_the_features_counts_too(recorded: Recorded) -> None:
    document = {"type": "FeatureCollection", "features": [feature([projected(SQUARE, "EPSG:2154")])]}
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    ((_, row),) = recorded("geojson_zones").read(json.dumps(document).encode()).accepted
    assert row["longitude"] == pytest.approx(5.35, abs=0.01)


def test_lambert_ii_and_lambert_93_of_one_place_agree() -> None:
    """Notre-Dame de la Garde; the two systems differ by two hundred kilometres in northing."""
    for crs in ("EPSG:2154", "EPSG:27572"):
        x, y = projected([[5.371242, 43.2839455]], crs)[0]
        longitude, latitude = wgs84(f"{x:.2f}", f"{y:.2f}", crs)
        assert longitude == pytest.approx(5.371242, abs=2e-6)
        assert latitude == pytest.approx(43.2839455, abs=2e-6)


def test_what_is_no_number_passes_on_for_the_contract_to_refuse() -> None:
    assert wgs84("est", "6250000", "EPSG:2154") == ("est", 6_250_000)
    assert wgs84(None, None, "EPSG:2154") == (None, None)


@pytest.mark.parametrize("separator", [b"\n", b"\r\n", b"\n\x1e"])
def test_features_one_per_line_are_read_like_a_collection(separator: bytes) -> None:
    features = [feature([SQUARE], code=f"{n:05d}") for n in range(3)]
    lines = separator.join(json.dumps(one).encode() for one in features)
    lines = b"\x1e" + lines if b"\x1e" in separator else lines
    found = [decoded.value for decoded in GeoJsonFormat().decode(lines)]
    assert found == features == [decoded.value for decoded in GeoJsonFormat().decode(collection(*features))]


def test_one_indented_feature_is_one_element() -> None:
    (found,) = GeoJsonFormat().decode(json.dumps(feature([SQUARE]), indent=2).encode())
    assert found.value == feature([SQUARE])


def test_a_ring_that_crosses_itself_still_says_where_it_is(recorded: Recorded) -> None:
    bow = [[5.3, 43.5], [5.4, 43.6], [5.4, 43.5], [5.3, 43.6], [5.3, 43.5]]
    ((_, row),) = recorded("geojson_zones").read(collection(feature([bow]))).accepted
    assert 5.3 < row["longitude"] < 5.4


def test_three_delimiters_of_one_publisher_are_told_by_the_profile(recorded: Recorded) -> None:
    for fixture, kind in (("", "school"), ("+tab", "park"), ("+semicolon", "monument")):
        source = recorded(f"city_facilities{fixture}")
        rows = source.read(source.slice).rows("reference.facility")
        assert {row["facility_kind_code"] for row in rows} == {kind}
        assert all(5.2 < row["longitude"] < 5.6 for row in rows)


def test_telephone_and_mail_leave_no_trace(recorded: Recorded) -> None:
    source = recorded("city_facilities")
    sent = b"".join(outcome.message.value for outcome in source.outcomes(source.slice))
    assert b"@" not in sent
    assert b"04 91" not in sent


def test_an_address_without_degrees_is_placed_by_its_lambert_93_metres(recorded: Recorded) -> None:
    source = recorded("ban_addresses")
    header, line, *_ = source.slice.decode().splitlines()
    names, values = header.split(";"), line.split(";")
    bare = [("" if name in ("lon", "lat") else value) for name, value in zip(names, values, strict=True)]
    ((_, whole),) = source.read("\n".join([header, line]).encode()).accepted
    ((_, row),) = source.read("\n".join([header, ";".join(bare)]).encode()).accepted
    assert row["longitude"] == pytest.approx(whole["longitude"], abs=2e-6)
    assert row["latitude"] == pytest.approx(whole["latitude"], abs=2e-6)


@pytest.mark.parametrize(("number", "suffix", "told"), [("12", "bis", "12 bis"), ("9999", "", None), ("", "", None)])
def test_a_suffix_belongs_to_the_number_and_9999_is_none(
    recorded: Recorded, number: str, suffix: str, told: str | None
) -> None:
    source = recorded("ban_addresses")
    header, line, *_ = source.slice.decode().splitlines()
    values = dict(zip(header.split(";"), line.split(";"), strict=True)) | {"numero": number, "rep": suffix}
    ((_, row),) = source.read("\n".join([header, ";".join(values.values())]).encode()).accepted
    assert row.get("house_number") == told


def test_every_municipality_of_a_country_is_read_line_by_line(recorded: Recorded) -> None:
    """Codes keep their leading zero and Corsica its letter."""
    source = recorded("geojson_zones+lines")
    ids = {row["boundary_id"] for row in source.read(source.slice).rows("reference.zone_boundary")}
    assert "insee:01001" in ids
    assert all(len(one) == len("insee:01001") for one in ids)
