"""The traps of works on Opendatasoft portals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

EVENT, OCCUPATION = "silver.road_event", "silver.planned_occupation"
FORMS = {
    "list": lambda records: records,
    "results": lambda records: {"total_count": len(records), "results": records},
    "version 2.0": lambda records: {
        "total_count": 1,
        "records": [{"record": {"id": "a", "fields": r}} for r in records],
    },
    "version 1": lambda records: {"nhits": 1, "records": [{"recordid": "a", "fields": r} for r in records]},
}


@pytest.fixture
def of(recorded: Callable[[str], Any]) -> Callable[[str], Any]:
    """The connector for one publisher."""
    return lambda city: recorded(f"opendatasoft_roadworks+{city}" if city else "opendatasoft_roadworks")


def event(source: Any, **fields: Any) -> dict[str, Any]:
    """The event of the first record with some fields changed."""
    document = json.loads(source.slice)
    record = (document if isinstance(document, list) else document["results"])[0]
    (row, *_) = source.read(json.dumps([{**record, **fields}]).encode()).rows(EVENT)
    return dict(row)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_records_are_read_from_every_form_of_answer(of: Callable[[str], Any], form: str) -> None:
    """Answer, export, and the versions before."""
    source = of("")
    records = json.loads(source.slice)["results"]
    content = json.dumps(FORMS[form](records)).encode()
    assert source.read(content).accepted == source.read(source.slice).accepted
    for element in source.connector.split(source.payload(content)):
        assert source.connector.reread(source.connector.text(element)).value == element.value


def test_midnights_in_utc_are_days_where_the_profile_says_so(of: Callable[[str], Any]) -> None:
    """Toulouse tells the length: 3 to 21 August are 19 days, so both count."""
    source = of("")
    for record, row in zip(json.loads(source.slice)["results"], source.read(source.slice).rows(EVENT), strict=True):
        first, last = record["datedebut"][:10], record["datefin"][:10]
        assert int(last[-2:]) - int(first[-2:]) + 1 == record["duree"]
        assert (row["starts_at"][11:], row["ends_at"][11:]) == ("22:00:00Z", "22:00:00Z")
    assert of("sarthe").read(of("sarthe").slice).rows(EVENT)[0]["starts_at"] == "2026-07-01T02:00:00Z"


@pytest.mark.parametrize(
    ("words", "starts", "ends"),
    [
        ("Du 18/08/2026 au 20/08/2026", "2026-08-17T22:00:00Z", "2026-08-20T22:00:00Z"),
        ("du 18 août au 4 septembre 2026 de 8h à 17h", "2026-08-17T22:00:00Z", "2026-09-04T22:00:00Z"),
        ("Du 30/12 au 08/01", "2026-12-29T23:00:00Z", "2027-01-08T23:00:00Z"),
        ("Le 1er septembre", "2026-08-31T22:00:00Z", "2026-09-01T22:00:00Z"),
        ("À partir du 3 mars 2027", "2027-03-02T23:00:00Z", None),
        ("Jusqu'au 20/08/2026", "2026-08-18T07:00:56Z", "2026-08-20T22:00:00Z"),
    ],
)
def test_periods_in_french_words(of: Callable[[str], Any], words: str, starts: str, ends: str | None) -> None:
    """Without a year the day is near the publication; without a beginning the works hold since then."""
    row = event(of("loire_atlantique"), ligne4=words)
    assert (row["starts_at"], row["ends_at"]) == (starts, ends)


def test_a_diversion_is_an_event_and_takes_no_public_space(of: Callable[[str], Any]) -> None:
    """Only the building site does."""
    reading = of("loire_atlantique").read(of("loire_atlantique").slice)
    assert [row["event_type_code"] for row in reading.rows(EVENT)] == [
        "traffic_management", "roadworks", "traffic_management",
    ]  # fmt: skip
    assert len(reading.rows(OCCUPATION)) == 1


def test_footprints_of_one_site_are_rows_of_one_series(of: Callable[[str], Any]) -> None:
    """Three footprints share one site; none is lost to the others."""
    rows = of("paris").read(of("paris").slice).rows(OCCUPATION)
    assert len({row["occupation_id"] for row in rows}) == 5
    assert [row["series_id"] for row in rows].count("paris:329467") == 3


def test_private_building_work_is_a_building_site_and_no_works_of_the_road(of: Callable[[str], Any]) -> None:
    """Three in five records of the register are of that kind."""
    reading = of("paris").read(of("paris").slice)
    assert [row["occupation_kind_code"] for row in reading.rows(OCCUPATION)] == ["works"] * 4 + ["building_site"]
    assert reading.rows(EVENT)[-1]["event_type_code"] == "other"


def test_a_postcode_is_no_code_of_a_municipality(of: Callable[[str], Any]) -> None:
    """75016 is a postcode; the arrondissement is 75116."""
    assert of("paris").read(of("paris").slice).rows(EVENT)[0]["municipality_id"] == "laposte:75016"


def test_a_record_without_a_shape_lies_at_its_point(of: Callable[[str], Any]) -> None:
    """Version 1 writes the point as a list, latitude first."""
    named = event(of(""), geo_shape=None)
    listed = event(of(""), geo_shape=None, geo_point_2d=[43.5282062457374, 1.3307569716929215])
    assert (named["longitude"], named["location_precision_m"]) == (1.3307569716929215, 100)
    assert named == listed


def test_share_alike_data_say_so_where_they_are_used(of: Callable[[str], Any]) -> None:
    """The profile carries the licence into every figure; the slice has a note of its own."""
    source = of("paris")
    assert "ODbL" in source.connector.source.licence
    assert "ODbL" in (source.folder / "LICENCE.md").read_text(encoding="utf-8")
    assert not source.connector.source.recordings


def test_comments_and_companies_are_kept_nowhere(of: Callable[[str], Any]) -> None:
    """Only the fields the profile names stay beside the row."""
    source = of("")
    assert b"Mirailhon" in source.slice
    for outcome in source.outcomes(source.slice):
        assert not [word for word in (b"Mirailhon", b"ENSIO", b"commentaire") if word in outcome.message.value]


def test_a_point_or_a_shape_in_a_text_is_read(of: Callable[[str], Any]) -> None:
    """Tables hold both as text; another text is refused and not dropped."""
    listed = event(of(""), geo_shape=None, geo_point_2d=[43.5282062457374, 1.3307569716929215])
    assert event(of(""), geo_shape=None, geo_point_2d="43.5282062457374, 1.3307569716929215") == listed
    shape = {"type": "Point", "coordinates": [1.33, 43.52]}
    assert event(of(""), geo_shape=json.dumps(shape)) == event(of(""), geo_shape=shape)


def test_a_version_is_told_by_its_list_and_not_by_a_word_within(of: Callable[[str], Any]) -> None:
    """A data set may be called "results"; exports of version 1 are a list of wrapped records."""
    record = json.loads(of("").slice)
    fields = (record["results"] if isinstance(record, dict) else record)[0]
    wrapped = [{"datasetid": "results", "recordid": "r", "fields": fields}]
    rows = of("").read(json.dumps([fields]).encode()).accepted
    assert rows
    assert of("").read(json.dumps(wrapped).encode()).accepted == rows
    answer = {"nhits": 1, "parameters": {"dataset": "results"}, "records": wrapped}
    assert of("").read(json.dumps(answer).encode()).accepted == rows
