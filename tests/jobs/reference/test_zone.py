"""The zones of every city: identities, parents, outlines, population."""

from __future__ import annotations

import json

import pytest
import shapely

from jobs.reference.outline import outlined_zones
from jobs.reference.zone import ZONE, ZONE_PART, part_rows, write_zones, zone_rows
from jobs.sdk.settings import LakeSettings
from jobs.sdk.table import Lake
from schemas.city import CityProfile, cities, load_city
from schemas.contract import load
from tests.jobs.stored import commits, stored_rows

COLUMNS = load(ZONE).column_names


def records(city_id: str) -> list[dict[str, object]]:
    city = load_city(city_id)
    return [dict(zip(COLUMNS, row, strict=True)) for row in zone_rows(outlined_zones(city), city)]


@pytest.mark.parametrize("city_id", cities())
def test_every_zone_has_one_identity_a_known_parent_and_a_centre_inside(city_id: str) -> None:
    zones = records(city_id)
    ids = [zone["zone_id"] for zone in zones]
    assert len(set(ids)) == len(ids) > 0
    assert {zone["parent_zone_id"] for zone in zones} - {None} <= set(ids)
    for zone in zones:
        outline = shapely.from_wkb(bytes(zone["geometry_wkb"]))  # type: ignore[call-overload]
        assert outline.is_valid
        assert outline.covers(shapely.Point(zone["centroid_longitude"], zone["centroid_latitude"]))


def test_marseille_dissolves_into_its_arrondissements_and_its_commune() -> None:
    zones = records("marseille")
    levels = [zone["level_code"] for zone in zones]
    assert {level: levels.count(level) for level in set(levels)} == {
        "quartier": 111,
        "arrondissement": 16,
        "commune": 1,
    }
    areas = {level: sum(float(str(z["area_km2"])) for z in zones if z["level_code"] == level) for level in set(levels)}
    assert areas["arrondissement"] == pytest.approx(areas["commune"], rel=1e-3)
    assert areas["quartier"] == pytest.approx(areas["commune"], rel=1e-2)
    assert 230 < areas["commune"] < 250


def test_lancashire_has_its_fourteen_districts_with_population() -> None:
    zones = records("lancashire")
    assert len(zones) == 14
    assert sum(int(str(zone["population_count"])) for zone in zones) > 1_400_000


@pytest.mark.parametrize("city_id", cities())
def test_map_outlines_are_closed_rings_numbered_per_zone(city_id: str) -> None:
    city = load_city(city_id)
    zones = outlined_zones(city)
    parts = part_rows(zones, city)
    assert {row[0] for row in parts} == {one.zone.zone_id for one in zones}
    assert len({row[:2] for row in parts}) == len(parts)
    for _, _, text, _ in parts:
        ring = json.loads(text)
        assert ring[0] == ring[-1]
        assert len(ring) >= 4


@pytest.mark.integration
def test_writing_the_same_zones_again_makes_no_new_version(
    lake: Lake, settings: LakeSettings, town_profile: CityProfile
) -> None:
    assert write_zones(lake, town_profile) == ()
    first = commits(settings, ZONE), commits(settings, ZONE_PART)
    write_zones(lake, town_profile)
    assert (commits(settings, ZONE), commits(settings, ZONE_PART)) == first
    assert [row["zone_id"] for row in stored_rows(settings, ZONE)] == ["town:west", "town:east"]
