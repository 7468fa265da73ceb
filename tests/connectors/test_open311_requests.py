"""The traps of Open311: servers differ."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

REPORT = "silver.incident_report"
SECRET = "Call Jane Roe, 555 0100"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector under Chicago's profile."""
    return recorded("open311_requests")


def one(**values: Any) -> dict[str, Any]:
    """A request of Chicago."""
    return {
        "service_request_id": "14-1",
        "status": "open",
        "service_code": "001",
        "requested_datetime": "2014-07-12T10:58:43-05:00",
        "lat": 41.85,
        "long": -87.66,
        **values,
    }


def read(source: Any, document: object) -> list[dict[str, Any]]:
    """Rows of a JSON document."""
    reading = source.read(json.dumps(document).encode())
    assert reading.refused == []
    rows: list[dict[str, Any]] = reading.rows(REPORT)
    return rows


@pytest.mark.parametrize(
    "document",
    [
        [one()],
        one(),
        {"service_requests": [one()]},
        {"service_requests": {"request": [one()]}},
        {"service_requests": {"request": one()}},
        {"request": one()},
        [{"service_request_id": ["14-1"], **{k: v for k, v in one().items() if k != "service_request_id"}}],
    ],
)
def test_every_wrapping_is_one_request(source: Any, document: object) -> None:
    """A list, an object around it, one alone, a field that is a list of one."""
    assert [row["report_id"] for row in read(source, document)] == ["chicago311:14-1"]


@pytest.mark.parametrize("document", [[], {"service_requests": []}, {"service_requests": {"request": []}}])
def test_no_requests_are_no_rows(source: Any, document: object) -> None:
    """An empty answer is an answer."""
    assert read(source, document) == []


def test_codes_are_text(source: Any) -> None:
    """Leading zeros and hexadecimal digits stay."""
    assert read(source, [one()])[0]["source_category"] == "001"
    named = read(source, [one(service_name="Pothole", service_code="0012")])[0]
    assert (named["source_category"], named["source_subcategory"]) == ("Pothole", "0012")


@pytest.mark.parametrize(("lat", "long"), [(0, 0), ("0.0", "0.0"), (None, None), ("", "")])
def test_no_place_is_no_position(source: Any, lat: object, long: object) -> None:
    """Zero, null, blank or absent."""
    row = read(source, [one(lat=lat, long=long)])[0]
    assert (row["longitude"], row["latitude"], row["location_precision_m"]) == (None, None, None)


def test_position_may_be_text(source: Any) -> None:
    """Some servers quote their numbers."""
    assert read(source, [one(lat="41.85", long="-87.66")])[0]["longitude"] == -87.66


def test_closed_request_was_closed_when_last_changed(source: Any) -> None:
    """The standard says so; an expected time is never a closing."""
    closed = read(source, [one(status="Closed", updated_datetime="2014-07-13T00:00:00Z")])[0]
    assert (closed["status_code"], closed["closed_at"]) == ("closed", "2014-07-13T00:00:00Z")
    promised = read(source, [one(expected_datetime="2014-07-20T00:00:00Z")])[0]
    assert (promised["closed_at"], promised["source_updated_at"]) == (None, "2014-07-12T15:58:43Z")


@pytest.mark.parametrize("fixture", ["open311_requests", "open311_requests+xml"])
def test_free_text_and_pictures_survive_nowhere(recorded: Callable[[str], Any], fixture: str) -> None:
    """Neither in the row nor in the original beside it."""
    source = recorded(fixture)
    if fixture.endswith("xml"):
        content = source.slice.replace(b"<description/>", f"<description>{SECRET}</description>".encode())
    else:
        content = json.dumps([one(description=SECRET, media_url=SECRET, status_notes=SECRET)]).encode()
    (outcome,) = source.outcomes(content)
    assert outcome.is_accepted
    assert SECRET not in outcome.message.value.decode() + repr(outcome.row)


@pytest.mark.parametrize("cut", [-2, -40])
def test_free_text_of_a_broken_answer_is_withheld(source: Any, cut: int) -> None:
    """What cannot be cut into fields is known by its digest alone."""
    content = json.dumps([one(description=SECRET)]).encode()[:cut]
    told = list(source.outcomes(content))
    assert not all(outcome.is_accepted for outcome in told)
    assert not any(SECRET in outcome.message.value.decode() + repr(outcome.message.headers) for outcome in told)


def test_many_requests_of_one_answer_are_read_in_xml(recorded: Callable[[str], Any]) -> None:
    """One wrapper for one and for many; a namespace changes nothing."""
    source = recorded("open311_requests+xml")
    request = source.slice[source.slice.index(b"<request>") : source.slice.index(b"</request>") + len(b"</request>")]
    twice = request + request.replace(b"101005420892", b"0007")
    content = b"<service_requests xmlns='http://open311.example'>" + twice + b"</service_requests>"
    ids = [row["report_id"] for row in source.read(content).rows(REPORT)]
    assert ids == ["toronto311:101005420892", "toronto311:0007"]


def test_window_is_cut_into_requests_of_whole_days(source: Any) -> None:
    """Servers answer with a thousand requests at most; each slice stays below."""
    urls = [request.url for request in source.connector.requests({})]
    assert len(urls) == 30
    assert all("start_date=" in url and "end_date=" in url for url in urls)
    settings = {"url": "https://x.example/requests.json?a=1", "jurisdiction_id": "x.example"}
    plain = type(source.connector)(replace(source.connector.source, settings=settings), source.connector.city)
    assert [request.url for request in plain.requests({})] == [
        "https://x.example/requests.json?a=1&jurisdiction_id=x.example"
    ]
