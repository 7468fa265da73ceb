"""The traps of Cursor on Target: streams, unknown values, what is no unit, and who carries the telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UNIT = "silver.unit_status"
EVENT = (
    '<event version="2.0" uid="ANDROID-1" type="{type}" time="{time}" start="{time}" stale="2026-03-01T10:02:00Z" '
    'how="{how}"{extra}><point lat="{lat}" lon="{lon}" hae="{hae}" ce="{ce}" le="9999999"/><detail>{detail}</detail>'
    "</event>"
)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("cot_events")


def event(**facts: str) -> bytes:
    usual = {"type": "a-f-G-U-C", "time": "2026-03-01T10:00:00Z", "how": "m-g", "extra": "", "detail": ""}
    place = {"lat": "43.3", "lon": "5.4", "hae": "12.5", "ce": "4.9"}
    return EVENT.format(**{**usual, **place, **facts}).encode()


def row(source: Any, **facts: str) -> dict[str, Any]:
    (found,) = source.read(event(**facts)).rows(UNIT)
    return dict(found)


def test_stale_is_the_end_of_validity_and_not_a_position(source: Any) -> None:
    found = row(source)
    assert (found["observed_at"], found["valid_until_at"]) == ("2026-03-01T10:00:00Z", "2026-03-01T10:02:00Z")


@pytest.mark.parametrize("fraction", ["", ".0", ".12", ".895"])
def test_no_to_three_digits_of_a_second_are_read(source: Any, fraction: str) -> None:
    assert row(source, time=f"2026-03-01T10:00:00{fraction}Z")["observed_at"].startswith("2026-03-01T10:00:00")


@pytest.mark.parametrize("unknown", ["9999999", "9999999.0", "NaN", ""])
def test_unknown_error_and_height_are_missing(source: Any, unknown: str) -> None:
    found = row(source, ce=unknown, hae=unknown)
    assert (found["accuracy_m"], found["elevation_m"]) == (None, None)
    assert (found["longitude"], found["latitude"]) == (5.4, 43.3)


def test_a_client_without_a_fix_has_no_place(source: Any) -> None:
    found = row(source, lat="0.0", lon="0.0", hae="9999999.0", ce="9999999.0")
    assert (found["longitude"], found["latitude"], found["elevation_m"]) == (None, None, None)


def test_speed_is_told_in_metres_per_second(source: Any) -> None:
    found = row(source, detail='<track speed="12.5" course="181.0"/>')
    assert (found["speed_kmh"], found["heading_deg"]) == (45.0, 181)
    lost = row(source, detail='<track speed="-1.0" course="-1.0"/>')
    assert (lost["speed_kmh"], lost["heading_deg"]) == (None, None)


def test_a_distress_call_belongs_to_the_unit_that_sent_it(source: Any) -> None:
    link = '<link uid="ANDROID-1" type="a-f-G-U-C" relation="p-p"/>'
    call = row(source, type="b-a-o-tbl", detail=f'{link}<emergency type="911 Alert">Zoé</emergency>')
    assert call["unit_id"] == row(source)["unit_id"]
    assert (call["unit_status_code"], call["source_status"], call["unit_type"]) == (
        "emergency",
        "b-a-o-tbl",
        "a-f-G-U-C",
    )
    over = row(source, type="b-a-o-can", detail=f'{link}<emergency cancel="true">Zoé</emergency>')
    assert over["unit_status_code"] == "unknown"


@pytest.mark.parametrize(
    "kind",
    ["b-m-p-s-m", "b-m-r", "u-d-f", "u-d-c-c", "b-t-f", "b-f-t-a", "t-x-c-t", "a-h-G", "a-s-G", "a-u-G", "a", ""],
)
def test_what_is_no_own_unit_is_counted_and_not_kept(source: Any, kind: str) -> None:
    """A followed suspect least of all."""
    (found,) = source.outcomes(event(type=kind, detail="<remarks>Zoé Legrand</remarks>"))
    assert [(one.rule, one.column) for one in found.violations] == [("shape", "type")]
    assert b"43.3" not in found.message.value


def test_nobody_is_named(source: Any) -> None:
    """Call sign, telephone, device number, remarks and chat, in rows and dead letters."""
    detail = (
        '<contact callsign="Zoé Legrand" phone="+33612345678"/><uid Droid="Zoé Legrand"/><remarks>Legrand</remarks>'
        '<__chat senderCallsign="Legrand"/><marti><dest callsign="Legrand"/></marti>'
    )
    broken = event(detail=detail).replace(b"</detail>", b"")
    for content in (event(detail=detail), event(type="b-t-f", detail=detail), event(detail=detail, lat="x"), broken):
        for one in source.outcomes(content):
            leaving = one.message.value + b"".join(value for _, value in one.message.headers)
            assert not [word for word in (b"Legrand", b"612345678", b"ANDROID-1") if word in leaving]


@pytest.mark.parametrize("opex", ["e-drill", "s-x"])
def test_exercises_and_simulations_are_flagged(source: Any, opex: str) -> None:
    assert row(source, extra=f' opex="{opex}"')["is_exercise"] is True
    assert row(source, how="m-s")["is_exercise"] is True
    assert row(source, extra=' opex="o-patrol"')["is_exercise"] is False
    assert row(source)["is_exercise"] is None


@pytest.mark.parametrize("join", ["", "\n", '<?xml version="1.0" encoding="UTF-8"?>\n', "<!-- ping -->"])
def test_events_follow_each_other_without_a_root(source: Any, join: str) -> None:
    content = join.encode() + join.encode().join([event(), event(time="2026-03-01T10:01:00Z")])
    found = source.read(content)
    assert (len(found.rows(UNIT)), found.refused) == (2, [])
    assert (
        len(
            source.read(
                b"<events>" + content.replace(b'<?xml version="1.0" encoding="UTF-8"?>', b"") + b"</events>"
            ).rows(UNIT)
        )
        == 2
    )


def test_bytes_between_events_are_told(source: Any) -> None:
    found = source.read(event() + b"lost bytes" + event(time="2026-03-01T10:01:00Z"))
    assert len(found.rows(UNIT)) == 2
    assert [(index, rule) for index, _, rule, _ in found.refused] == [(1, "unreadable")]


def test_single_quotes_are_quotes(source: Any) -> None:
    assert len(source.read(event().replace(b'"', b"'")).rows(UNIT)) == 1
