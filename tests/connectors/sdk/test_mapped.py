"""Connectors whose columns the city profile names: what each key of the settings does, and which are refused."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sdk import Attribution, Element, Payload
from connectors.sdk.accounting import Outcome
from connectors.sdk.errors import BadSetting
from connectors.sdk.judge import outcomes
from connectors.sdk.mapped import MappedFileConnector, MappedPollingConnector
from connectors.sdk.mapping.clock import UnknownDirective, pattern_of, wall_clock
from connectors.sdk.mapping.columns import ColumnPlan, reader
from connectors.sdk.mapping.place import projection
from schemas.city import CityProfile, SourceSettings, load_city
from schemas.contract import Label

COLLECTED = datetime(2026, 1, 1, tzinfo=UTC)
COLUMNS: dict[str, Any] = {
    "report_id": {"from": "N° MC", "issuer": "pm"},
    "occurred_at": {"from": ["Date", "Heure"], "formats": ["%d/%m/%Y %Hh%M", "%d/%m/%Y %H:%M"]},
    "source_category": {"from": "Nature"},
}
SETTINGS: dict[str, Any] = {
    "format": "csv",
    "delimiter": ";",
    "encoding": "cp1252",
    "columns": COLUMNS,
    "constants": {"time_precision_code": "minute"},
}
HEADER = "N° MC;Date;Heure;Nature;OBSERVATIONS"
LINE = "12;05/03/2024;14h30;Tapage;M. DUPONT crie"


class Logbook(MappedFileConnector):
    """One entry of an invented logbook."""

    contract = "silver.incident_report"
    family = "police"
    label = Label(fr="Main courante", en="Logbook")
    attribution = Attribution("A town", "none")
    free_text = frozenset({"observations"})


class CarefulLogbook(Logbook):
    """The same, which keeps nothing but what is mapped."""

    keep_raw = "mapped"


Make = Callable[..., Logbook]


@pytest.fixture
def city() -> CityProfile:
    return load_city("marseille")


@pytest.fixture
def source(city: CityProfile) -> SourceSettings:
    return replace(city.sources[0], time_zone="Europe/Paris", recordings=(), path=Path("cities/here/sources/it.yaml"))


@pytest.fixture
def make(city: CityProfile, source: SourceSettings) -> Make:
    def made(kind: type[Logbook] = Logbook, **changes: Any) -> Logbook:
        settings = {key: value for key, value in (SETTINGS | changes).items() if value is not None}
        return kind(replace(source, settings=settings), city)

    return made


def told(connector: Logbook, content: str | bytes) -> list[Outcome]:
    encoded = content if isinstance(content, bytes) else content.encode("cp1252")
    return list(outcomes(connector, Payload(encoded, "file:it.csv", COLLECTED)))


def row_of(connector: Logbook, content: str | bytes) -> dict[str, Any]:
    (outcome,) = told(connector, content)
    assert outcome.violations == ()
    return dict(outcome.row or {})


def test_a_french_line_becomes_a_row(make: Make) -> None:
    assert row_of(make(), f"{HEADER}\n{LINE}\n") == {
        "report_id": "pm:12",
        "occurred_at": "2024-03-05T13:30:00Z",
        "time_precision_code": "minute",
        "source_category": "Tapage",
    }


def test_an_unmapped_column_never_enters_the_row(make: Make) -> None:
    assert "DUPONT" not in json.dumps(row_of(make(), f"{HEADER}\n{LINE}\n"))


def test_a_renamed_column_refuses_every_line(make: Make) -> None:
    (outcome,) = told(make(), f"{HEADER}\n{LINE}\n".replace("Nature", "Type"))
    assert [(v.rule, v.column) for v in outcome.violations] == [("shape", "Nature")]


def test_an_optional_column_may_be_absent(make: Make) -> None:
    columns = COLUMNS | {"address": {"from": "Lieu", "optional": True}}
    assert row_of(make(columns=columns), f"{HEADER}\n{LINE}\n")["address"] is None


@pytest.mark.parametrize(
    ("formats", "written", "expected"),
    [
        (["%d/%m/%Y %H:%M"], "5/3/2024 9:05", "2024-03-05T09:05:00"),
        (["%d/%m/%Y %Hh%M"], "05/03/2024 14H30", "2024-03-05T14:30:00"),
        (["%d/%m/%Y %Hh%M"], "05/03/2024\u00a0 14 h 30", "2024-03-05T14:30:00"),
        (["%d/%m/%Y %Hh%M", "%d/%m/%Y %Hh"], "05/03/2024 9h", "2024-03-05T09:00:00"),
        (["%d/%m/%y"], "05/03/24", "2024-03-05"),
        (["%d/%m/%y"], "05/03/98", "1998-03-05"),
        (["%d %B %Y"], "1 août 2023", "2023-08-01"),
        (["%d %B %Y"], "3 Mar. 2024", "2024-03-03"),
        (["%m/%d/%Y %I:%M:%S %p"], "01/31/2010 12:05:00 AM", "2010-01-31T00:05:00"),
        (["%m/%d/%Y %I:%M:%S %p"], "01/31/2010 12:05:00 pm", "2010-01-31T12:05:00"),
        (["%Y%m%d%H%M%S"], "20240305143000", "2024-03-05T14:30:00"),
        (["%d/%m/%Y"], "31/02/2024", "31/02/2024"),
        (["%d%m%Y"], "1112024", "1112024"),
        (["%d/%m/%Y"], "2024-03-05", "2024-03-05"),
        (["%d/%m/%Y"], "05/03/2024 14:30", "05/03/2024 14:30"),
        (["%d/%m/%Y"], "٠٥/٠٣/٢٠٢٤", "٠٥/٠٣/٢٠٢٤"),
        (["%m/%d/%Y %I:%M %p"], "01/31/2010 13:05 AM", "01/31/2010 13:05 AM"),
    ],
)
def test_instants_are_read_as_declared_and_never_guessed(formats: list[str], written: str, expected: str) -> None:
    assert wall_clock(tuple(formats))(written) == expected


@pytest.mark.parametrize("written", ["%q", "%d/%m", "%d/%d/%m/%Y", "jour"])
def test_a_format_that_cannot_name_a_day_is_refused(written: str) -> None:
    with pytest.raises(UnknownDirective):
        pattern_of(written)


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({"decimal": ","}, "12,5", 12.5),
        ({"decimal": ",", "thousands": "blank"}, "1\u202f234,5", 1234.5),
        ({"thousands": "blank"}, "2\u00a0536", 2536),
        ({"thousands": "blank"}, "25 36", "25 36"),
        ({"decimal": ",", "thousands": "."}, "1.234.567,5", 1234567.5),
        ({"factor": 1000}, "0.25", 250.0),
        ({"missing": ["NC", "-"]}, "-", None),
        ({}, "environ 12", "environ 12"),
    ],
)
def test_numbers_as_offices_write_them(make: Make, spec: dict[str, Any], written: str, expected: object) -> None:
    columns = COLUMNS | {"location_precision_m": {"from": "P", **spec}}
    connector = make(columns=columns)
    element = Element({"P": written}, b"x", 0)
    assert connector._readers["location_precision_m"](element) == expected


def test_words_of_the_source_become_codes_and_others_pass_on(make: Make) -> None:
    columns = COLUMNS | {"status_code": {"from": "Etat"}}
    values = {"status_code": {"CLOS": "closed", "en cours": "in_progress"}}
    read = make(columns=columns, values=values)._readers["status_code"]
    assert [read(Element({"Etat": word}, b"x", 0)) for word in ("clos", " En cours ", "perdu", "")] == [
        "closed", "in_progress", "perdu", None,
    ]  # fmt: skip


def test_a_star_stands_for_every_other_word_and_never_for_none(make: Make) -> None:
    columns = COLUMNS | {"status_code": {"from": "Etat"}}
    read = make(columns=columns, values={"status_code": {"*": "open"}})._readers["status_code"]
    assert [read(Element({"Etat": word}, b"x", 0)) for word in ("perdu", "")] == ["open", None]


def test_yes_and_no_in_two_languages() -> None:
    from connectors.sdk.mapping.columns import _boolean

    assert [_boolean(word) for word in ("Oui", "non", "YES", "n", "1", True, None, "peut-être")] == [
        True, False, True, False, True, True, None, "peut-être",
    ]  # fmt: skip


def test_a_source_without_keys_is_told_apart_by_content_and_ordinal(make: Make) -> None:
    connector = make(columns=COLUMNS | {"report_id": {"content": True, "issuer": "pm"}})
    keys = [dict(o.row or {})["report_id"] for o in told(connector, f"{HEADER}\n{LINE}\n{LINE}\n")]
    assert len(set(keys)) == 2
    assert all(key.startswith("pm:") for key in keys)


PLACE = {
    "longitude": {"from": "X", "decimal": ",", "missing": ["0"]},
    "latitude": {"from": "Y", "decimal": ",", "missing": ["0"]},
}


def placed(make: Make, x: str, y: str, crs: str | None) -> list[Outcome]:
    constants = {"time_precision_code": "minute", "location_precision_m": 50}
    connector = make(columns=COLUMNS | PLACE, constants=constants, crs=crs)
    return told(connector, f"{HEADER};X;Y\n{LINE};{x};{y}\n")


@pytest.mark.parametrize(
    ("crs", "x", "y", "longitude", "latitude"),
    [
        ("EPSG:2154", "892390,51", "6247035,36", 5.3698, 43.2965),
        ("EPSG:27572", "846590", "1815116", 5.3709, 43.2955),
        (None, "5,3698", "43,2965", 5.3698, 43.2965),
    ],
)
def test_positions_come_in_the_projection_of_the_town(
    make: Make, crs: str | None, x: str, y: str, longitude: float, latitude: float
) -> None:
    (outcome,) = placed(make, x, y, crs)
    assert outcome.violations == ()
    assert outcome.row is not None
    assert outcome.row["longitude"] == pytest.approx(longitude, abs=2e-3)
    assert outcome.row["latitude"] == pytest.approx(latitude, abs=2e-3)


@pytest.mark.parametrize(("x", "y"), [("5,37", "43,3"), ("6247035", "892390"), ("inconnu", "6247035")])
def test_what_lies_outside_the_projection_is_refused(make: Make, x: str, y: str) -> None:
    (outcome,) = placed(make, x, y, "EPSG:2154")
    assert {v.rule for v in outcome.violations} & {"type", "position_range"}


def test_no_place_has_no_precision(make: Make) -> None:
    (outcome,) = placed(make, "0", "0", "EPSG:2154")
    assert outcome.row is not None
    assert outcome.violations == ()
    assert outcome.row["longitude"] is outcome.row["location_precision_m"] is None


def test_a_projection_reaches_the_centimetre() -> None:
    longitude, latitude = projection("EPSG:2154")(700000.0, 6600000.0)  # the origin of Lambert-93
    assert (longitude, latitude) == (3.0, 46.5)


def test_json_names_are_paths(make: Make) -> None:
    columns = {
        "report_id": {"from": "id", "issuer": "pm"},
        "occurred_at": {"from": "when.start", "kind": "zoned_instant"},
        "source_category": {"from": "kinds.0.label"},
    }
    item = {"id": 7, "when": {"start": "2024-03-05T14:30:00+01:00"}, "kinds": [{"label": "Bruit"}], "note": "DUPONT"}
    for kind in (Logbook, CarefulLogbook):
        connector = make(kind, format="json", delimiter=None, encoding="utf-8", elements="data.items", columns=columns)
        row = row_of(connector, json.dumps({"data": {"items": [item]}}).encode())
        assert row.pop("time_precision_code") == "minute"
        assert list(row.values()) == ["pm:7", "2024-03-05T13:30:00Z", "Bruit"]


def test_geojson_gives_properties_and_a_place_inside_any_geometry(make: Make) -> None:
    columns = {
        "report_id": {"from": "@id", "issuer": "pm"},
        "occurred_at": {"from": "jour"},
        "longitude": {"from": "@longitude"},
        "latitude": {"from": "@latitude"},
    }
    constants = {"time_precision_code": "day", "location_precision_m": 10}
    square = [[[5.3, 43.2], [5.4, 43.2], [5.4, 43.3], [5.3, 43.3], [5.3, 43.2]]]
    features = [
        {"type": "Feature", "id": 1, "properties": {"jour": "2024-03-05"}, "geometry": geometry}
        for geometry in (
            {"type": "Point", "coordinates": [5.37, 43.29]},
            {"type": "Polygon", "coordinates": square},
            {"type": "Polygon", "coordinates": "broken"},
            None,
        )
    ]
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    for kind in (Logbook, CarefulLogbook):
        connector = make(kind, format="geojson", delimiter=None, encoding="utf-8", columns=columns, constants=constants)
        point, inside, broken, nowhere = told(connector, content)
        assert (point.row or {})["longitude"] == 5.37
        assert 5.3 < (inside.row or {})["longitude"] < 5.4
        assert [v.rule for v in broken.violations] == ["type", "type"]
        assert (nowhere.row or {})["latitude"] is None


def test_only_mapped_fields_are_kept_when_asked(make: Make) -> None:
    for connector in (make(CarefulLogbook), make(keep_raw="mapped")):
        assert b"DUPONT" not in told(connector, f"{HEADER}\n{LINE}\n")[0].message.value
    assert b"DUPONT" in told(make(), f"{HEADER}\n{LINE}\n")[0].message.value


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{LINE.replace('05/03', '31/02')}\n",
        f"{HEADER}\n{LINE};DUPONT\n",
        f'{HEADER}\n"{LINE}\n',
        f"{HEADER.replace('Nature', 'DUPONT')}\n{LINE}\n",
        f"{LINE}\n{LINE}\n",
        f"{HEADER}\n{LINE}\x00\n",
        f"{HEADER}\n{LINE}{'DUPONT' * 50_000}\n",
    ],
)
def test_no_dead_letter_keeps_what_is_not_mapped(make: Make, content: str) -> None:
    refused = [outcome.message for outcome in told(make(CarefulLogbook), content) if outcome.violations]
    assert refused
    for message in refused:
        assert b"DUPONT" not in message.value
        assert b"DUPONT" not in b"".join(value for _, value in message.headers)


def test_a_withheld_element_stays_refused_when_read_again(make: Make) -> None:
    connector = make(CarefulLogbook)
    (outcome,) = told(connector, f"{HEADER}\n{LINE};DUPONT\n")
    again = connector.reread(outcome.message.value.decode())
    assert again.violations
    assert connector.reread("{broken").violations


def test_of_a_file_that_does_not_unpack_nothing_is_kept(make: Make, tmp_path: Path) -> None:
    path = tmp_path / "it.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n{LINE}\n".encode("cp1252"))[:-9])
    connector = make(CarefulLogbook)
    connector.source = replace(connector.source, recordings=(path,))
    (payload,) = connector.files({})
    (outcome,) = outcomes(connector, payload)
    assert set(json.loads(outcome.message.value)) == {"withheld", "bytes"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"format": "ods"}, "`format`: found the text `ods`; expected one of csv, tab, xlsx, json, jsonl, geojson"),
        ({"format": None}, "a mapping with the key `format`"),
        ({"formt": "csv"}, "did you mean `format`?"),
        ({"format": "json"}, "`delimiter`: found an unknown key"),
        ({"delimiter": ";;"}, "one ASCII delimiter"),
        ({"encoding": "klingon"}, "unknown encoding: klingon"),
        ({"columns": COLUMNS | {"adress": {"from": "A"}}}, "did you mean `address`?"),
        ({"columns": COLUMNS | {"observations": {"from": "OBSERVATIONS"}}}, "silver.incident_report does not have"),
        ({"columns": COLUMNS | {"address": {"from": "OBSERVATIONS"}}}, "found the free text 'OBSERVATIONS'"),
        ({"columns": COLUMNS | {"zone_id": {"from": "Z"}}}, "the platform fills itself"),
        ({"columns": {"report_id": COLUMNS["report_id"]}}, "found no `occurred_at`"),
        ({"columns": COLUMNS | {"address": {"form": "A"}}}, "did you mean `from`?"),
        ({"columns": COLUMNS | {"address": {"kind": "text"}}}, "expected from or content"),
        ({"columns": COLUMNS | {"closed_at": {"from": "C", "kind": "instant"}}}, "did you mean `zoned_instant`?"),
        ({"columns": COLUMNS | {"closed_at": {"from": "C", "formats": ["%q"]}}}, "a format that is not read: %q"),
        ({"columns": COLUMNS | {"address": {"from": "C", "decimal": ","}}}, "`decimal` for the kind text"),
        ({"columns": COLUMNS | {"address": {"from": "C", "kind": "identifier"}}}, "an identifier without `issuer`"),
        ({"columns": COLUMNS | {"address": {"from": "C", "issuer": "a", "kind": "text"}}}, "text for an identifier"),
        ({"columns": COLUMNS | {"report_id": {"from": "C", "content": True, "issuer": "a"}}}, "beside `from`"),
        ({"columns": COLUMNS | {"report_id": {"from": "C", "issuer": "Pm 1"}}}, "a text like `pm_marseille`"),
        ({"columns": COLUMNS | PLACE}, "a position without `location_precision_m`"),
        ({"columns": COLUMNS | {"longitude": {"from": "X"}}}, "found `longitude` alone"),
        ({"crs": "EPSG:2154"}, "a projection without a position"),
        ({"crs": "Lambert"}, "a text like `EPSG:2154`"),
        ({"constants": {"time_precision_code": "minut"}}, "`constants.time_precision_code`: found a value"),
        ({"constants": {"time_precision_code": "minute", "source_category": "x"}}, "also under `columns`"),
        ({"values": {"source_category": {"A": "a" * 300}}}, "`values.source_category.A`: found a value the contract"),
        ({"values": {"status_code": {"CLOS": "closed"}}}, "words of a column that is not mapped"),
        ({"keep_raw": "some"}, "expected one of mapped, whole"),
    ],
)
def test_a_wrong_setting_says_where_and_what_to_do(make: Make, changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BadSetting) as caught:
        make(**changes)
    message = str(caught.value)
    assert told in message
    assert "of city marseille" in message
    assert "cities/here/sources/it.yaml" in message


def test_an_unknown_projection_is_a_bad_setting(make: Make) -> None:
    with pytest.raises(BadSetting, match="found 'EPSG:99999', which is no projection"):
        make(columns=COLUMNS | PLACE, constants=SETTINGS["constants"] | {"location_precision_m": 5}, crs="EPSG:99999")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(values=st.fixed_dictionaries(dict.fromkeys(("N° MC", "Date", "Heure", "Nature", "X", "Y", "Etat"), ANYTHING)))
def test_any_value_is_mapped(values: dict[str, Any]) -> None:
    city = load_city("marseille")
    columns = COLUMNS | PLACE | {"status_code": {"from": "Etat"}, "closed_at": {"from": "X", "kind": "posix_instant"}}
    constants = {"time_precision_code": "minute", "location_precision_m": 50}
    settings = SETTINGS | {"columns": columns, "constants": constants, "crs": "EPSG:2154"}
    connector = Logbook(replace(city.sources[0], settings=settings), city)
    json.dumps(connector.to_row(Element(values, b"x", 0), Payload(b"", "file:x", COLLECTED)))


@pytest.mark.parametrize(
    ("spec", "written", "expected"),
    [
        ({"kind": "date", "formats": ("%d/%m/%Y",)}, "05/03/2024", "2024-03-05"),
        ({"kind": "date"}, "2024-03-05T00:00:00", "2024-03-05"),
        ({"kind": "date"}, "2024-03-05 08:30", "2024-03-05 08:30"),
        ({"kind": "zoned_instant"}, "2024-03-05T14:30:00+01:00", "2024-03-05T13:30:00Z"),
        ({"kind": "zoned_instant"}, "2024-03-05T14:30:00", "2024-03-05T14:30:00"),
        ({"kind": "posix_instant"}, "1709645400", "2024-03-05T13:30:00Z"),
        ({"kind": "posix_instant", "factor": 0.001}, 1709645400000, "2024-03-05T13:30:00Z"),
        ({"kind": "boolean"}, "Oui", True),
        ({"kind": "boolean"}, 0, False),
        ({"kind": "number"}, True, "true"),
        ({"kind": "text"}, 12, "12"),
        ({"kind": "text"}, ["a"], "['a']"),
    ],
)
def test_every_kind_reads_its_own(spec: dict[str, Any], written: object, expected: object) -> None:
    read = reader(ColumnPlan("any", ("x",), **spec), ZoneInfo("Europe/Paris"))
    assert read(Element({"x": written}, b"x", 0)) == expected


class PolledLogbook(MappedPollingConnector):
    """The same behind an address."""

    contract, family, label, attribution = Logbook.contract, Logbook.family, Logbook.label, Logbook.attribution


def test_a_mapped_source_may_be_asked_over_http(city: CityProfile, source: SourceSettings) -> None:
    settings = SETTINGS | {"url": "https://data.example/logbook.csv", "headers": {"Accept": "text/csv"}}
    connector = PolledLogbook(replace(source, settings=settings), city)
    assert [request.url for request in connector.requests({})] == ["https://data.example/logbook.csv"]
    element = next(connector.split(Payload(f"{HEADER}\n{LINE}\n".encode("cp1252"), "u", COLLECTED)))
    assert connector.to_row(element, Payload(b"", "u", COLLECTED))["report_id"] == "pm:12"
