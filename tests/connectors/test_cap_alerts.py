"""The traps of the Common Alerting Protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from connectors.sdk.words import phenomenon_in

WARNING = "silver.weather_warning"
PERSONS = (b"KHAYRI", b"DOE", b"BUICK", b"4XXX000", b"SMITH", b"485-2389", b"KARO@", b"Untel", b"06 00")


@pytest.fixture
def abduction(recorded: Callable[[str], Any]) -> Any:
    """The standard's own example: a child, a suspect, a plate and a telephone in the texts."""
    return recorded("cap_alerts")


@pytest.fixture
def weather(recorded: Callable[[str], Any]) -> Any:
    """An update in two languages with polygons and a circle."""
    return recorded("cap_alerts+weather")


@pytest.fixture
def feed(recorded: Callable[[str], Any]) -> Any:
    """An Atom feed: a flat entry and an embedded alert."""
    return recorded("cap_alerts+atom")


def test_no_person_of_an_alert_is_kept_beside_its_rows(abduction: Any, weather: Any, feed: Any) -> None:
    """Neither in rows nor in the originals, nor in headers."""
    for source in (abduction, weather, feed):
        assert any(person in source.slice for person in PERSONS)
        for outcome in source.outcomes(source.slice):
            kept = outcome.message.value + repr(outcome.message.headers).encode()
            assert not [person for person in PERSONS if person in kept]


@pytest.mark.parametrize("length", [700, 1100, 1500, 2300])
def test_no_person_of_a_broken_alert_is_kept_in_a_dead_letter(abduction: Any, length: int) -> None:
    """Wherever the transfer breaks off, within a text too."""
    content = abduction.slice[:length]
    refused = [outcome for outcome in abduction.outcomes(content) if not outcome.is_accepted]
    assert refused
    for outcome in refused:
        kept = outcome.message.value + repr(outcome.message.headers).encode()
        assert not [person for person in PERSONS if person in kept and person != b"KARO@"]


def test_prefix_attributes_and_cdata_do_not_hide_a_text(weather: Any) -> None:
    """The prefix is the publisher's choice."""
    content = weather.slice.replace(b"<cap:", b"<x:").replace(b"</cap:", b"</x:").replace(b"xmlns:cap=", b"xmlns:x=")
    content = content.replace(b"<x:headline>", b"<x:headline id='1'>")
    assert weather.read(content).accepted == weather.read(weather.slice).accepted
    assert all(b"Untel" not in outcome.message.value for outcome in weather.outcomes(content))


def test_each_area_of_each_block_is_a_row(weather: Any) -> None:
    """Two areas in French, one in English."""
    rows = weather.read(weather.slice).rows(WARNING)
    assert [(row["language_tag"], row["warning_id"][-3:]) for row in rows] == [
        ("fr-FR", "0-0"), ("fr-FR", "0-1"), ("en", "1-0"),
    ]  # fmt: skip
    assert len({row["message_id"] for row in rows}) == 1


def test_polygons_are_latitude_first_and_circles_are_in_kilometres(weather: Any) -> None:
    """Turned round, the place would be in the Indian Ocean."""
    first, second, _ = weather.read(weather.slice).rows(WARNING)
    assert (first["longitude"], first["latitude"]) == (5.3, 43.4)
    assert (second["longitude"], second["latitude"], second["location_precision_m"]) == (5.1, 43.46, 12_500)


def test_a_circle_without_extent_still_has_a_precision(weather: Any) -> None:
    """The standard allows a radius of 0: a point."""
    rows = weather.read(weather.slice.replace(b"43.46,5.10 12.5", b"43.46,5.10 0")).rows(WARNING)
    assert rows[1]["location_precision_m"] == 100


def test_an_update_names_the_messages_it_supersedes_as_they_are_keyed(weather: Any) -> None:
    """Sender and identifier; the mailbox of the sender is dropped in both."""
    row = weather.read(weather.slice).rows(WARNING)[0]
    assert row["superseded_messages"].split() == [
        "cap:meteo.example-2.49.0.0.250.0.FR.20261011070000.A",
        "cap:meteo.example-2.49.0.0.250.0.FR.20261010190000.A",
    ]
    assert row["message_id"].startswith("cap:meteo.example-")


def test_a_cancellation_without_a_block_is_a_row(feed: Any) -> None:
    """Otherwise the warning it cancels would stand for ever."""
    _, cancel = feed.read(feed.slice).rows(WARNING)
    assert (cancel["message_kind_code"], cancel["superseded_messages"]) == ("cancel", "cap:cap.example-urn:oid:0")


def test_an_exercise_is_no_warning(feed: Any) -> None:
    """The status says so."""
    assert [row["warning_status_code"] for row in feed.read(feed.slice).rows(WARNING)] == ["actual", "exercise"]


