"""What a wall clock without offset can say: the hour that occurs twice is read as its first passage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from simulator.chance import Ints
from simulator.city import City


def first_passage(zone: str, seconds: Ints) -> Ints:
    """Move instants of a second passage back to the first, as every reader of the wall clock will."""
    if not len(seconds):
        return seconds
    years = {datetime.fromtimestamp(int(edge), UTC).year for edge in (seconds.min(), seconds.max())}
    found = seconds
    for year in years:
        for begins, length in _second_passages(zone, year):
            found = np.where((seconds >= begins) & (seconds < begins + length), seconds - length, found)
    return found


def first_passage_of(city: City, seconds: int) -> int:
    """The same for one instant, on the clock of a city."""
    return int(first_passage(city.simulation.city.time_zone, np.array([seconds], np.int64))[0])


@cache
def _second_passages(zone: str, year: int) -> tuple[tuple[int, int], ...]:
    """UTC begin and length in seconds of the hours of a year that the clock shows a second time."""
    info, moment, found = ZoneInfo(zone), datetime(year, 1, 1, tzinfo=UTC), []
    for _ in range(366 * 24):
        following = moment + timedelta(hours=1)
        before, after = (at.astimezone(info).utcoffset() or timedelta() for at in (moment, following))
        if after < before:
            found.append((int(following.timestamp()), int((before - after).total_seconds())))
        moment = following
    return tuple(found)
