"""The traps of iCalendar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import icalendar
import pytest
import recurring_ical_events

from connectors.sdk.element import canonical
from tests.connectors.conftest import FIXTURES

OCCUPATION = "silver.planned_occupation"
PERSONS = ("Dupont", "Martin", "06 12", "06 98", "mailto", "Mme", "Rendez-vous", "Rassemblement", "Appeler")


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its calendar."""
    return recorded("icalendar_events")


def calendar(*lines: str, before: str = "") -> bytes:
    """A calendar of one event."""
    event = ("BEGIN:VEVENT", "UID:one@x.example", *lines, "END:VEVENT")
    return "\r\n".join(["BEGIN:VCALENDAR", *filter(None, [before]), *event, "END:VCALENDAR", ""]).encode()


def starts(source: Any, *lines: str) -> list[str]:
    """When the dates of one event begin."""
    reading = source.read(calendar(*lines))
    assert reading.refused == []
    return [row["starts_at"] for row in reading.rows(OCCUPATION)]


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("america_new_york", 1, []),
        ("bom_calendar", 0, []),
        ("broken_ical", 0, [(0, "unreadable", "DTSTART"), (1, "required", "starts_at")]),
        ("calendar_with_unicode", 0, []),
        ("example", 3, []),
        ("issue_156_RDATE_with_PERIOD_TZID_khal", 19, []),
        ("issue_165_missing_event", 14, []),
        ("issue_466_respect_unique_timezone", 272, []),
        ("multiple_calendar_components", 3, []),
        ("rfc_5545_RDATE_example", 30, []),
        ("timezoned", 1, []),
    ],
)
def test_calendars_of_real_clients_are_read(source: Any, name: str, accepted: int, refused: list[Any]) -> None:
    """Custom and missing zones, periods, blank lines inside properties, a byte-order mark, a broken line."""
    reading = source.read((FIXTURES / "icalendar_events" / "calendars" / f"{name}.ics").read_bytes())
    assert len(reading.accepted) == accepted
    assert [(index, rule, column) for index, _, rule, column in reading.refused] == refused


def test_no_person_survives_in_row_or_original(source: Any) -> None:
    """Title, description, organiser, attendees, contact, alarms, tasks and journals are dropped first of all."""
    for outcome in source.outcomes(source.slice):
        assert not any(word in repr(outcome.row) for word in PERSONS)
        assert not any(word in outcome.message.value.decode() for word in PERSONS)


def test_broken_line_of_a_description_is_told_without_its_text(source: Any) -> None:
    """A line that lost its fold may hold anything; the dead letter knows it by its digest."""
    (broken, _) = source.outcomes(
        calendar("DTSTART:20250310T090000Z", "DESCRIPTION:Call", "Jean Martin, 06 98 76 54 32")
    )
    assert broken.violations[0].rule == "unreadable"
    assert b"Martin" not in broken.message.value
    assert "Martin" not in repr(broken.message.headers)


def test_private_event_keeps_its_times_alone(source: Any) -> None:
    """Its place and kind are nobody's business, in the original too."""
    (private,) = [o for o in source.outcomes(source.slice) if "prive@" in str(o.row)]
    assert private.row["starts_at"] == "2025-05-10T12:00:00Z"
    assert [private.row[name] for name in ("address", "longitude", "source_kind")] == [None, None, None]
    assert not {"LOCATION", "GEO", "CATEGORIES"} & set(private.element.value["properties"])


def test_market_stays_at_eight_when_clocks_change(source: Any) -> None:
    """08:00 in Marseille is 07:00 UTC in winter and 06:00 UTC in summer."""
    found = [
        row["instance_at"]
        for row in source.read(source.slice).rows(OCCUPATION)
        if "marche-prado" in row["occupation_id"]
    ]
    assert found[:4] == ["2025-03-15T07:00:00Z", "2025-03-22T07:00:00Z", "2025-03-29T07:00:00Z", "2025-04-12T06:00:00Z"]


def test_moved_date_keeps_its_identifier_and_cancelled_date_stays(source: Any) -> None:
    """An override changes what happens, not which date of the series it is."""
    rows = {row["occupation_id"]: row for row in source.read(source.slice).rows(OCCUPATION)}
    moved = rows["ical:marche-prado@agenda.example-20250412T060000Z"]
    assert moved["starts_at"] == "2025-04-13T07:00:00Z"
    cancelled = rows["ical:marche-prado@agenda.example-20250419T060000Z"]
    assert cancelled["occupation_status_code"] == "cancelled"
    assert "ical:marche-prado@agenda.example-20250405T060000Z" not in rows


