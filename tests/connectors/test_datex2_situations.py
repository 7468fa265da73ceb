"""The traps of DATEX II situations."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

EVENT, OCCUPATION = "silver.road_event", "silver.planned_occupation"


@pytest.fixture
def french(recorded: Callable[[str], Any]) -> Any:
    """The French feed: version 2.0 in a SOAP envelope, a root without namespace."""
    return recorded("datex2_situations")


@pytest.fixture
def third(recorded: Callable[[str], Any]) -> Any:
    """Version 3."""
    return recorded("datex2_situations+v3")


def test_prefixes_and_envelope_do_not_matter(french: Any) -> None:
    """Another prefix, the default namespace, and no SOAP give the same rows."""
    body = re.search(rb"<d2LogicalModel.*</d2LogicalModel>", french.slice, re.DOTALL)
    assert body is not None
    expected = french.read(french.slice).accepted
    assert french.read(body[0]).accepted == expected
    assert french.read(french.slice.replace(b"ns2:", b"d2p1:").replace(b":ns2", b":d2p1")).accepted == expected
    default = body[0].replace(b"ns2:", b"").replace(b"xmlns:ns2=", b"xmlns=")
    assert french.read(default).accepted == expected


def test_a_situation_of_another_vocabulary_is_not_one_of_datex(french: Any) -> None:
    """The same local name in another namespace is no element."""
    content = french.slice.replace(
        b"</ns2:payloadPublication>", b'<x:situation xmlns:x="urn:x"/></ns2:payloadPublication>'
    )
    assert french.read(content).accepted == french.read(french.slice).accepted


def test_records_of_one_situation_are_rows_of_their_own(french: Any) -> None:
    """A building site and its diversion share the situation and nothing else."""
    rows = [row for row in french.read(french.slice).rows(EVENT) if row["situation_id"].endswith("260317-001067")]
    assert [row["event_type_code"] for row in rows] == ["roadworks", "traffic_management"]
    assert len({row["road_event_id"] for row in rows}) == 2
    assert rows[0]["starts_at"] != rows[1]["starts_at"]


def test_a_new_version_has_the_same_key_and_is_newer(french: Any) -> None:
    """Identifier and version are told apart; a version that is no number leaves the order to its time."""
    newer = french.slice.replace(b'id="260122-001686-1" version="1"', b'id="260122-001686-1" version="12"')
    before, after = french.read(french.slice).rows(EVENT)[0], french.read(newer).rows(EVENT)[0]
    assert before["road_event_id"] == after["road_event_id"]
    assert (before["record_version"], after["record_version"]) == (1, 12)
    named = french.slice.replace(b'id="260122-001686-1" version="1"', b'id="260122-001686-1" version="1b"')
    assert french.read(named).rows(EVENT)[0]["record_version"] is None


def test_ends_of_a_line_are_told_by_name_and_not_by_order(french: Any) -> None:
    """The feed writes `to` before `from`."""
    swapped = re.sub(rb"(<ns2:to .*?</ns2:to>)(<ns2:from .*?</ns2:from>)", rb"\2\1", french.slice)
    assert swapped != french.slice
    assert french.read(swapped).accepted == french.read(french.slice).accepted


def test_an_end_that_is_missing_or_in_the_year_9999_is_open(french: Any, third: Any) -> None:
    """Neither is a date."""
    open_ended = re.sub(rb"<ns2:overallEndTime>.*?</ns2:overallEndTime>", b"", french.slice)
    assert all(row["ends_at"] is None for row in french.read(open_ended).rows(EVENT))
    assert third.read(third.slice).rows(EVENT)[1]["ends_at"] is None


def test_fractions_of_a_second_may_have_seven_digits(french: Any) -> None:
    """Some servers write them; the instant is in UTC all the same."""
    content = french.slice.replace(b"2026-08-06T08:30:00.000+02:00", b"2026-08-06T08:30:00.1234567+02:00")
    assert french.read(content).rows(EVENT)[0]["starts_at"] == "2026-08-06T06:30:00.123456Z"


def test_a_cancelled_record_says_so(french: Any) -> None:
    """The end of life stands beside the validity."""
    content = french.slice.replace(
        b"<ns2:groupOfLocations",
        b"<ns2:management><ns2:lifeCycleManagement><ns2:cancel>true</ns2:cancel></ns2:lifeCycleManagement>"
        b"</ns2:management><ns2:groupOfLocations",
        1,
    )
    statuses = [row["event_status_code"] for row in french.read(content).rows(EVENT)]
    assert statuses == ["cancelled", "scheduled", "scheduled", "scheduled"]


def test_an_exercise_is_marked(third: Any) -> None:
    """A technical exercise is no accident."""
    assert [row["is_exercise"] for row in third.read(third.slice).rows(EVENT)] == [False, False, True, True]


def test_a_class_of_an_extension_is_unknown_and_keeps_its_name(third: Any) -> None:
    """The contract never refuses a class it does not know."""
    last = third.read(third.slice).rows(EVENT)[-1]
    assert (last["event_type_code"], last["source_type"]) == ("unknown", "SwarmOfBees")
    assert last["longitude"] is None


def test_a_gml_line_is_latitude_first_unless_its_system_says_otherwise(third: Any) -> None:
    """CRS84 is longitude first; a third coordinate is a height."""
    row = third.read(third.slice).rows(EVENT)[0]
    assert (row["longitude"], row["latitude"], row["end_longitude"]) == (5.39, 43.279, 5.396)
    turned = third.slice.replace(b"EPSG:4326", b"urn:ogc:def:crs:OGC:1.3:CRS84").replace(
        b"43.2790 5.3900 43.2786 5.3925 43.2780 5.3960", b"5.3900 43.2790 5.3960 43.2780"
    )
    assert third.read(turned).accepted == third.read(third.slice).accepted
    high = third.slice.replace(b'srsDimension="2"', b'srsDimension="3"').replace(
        b"43.2790 5.3900 43.2786 5.3925 43.2780 5.3960", b"43.2790 5.3900 12 43.2780 5.3960 14"
    )
    assert third.read(high).accepted == third.read(third.slice).accepted


def test_the_framed_point_is_the_place_and_not_what_frames_it(third: Any) -> None:
    """Nor the point for display."""
    rows = third.read(third.slice).rows(EVENT)
    assert (rows[2]["longitude"], rows[2]["latitude"]) == (5.33, 43.35)
    assert (rows[1]["longitude"], rows[1]["latitude"]) == (5.3811, 43.2951)


def test_works_in_the_city_occupy_it_and_works_elsewhere_do_not(french: Any, third: Any) -> None:
    """A national feed tells of a whole country; only works are occupations."""
    assert french.read(french.slice).rows(OCCUPATION) == []
    (occupation,) = third.read(third.slice).rows(OCCUPATION)
    assert occupation["occupation_id"] == "datex2:fr-MAMP-S1-1"
    assert (occupation["declared_measures"], occupation["has_road_closure"]) == ("road_closed", True)


@pytest.mark.parametrize("damage", [b"", b"</sit:situationRecord>"])
def test_comments_are_kept_nowhere(third: Any, damage: bytes) -> None:
    """Not in a row, not in the original beside it, not in a dead letter."""
    content = third.slice.replace(damage, b"", 1) if damage else third.slice
    assert b"M. Untel" in content
    for outcome in third.outcomes(content):
        assert b"Untel" not in outcome.message.value


SPANISH = """<d:payload xmlns:d="http://levelC/schema/3/d2Payload" xmlns:sit="http://levelC/schema/3/situation"
 xmlns:com="http://levelC/schema/3/common" xmlns:loc="http://levelC/schema/3/locationReferencing"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="sit:SituationPublication"><com:publicationCreator>
