"""Tracks of the patrol vehicle with a GPS recorder (GPX 1.1), read out once a shift.

A file does not say whose it is: the setting ``unit_id`` of the source does. Speed lies under ``extensions``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import PATROLS, feed, patrols_of, spoilt
from simulator.truth.units import moved_in, tracks
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, utc

SUFFIX = ".gpx"
SOURCE = "gpx_tracks"
USUAL_SECONDS = 30
SHIFT_S = 8 * 3600
STAMP = "%Y-%m-%dT%H:%M:%SZ"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One track per shift, told with its last point."""
    step = int(feed(city, SOURCE).get("every_seconds", USUAL_SECONDS))
    for track in tracks(city, facts.day, facts.dispatches, PATROLS, patrols_of(city, SOURCE), step):
        speed, heading = moved_in(city, track)
        is_spoilt = spoilt(city, SOURCE, facts.day.ordinal, len(track.at_s))
        columns = (track.at_s, track.longitude, track.latitude, speed / 3.6, heading, is_spoilt)
        shifts: dict[int, list[str]] = {}
        ends: dict[int, int] = {}
        for at, x, y, metres_a_second, degrees, spoils in zip(*(one.tolist() for one in columns), strict=True):
            shift = (at - facts.day.starts_s) // SHIFT_S
            shifts.setdefault(shift, []).append(
                f'<trkpt lat="{y}" lon="{x}"><time>{SPOILT_INSTANT if spoils else utc(at, STAMP)}</time><extensions>'
                f"<speed>{metres_a_second:.2f}</speed><course>{degrees:.1f}</course></extensions></trkpt>"
            )
            ends[shift] = at
        for shift, points in shifts.items():
            yield Message(ends[shift], f"<trk><trkseg>{''.join(points)}</trkseg></trk>".encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Tracks of one file."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<gpx xmlns="http://www.topografix.com/GPX/1/1" version="1.1" '
        'creator="SIMULATED">\n'
    )
    return head.encode() + b"\n".join(messages) + b"\n</gpx>\n"
