from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

import pytest
from shapely.geometry import shape
from shapely.ops import unary_union

from schemas.city import cities, load_city
from schemas.city_reader import read_city
from schemas.codes import load_codes
from schemas.errors import CityError
from schemas.zones import Zone, slug

MARSEILLE = load_city("marseille")
LANCASHIRE = load_city("lancashire")
SAN_FRANCISCO = load_city("san_francisco")


def features(city_id: str) -> list[dict[str, object]]:
    path = load_city(city_id).zones.path
    assert path is not None
    with gzip.open(path, "rt", encoding="utf-8") as text:
        found: list[dict[str, object]] = json.load(text)["features"]
    return found


def properties(feature: dict[str, object]) -> dict[str, object]:
    found = feature["properties"]
    assert isinstance(found, dict)
    return found


def test_the_cities_of_the_demonstration_load() -> None:
    assert {"lancashire", "marseille", "san_francisco"} <= set(cities())


def test_marseille_has_111_quartiers_with_unique_stable_identifiers_and_presentable_names() -> None:
    zones = [MARSEILLE.zones.zone(properties(feature)) for feature in features("marseille")]
    assert len({zone.zone_id for zone in zones}) == len(zones) == 111
    by_id = {zone.zone_id: zone for zone in zones}
    assert by_id["marseille:13216-l-estaque"] == Zone(
        "marseille:13216-l-estaque", "L'Estaque", "quartier", "insee:13216"
    )
    assert by_id["marseille:13213-saint-jerome"].zone_name == "Saint-Jérôme"
    assert not any(zone.zone_name.isupper() for zone in zones)
    assert set(MARSEILLE.zones.names or ()) == {zone.zone_id.split(":")[1] for zone in zones}


def test_marseille_dissolves_into_16_arrondissements_under_one_commune() -> None:
    above = [MARSEILLE.zones.ancestors(properties(feature)) for feature in features("marseille")]
    arrondissements = {zones[0].zone_id: zones[0] for zones in above}
    assert sorted(arrondissements) == [f"insee:{code}" for code in range(13201, 13217)]
    assert arrondissements["insee:13201"].zone_name == "Marseille 1er arrondissement"
    assert {zones[1] for zones in above} == {Zone("insee:13055", "Marseille", "commune", None)}
    assert {zone.parent_zone_id for zone in arrondissements.values()} == {"insee:13055"}


def test_zones_lie_within_the_bounds_of_their_city() -> None:
    for city in (MARSEILLE, LANCASHIRE):
        west, south, east, north = unary_union([shape(item["geometry"]) for item in features(city.city_id)]).bounds
        assert city.bounds.holds(west, south)
        assert city.bounds.holds(east, north)


def test_lancashire_has_14_districts_with_a_population() -> None:
    zones = {LANCASHIRE.zones.zone(properties(feature)).zone_id for feature in features("lancashire")}
    assert len(zones) == 14
    assert set(LANCASHIRE.zones.population) == zones
    assert LANCASHIRE.zones.population["ons:E06000009"].count == 141_100
    assert {people.year for people in LANCASHIRE.zones.population.values()} == {2021}


def test_san_francisco_is_cut_into_hexagons() -> None:
    zones = SAN_FRANCISCO.zones
    assert (zones.kind, zones.resolution, zones.level_code, zones.path) == ("h3", 8, "hexagon", None)
    assert zones.zone_id("88283082b9fffff") == "h3:88283082b9fffff"
    assert zones.population == {}


@pytest.mark.parametrize("city_id", cities())
def test_zone_files_have_a_licence_note_beside_them(city_id: str) -> None:
    folder = load_city(city_id).root / "zones"
    if folder.is_dir():
        note = (folder / "LICENCE.md").read_text(encoding="utf-8")
        assert all(path.name in note for path in folder.iterdir() if path.name != "LICENCE.md")


@pytest.mark.parametrize("city_id", cities())
def test_recordings_are_there_with_a_licence_note(city_id: str) -> None:
    for source in load_city(city_id).sources:
        assert all(path.is_file() for path in source.recordings)
        for folder in {path.parent for path in source.recordings}:
            note = (folder / "LICENCE.md").read_text(encoding="utf-8")
            assert all(path.name in note for path in source.recordings)