@pytest.mark.parametrize("namespace", ["urn:oasis:names:tc:emergency:cap:1.1", "http://www.incident.com/cap/1.0"])
def test_older_versions_are_read(abduction: Any, namespace: str) -> None:
    """Version 1.0 writes codes as `name=value`."""
    content = abduction.slice.replace(b"urn:oasis:names:tc:emergency:cap:1.2", namespace.encode())
    assert abduction.read(content).accepted == abduction.read(abduction.slice).accepted
    geocode = b"<geocode>\n           <valueName>SAME</valueName>\n           <value>006037</value>\n        </geocode>"
    assert geocode in content
    old = content.replace(geocode, b"<geocode>SAME=006037</geocode>")
    assert abduction.read(old).accepted == abduction.read(abduction.slice).accepted


def test_a_colour_is_told_by_meteoalarm_alone(weather: Any) -> None:
    """The severity of CAP is no colour."""
    rows = weather.read(weather.slice).rows(WARNING)
    assert [row["warning_level_code"] for row in rows] == ["orange", "orange", None]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ("Heat Wave", "heat"), ("Vague de chaleur", "heat"), ("Vagues-submersion", "coastal"),
        ("Severe Thunderstorm Warning", "thunderstorm"), ("Storm Surge Watch", "coastal"), ("Tropical Storm", "wind"),
        ("Winter Storm Warning", "snow_ice"), ("Wind Chill Advisory", "cold"), ("Flash Flood Watch", "flood"),
        ("Train derailment", None), ("Storage tank", None), ("Child Abduction", None), (None, None),
    ],
)  # fmt: skip
def test_the_kind_is_read_from_the_words_of_the_event(event: str | None, code: str | None) -> None:
    """Where no parameter says it; a word within another word is none."""
    assert phenomenon_in(event) == code


AMERICAN = """<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>urn:oid:2.49.0.1.840.0.1</identifier>
<sender>w-nws.webmaster@noaa.gov</sender><sent>2026-10-11T01:00:00-05:00</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><restriction>Mme DOE only</restriction><info><language>en-US</language>
<category>Met</category><event>Winter Storm Warning</event><urgency>Expected</urgency><severity>Severe</severity>
<certainty>Likely</certainty><onset>2026-10-11T12:00:00-05:00</onset><expires>2026-10-11T09:00:00-05:00</expires>
<headline title="2 > 1">DOE</headline>
<parameter><valueName>CMAMlongtext</valueName><value>Child JANE DOE, plate 4XXX000</value></parameter>
<parameter><valueName>eventEndingTime</valueName><value>2026-10-12T09:00:00-05:00</value></parameter>
<area><areaDesc>Polk</areaDesc></area></info></alert>"""


def test_a_storm_lasts_until_its_end_when_the_message_expires_before_it_begins(weather: Any) -> None:
    """As American watches and warnings do; without that parameter the row is refused."""
    (row,) = weather.read(AMERICAN.encode()).rows(WARNING)
    assert (row["starts_at"], row["ends_at"]) == ("2026-10-11T17:00:00Z", "2026-10-12T14:00:00Z")
    assert weather.read(AMERICAN.replace("eventEndingTime", "VTEC").encode()).refused == [
        (0, WARNING, "order", "starts_at")
    ]


@pytest.mark.parametrize("damage", ["", "</info></alert>", "<identifier>urn:oid:2.49.0.1.840.0.1</identifier>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
def test_the_texts_of_parameters_are_kept_nowhere(weather: Any, damage: str, encoding: str) -> None:
    """Neither from a whole alert, nor from one that broke off or lacks a field, nor in two bytes per character."""
    outcomes = list(weather.outcomes(AMERICAN.replace(damage, "").encode(encoding)))
    assert outcomes
    for outcome in outcomes:
        kept = outcome.message.value + repr(outcome.message.headers).encode()
        assert not [person for person in (*PERSONS, b"JANE") if person in kept]


@pytest.mark.parametrize(
    ("told", "code"), [("10; Rain", "rain"), ("12; flooding", "flood"), ("13; rain-flood", "flood")]
)
def test_meteoalarm_numbers_rain_and_floods_apart(weather: Any, told: str, code: str) -> None:
    """There is no number 11."""
    content = AMERICAN.replace("CMAMlongtext", "awareness_type").replace("Child JANE DOE, plate 4XXX000", told)
    (row,) = weather.read(content.encode()).rows(WARNING)
    assert row["phenomenon_code"] == code


def test_alerts_of_an_unknown_namespace_are_refused_and_not_passed_over(weather: Any) -> None:
    """A document that gives nothing has to say why."""
    content = AMERICAN.replace("urn:oasis:names:tc:emergency:cap:1.2", "urn:example:cap")
    assert weather.read(content.encode()).refused == [(0, WARNING, "shape", "alert")]