<com:country>es</com:country><com:nationalIdentifier>DGT</com:nationalIdentifier></com:publicationCreator>
<sit:situation id="S"><sit:situationRecord xsi:type="sit:ReroutingManagement" id="R" version="1">
<sit:validity><com:validityStatus>active</com:validityStatus><com:validityTimeSpecification>
<com:overallStartTime>2026-07-01T07:00:00+02:00</com:overallStartTime></com:validityTimeSpecification></sit:validity>
<sit:locationReference xsi:type="loc:ItineraryByIndexedLocations">
<loc:supplementaryPositionalDescription><loc:roadInformation><loc:roadName>A-7</loc:roadName></loc:roadInformation>
</loc:supplementaryPositionalDescription>
<loc:locationContainedInItinerary index="10"><loc:location><loc:pointByCoordinates><loc:pointCoordinates>
<loc:latitude>38.2</loc:latitude><loc:longitude>-0.8</loc:longitude></loc:pointCoordinates></loc:pointByCoordinates>
</loc:location></loc:locationContainedInItinerary>
<loc:locationContainedInItinerary index="2"><loc:location><loc:gmlLineString><loc:posList>38 -1 38.1 -0.9</loc:posList>
</loc:gmlLineString></loc:location></loc:locationContainedInItinerary>
</sit:locationReference></sit:situationRecord></sit:situation></d:payload>"""


def test_an_itinerary_runs_by_its_indexes_and_not_by_the_order_of_the_document(third: Any) -> None:
    """Of several locations the first and the last tell the ends; the street may be a plain text."""
    (row,) = third.read(SPANISH.encode()).rows(EVENT)
    assert (row["longitude"], row["latitude"]) == (-1, 38)
    assert (row["end_longitude"], row["end_latitude"]) == (-0.8, 38.2)
    assert row["location_precision_m"] > 28_000
    assert row["street_label"] == "A-7"


def test_situations_of_an_unknown_namespace_are_refused_and_not_passed_over(third: Any) -> None:
    """A feed whose situations are all of another vocabulary must not look like a quiet day."""
    assert third.read(SPANISH.replace("/levelC/", "/nowhere/").encode()).refused == [(0, EVENT, "shape", "situation")]