@pytest.mark.parametrize("city_id", cities())
def test_every_source_says_publisher_licence_and_label(city_id: str) -> None:
    for source in load_city(city_id).sources:
        assert source.publisher
        assert source.licence
        assert source.label.fr
        assert source.label.en
        assert source.source_id == f"urn:vigie:{city_id}:{source.connector}"


def test_a_more_specific_mapping_wins_whatever_the_case_and_spaces() -> None:
    police, day = SAN_FRANCISCO.source("datasf_police_incidents"), date(2008, 1, 1)
    assert police.category("LARCENY/THEFT", "PETTY THEFT OF PROPERTY", day) == "other_theft"
    assert police.category(" larceny/theft ", "Grand Theft From Locked Auto", day) == "vehicle_theft"
    assert police.category("LARCENY/THEFT", None, day) == "other_theft"
    assert police.category("LARCENY", None, day) is None
    assert police.category(None, None, day) is None
    assert police.category("LARCENY/THEFT", None, date(1989, 12, 31)) is None


def test_maps_use_known_categories_and_say_who_decided() -> None:
    for city_id in cities():
        for source in load_city(city_id).sources:
            for line in source.category_map:
                assert line.category_code in load_codes("incident_category")
                assert line.author


def test_stand_ins_say_so() -> None:
    assert {source.connector for source in MARSEILLE.sources if source.stand_in} >= {
        "gtfs_rt_trip_updates", "meteofrance_synop",
    }
    assert not any(source.stand_in for city in (SAN_FRANCISCO, LANCASHIRE) for source in city.sources)


def test_an_unknown_city_or_source_is_told_what_exists() -> None:
    with pytest.raises(CityError, match=r"expected one of .*lancashire.*marseille.*san_francisco"):
        load_city("atlantis")
    with pytest.raises(CityError, match=r"no source `nothing`.*add sources/nothing\.yaml"):
        LANCASHIRE.source("nothing")


@pytest.mark.parametrize(("count", "level"), [(0, 1), (50, 1), (199, 1), (200, 2), (400, 3), (799, 3), (800, 4)])
def test_recurrence_level_is_the_number_of_thresholds_reached(count: int, level: int) -> None:
    assert LANCASHIRE.indicators.recurrence_level(count) == level


@pytest.mark.parametrize(("text", "expected"), [
    ("L'ESTAQUE", "l-estaque"), ("Éoures", "eoures"), ("LES TROIS LUCS", "les-trois-lucs"), ("E07000117", "E07000117"),
    ("13201", "13201"),
])
def test_slug(text: str, expected: str) -> None:
    assert slug(text) == expected


MISTAKES = [
    ("city.yaml", "city_id: lancashire", "city_id: kent", "make them equal"),
    ("city.yaml", "Europe/London", "Europe/Londres", "IANA name"),
    ("city.yaml", "Europe/London", "../../etc/passwd", "IANA name"),
    ("city.yaml", "west: -3.2", "west: 3.2", "west < east"),
    ("city.yaml", "west: -3.2", "west: -320", "a number from -180"),
    ("city.yaml", "level_code: district", "level_code: county", "expected one of hexagon"),
    ("city.yaml", "lancashire_districts.geojson.gz", "missing.geojson", "found no file"),
    ("city.yaml", "zones/lancashire_districts.geojson.gz", "../../../etc/passwd", "found no file"),
    ("city.yaml", "kind: geojson", "kind: h3", "unknown key"),
    ("city.yaml", "kind: geojson", "kind: shapefile", "expected one of h3, geojson"),
    ("city.yaml", "[50, 200, 400, 800]", "[50, 200, 100, 800]", "ascending"),
    ("city.yaml", "[50, 200, 400, 800]", "[50, 200, 400]", "3 items"),
    ("city.yaml", "minimum_windows: 3", "minimum_windows: 4", "above reference_windows"),
    ("city.yaml", "method: previous_periods", "method: guess", "previous_periods"),
    ("city.yaml", "country_code: GB", "country_code: uk", "a text like `FR`"),
    ("zones/population.csv", "zone_id,", "zone,", "expected ['zone_id'"),
    ("zones/population.csv", ",141100,", ",141 100,", "whole numbers"),
    ("sources/police_uk_antisocial_behaviour.yaml", "connector: police_uk", "connector: police_fr", "make them equal"),
    ("sources/police_uk_antisocial_behaviour.yaml", "category: gathering_or_crowd", "category: gathering",
     "did you mean `gathering_or_crowd`?"),
    ("sources/police_uk_antisocial_behaviour.yaml", "[lancashire", "[../lancashire", "leave the folder out"),
    ("sources/police_uk_antisocial_behaviour.yaml", "max_rejected_ratio: 0.02", "max_rejected_ratio: 2", "from 0 to 1"),
    ("sources/police_uk_antisocial_behaviour.yaml", "licence:", "license:", "did you mean `licence`?"),
]