def test_override_without_its_series_is_told(source: Any) -> None:
    """A feed that sends changes alone loses none."""
    assert starts(source, "DTSTART:20250311T090000Z", "RECURRENCE-ID:20250310T090000Z") == ["2025-03-11T09:00:00Z"]


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Paris",
        '"Romance Standard Time"',
        "/freeassociation.sourceforge.net/Europe/Paris",
        "/mozilla.org/20050126_1/Europe/Paris",
        "Europe/Paris;VALUE=DATE-TIME",
    ],
)
def test_zone_is_known_under_every_name(source: Any, name: str) -> None:
    """IANA, Windows, a vendor's path; with no definition in the calendar."""
    assert starts(source, f"DTSTART;TZID={name}:20250701T090000") == ["2025-07-01T07:00:00Z"]


def test_floating_time_is_of_the_profile_and_utc_is_stronger_than_a_zone(source: Any) -> None:
    """Marseille's clock for the one, `Z` for the other."""
    assert starts(source, "DTSTART:20250701T090000") == ["2025-07-01T07:00:00Z"]
    assert starts(source, "DTSTART;TZID=America/New_York:20250701T090000Z") == ["2025-07-01T09:00:00Z"]


@pytest.mark.parametrize(
    ("lines", "end"),
    [
        (("DTEND;VALUE=DATE:20250703",), "2025-07-02T22:00:00Z"),
        (("DTEND;VALUE=DATE:20250701",), "2025-07-01T22:00:00Z"),
        ((), "2025-07-01T22:00:00Z"),
        (("DURATION:P2D",), "2025-07-02T22:00:00Z"),
    ],
)
def test_all_day_ends_before_its_end(source: Any, lines: tuple[str, ...], end: str) -> None:
    """The end of a day is the first instant of the next one."""
    ((_, row),) = source.read(calendar("DTSTART;VALUE=DATE:20250701", *lines)).accepted
    assert (row["starts_at"], row["ends_at"], row["is_all_day"]) == ("2025-06-30T22:00:00Z", end, True)


def test_rule_is_bounded_by_the_settings(source: Any) -> None:
    """A rule without end stops with `expand_until` of Marseille's profile; one with an end does not need it."""
    assert starts(source, "DTSTART:20270601T090000Z", "RRULE:FREQ=MONTHLY")[-1] == "2027-12-01T09:00:00Z"
    assert starts(source, "DTSTART:20270601T090000Z", "RRULE:FREQ=YEARLY;COUNT=3")[-1] == "2029-06-01T09:00:00Z"


def test_rule_without_settings_is_bounded_by_the_calendar(source: Any) -> None:
    """366 days after the newest time the calendar names: the day of reading changes nothing."""
    connector = type(source.connector)(replace(source.connector.source, settings={}), source.connector.city)
    payload = source.payload(calendar("DTSTAMP:20250101T000000Z", "DTSTART:20240101T090000Z", "RRULE:FREQ=MONTHLY"))
    found = [element.value["start"] for element in connector.split(payload)]
    assert (found[0], found[-1], len(found)) == ("2024-01-01T09:00:00Z", "2026-01-01T09:00:00Z", 25)


def test_dates_before_the_window_are_left_out(source: Any) -> None:
    """`expand_from` keeps a market that began in 1990 small."""
    settings = {"expand_from": date(2025, 1, 1), "expand_until": "2025-12-31"}
    connector = type(source.connector)(replace(source.connector.source, settings=settings), source.connector.city)
    payload = source.payload(calendar("DTSTART:19900106T090000Z", "RRULE:FREQ=WEEKLY"))
    assert len(list(connector.split(payload))) == 52


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";COUNT=100000",
        "FREQ=HOURLY;COUNT=3;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=SECONDLY;COUNT=1;BYMONTH=2;BYMONTHDAY=30",
    ],
)
def test_rule_that_floods_is_one_refused_element(source: Any, rule: str) -> None:
    """Five thousand dates of one event are the most."""
    assert [found[2] for found in source.read(calendar("DTSTART:20250101T090000Z", f"RRULE:{rule}")).refused] == [
        "too_large"
    ]


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=MINUTELY;INTERVAL=15;COUNT=6", 6),
        ("FREQ=HOURLY;INTERVAL=3;UNTIL=20250101T170000Z", 3),
        ("FREQ=MONTHLY;COUNT=6;BYDAY=-2MO", 7),
        ("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3", 4),
        ("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", 4),
        ("FREQ=WEEKLY;UNTIL=20250115", 3),
    ],
)
def test_rules_of_the_standard_are_expanded(source: Any, rule: str, count: int) -> None:
    """The start counts as a date even where the rule does not fall on it; a day as UNTIL holds all of that day."""
    assert len(starts(source, "DTSTART:20250101T090000Z", f"RRULE:{rule}")) == count


