"""The traps of GPX: both versions, missing times, speeds in two places, names that are free text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

UNIT = "silver.unit_status"
NEW = b'<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1"><trk><name>Zo\xc3\xa9 Legrand</name>%s</trk></gpx>'
OLD = b'<gpx xmlns="http://www.topografix.com/GPX/1/0" version="1.0"><author>Legrand</author><trk>%s</trk></gpx>'
POINT = b'<trkpt lat="43.3" lon="5.4"><ele>9.5</ele><time>%s</time>%s</trkpt>'
NOON = b"2026-03-01T12:00:00Z"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("gpx_tracks")


def segments(*points: bytes) -> bytes:
    return b"".join(b"<trkseg>" + point + b"</trkseg>" for point in points)


def test_every_point_of_every_segment_is_read(recorded: Callable[[str], Any]) -> None:
    source = recorded("gpx_tracks+gpx10")
    assert source.slice.count(b"<trkseg>") > 1
    assert len(source.read(source.slice).rows(UNIT)) == source.slice.count(b"<trkpt ")


def test_speed_and_course_are_found_in_either_version(source: Any) -> None:
    inside = (
        b"<extensions><x:TrackPointExtension xmlns:x='u'><x:speed>10</x:speed><x:course>90</x:course>"
        b"</x:TrackPointExtension></extensions>"
    )
    (new,) = source.read(NEW % segments(POINT % (NOON, inside))).rows(UNIT)
    (old,) = source.read(OLD % segments(POINT % (NOON, b"<speed>10</speed><course>90</course>"))).rows(UNIT)
    assert (new["speed_kmh"], new["heading_deg"]) == (old["speed_kmh"], old["heading_deg"]) == (36.0, 90)


@pytest.mark.parametrize("written", [NOON, b"2026-03-01T12:00:00", b"2026-03-01T14:00:00+02:00"])
def test_times_are_utc_by_specification_and_an_offset_counts(source: Any, written: bytes) -> None:
    (row,) = source.read(NEW % segments(POINT % (written, b""))).rows(UNIT)
    assert row["observed_at"] == "2026-03-01T12:00:00Z"


def test_two_points_of_one_second_stay_two(source: Any) -> None:
    other = (POINT % (NOON, b"")).replace(b"43.3", b"43.4")
    rows = source.read(NEW % segments(POINT % (NOON, b""), other, POINT % (NOON, b""))).rows(UNIT)
    assert len({row["unit_status_id"] for row in rows}) == 3


def test_names_and_authors_are_kept_nowhere(source: Any) -> None:
    for document in (NEW, OLD):
        content = document % (
            b"<wpt lat='1' lon='2'><name>Legrand</name></wpt>" + segments(POINT % (NOON, b"<name>Legrand</name>"))
        )
        for cut in (content, content[:-20]):
            assert all(b"Legrand" not in one.message.value for one in source.outcomes(cut))


def test_the_file_names_the_vehicle_unless_the_city_does(source: Any) -> None:
    assert {row["unit_id"] for row in source.read(source.slice).rows(UNIT)} == {"around-visnjan-with-car"}