@pytest.mark.parametrize(("name", "old", "new", "problem"), MISTAKES)
def test_a_mistake_in_a_city_is_told_with_its_file_and_line(
    city_copy: Path, name: str, old: str, new: str, problem: str
) -> None:
    path = city_copy / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CityError) as caught:
        _ = read_city(city_copy).zones.population
    assert problem in str(caught.value)
    assert caught.value.path == path
    assert caught.value.line > 0


ENTRY = '    - {source: "Anti-social behaviour", category: gathering_or_crowd}\n'


@pytest.mark.parametrize(("lines", "problem"), [
    (ENTRY + ENTRY.replace("Anti", "anti"), "mapped twice"),
    ("    - {source: a, category: other, valid_from: 2022-01-01, valid_to: 2021-01-01}\n", "before valid_from"),
])
def test_a_map_that_contradicts_itself_is_refused(city_copy: Path, lines: str, problem: str) -> None:
    path = city_copy / "sources" / "police_uk_antisocial_behaviour.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(ENTRY, lines), encoding="utf-8")
    with pytest.raises(CityError, match=problem):
        read_city(city_copy)


def test_a_map_line_may_end_where_the_next_begins(city_copy: Path) -> None:
    path = city_copy / "sources" / "police_uk_antisocial_behaviour.yaml"
    lines = ("    - {source: a, category: noise, valid_to: 2021-12-31}\n"
             "    - {source: a, category: other, valid_from: 2022-01-01}\n")
    path.write_text(path.read_text(encoding="utf-8").replace(ENTRY, lines), encoding="utf-8")
    source = read_city(city_copy).source("police_uk_antisocial_behaviour")
    assert source.category("a", None, date(2021, 12, 31)) == "noise"
    assert source.category("a", None, date(2022, 1, 1)) == "other"


def test_thresholds_have_epochs(city_copy: Path) -> None:
    path = city_copy / "city.yaml"
    text = path.read_text(encoding="utf-8")
    epoch = text[text.index('  - version: "1"'):]
    newer = epoch.replace('"1"', '"2"').replace("1990-01-01", "2022-07-01").replace("[50,", "[60,")
    path.write_text(text + newer, encoding="utf-8")
    city = read_city(city_copy)
    assert (city.indicators.version, city.indicators.valid_from) == ("2", date(2022, 7, 1))
    assert city.indicators_on(date(2022, 6, 30)).version == "1"
    assert city.indicators_on(date(2022, 7, 1)).recurrence_thresholds[0] == 60
    assert city.indicators_on(date(1980, 1, 1)).version == "1"
    path.write_text(text + newer.replace("2022-07-01", "1980-01-01"), encoding="utf-8")
    with pytest.raises(CityError, match="ascending order"):
        read_city(city_copy)


def test_a_feature_without_its_property_is_refused() -> None:
    with pytest.raises(CityError, match="without `nom_qua`"):
        MARSEILLE.zones.zone({"depco": "13201"})
    with pytest.raises(CityError, match="without a name for level arrondissement"):
        MARSEILLE.zones.zone({"depco": "13299", "nom_qua": "NULLE PART"})