def test_exceptions_are_known_in_every_form(source: Any) -> None:
    """In UTC, in the zone, floating, or as a whole day."""
    rule = ("DTSTART;TZID=Europe/Paris:20250701T090000", "RRULE:FREQ=DAILY;COUNT=6")
    exceptions = (
        "EXDATE:20250702T070000Z",
        "EXDATE;TZID=Europe/Paris:20250703T090000",
        "EXDATE:20250704T090000",
        "EXDATE;VALUE=DATE:20250705",
    )
    assert starts(source, *rule, *exceptions) == ["2025-07-01T07:00:00Z", "2025-07-06T07:00:00Z"]


def test_periods_bring_their_own_end(source: Any) -> None:
    """An explicit end or a duration."""
    reading = source.read(
        calendar(
            "DTSTART:20250701T090000Z",
            "DTEND:20250701T100000Z",
            "RDATE;VALUE=PERIOD:20250702T090000Z/20250702T120000Z,20250703T090000Z/PT30M",
        )
    )
    assert [row["ends_at"][11:16] for row in reading.rows(OCCUPATION)] == ["10:00", "12:00", "09:30"]


def test_kind_comes_from_the_category_then_from_the_calendar(source: Any) -> None:
    """The profile says that all events of the stadium's calendar are matches."""
    payload = replace(
        source.payload(calendar("DTSTART:20250701T090000Z")), url="https://agenda.example/marseille/stade.ics"
    )
    (element,) = source.connector.split(payload)
    assert source.connector.to_row(element, payload)["occupation_kind_code"] == "match"


def test_requests_name_every_calendar(source: Any) -> None:
    """One request each; `webcal:` is no protocol of its own."""
    settings = {"calendars": [{"url": "webcal://a.example/1.ics"}, {"url": "https://b.example/2.ics"}]}
    connector = type(source.connector)(replace(source.connector.source, settings=settings), source.connector.city)
    assert [request.url for request in connector.requests({})] == ["https://a.example/1.ics", "https://b.example/2.ics"]


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_and_folds_change_nothing(source: Any, end: str) -> None:
    """CRLF by the standard, LF by habit; a fold may cut a letter in two."""
    whole = list(source.connector.split(source.payload(source.slice)))
    again = list(source.connector.split(source.payload(source.slice.replace(b"\r\n", end.encode()))))
    assert [canonical(element.value) for element in again] == [canonical(element.value) for element in whole]
    folded = calendar("DTSTART:20250701T090000Z", "LOCATION:X").replace(b"LOCATION:X", b"LOCATION:March\xc3\r\n \xa9")
    assert source.read(folded).accepted[0][1]["address"] == "Marché"


def test_definition_of_a_zone_that_would_never_end_is_no_zone(source: Any) -> None:
    """A zone that changes every second would be walked through for ever."""
    zone = "\r\n".join(
        [
            "BEGIN:VTIMEZONE",
            "TZID:Odd",
            "BEGIN:STANDARD",
            "DTSTART:19700101T000000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "RRULE:FREQ=SECONDLY",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )
    reading = source.read(calendar("DTSTART;TZID=Odd:20250701T090000", before=zone))
    assert {found[2] for found in reading.refused} == {"time_zone"}


RULES_OF_THE_STANDARD = [
    "FREQ=DAILY;UNTIL=19971224T000000Z",
    "FREQ=DAILY;INTERVAL=10;COUNT=5",
    "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
    "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
    "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
    "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
    "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
    "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=8",
    "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
    "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
    "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
    "FREQ=YEARLY;BYDAY=20MO;COUNT=4",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=5",
    "FREQ=MINUTELY;INTERVAL=90;COUNT=4",
    "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T170000Z",
    "FREQ=DAILY;BYHOUR=9,10,11,12;BYMINUTE=0,20,40;COUNT=30",
    "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=7",
]


@pytest.mark.parametrize("zone", [";TZID=America/New_York:19970902T090000", ":19970902T090000Z"])
def test_dates_are_those_of_another_library(source: Any, zone: str) -> None:
    """The examples of RFC 5545, expanded by `recurring_ical_events`, in a zone and in UTC."""
    for rule in RULES_OF_THE_STANDARD:
        content = calendar("DTSTAMP:19970101T000000Z", f"DTSTART{zone}", "DURATION:PT1H", f"RRULE:{rule}")
        events = recurring_ical_events.of(icalendar.Calendar.from_ical(content)).between((1990, 1, 1), (2030, 1, 1))
        expected = sorted(event["DTSTART"].dt.astimezone(UTC) for event in events)
        found = [datetime.fromisoformat(row["starts_at"]) for row in source.read(content).rows(OCCUPATION)]
        assert found == expected, rule
