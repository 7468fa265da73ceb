"""What cameras reduced to counting notice: passages, their own faults, and what somebody forgot to switch off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from simulator.chance import Floats, Ints, chosen, stream
from simulator.city import City
from simulator.day import Day
from simulator.truth.presence import crowd_near, rhythm
from simulator.truth.video import cameras

STEP_S = 900
CROWD_OF = 200.0
"""Persons nearby who double the passages."""
MOST_TIMES = 8.0
RESTATES_AT = 5
PEDESTRIAN, VEHICLE, PRESENCE = "pedestrian", "vehicle", "presence"
UNITS = (PEDESTRIAN, PEDESTRIAN, VEHICLE, PRESENCE)
"""What the cameras count, in turn."""
DEVICE_FACTS = ("tamper", "signal_loss", "device_fault", "contact_change")
FORBIDDEN = ("face", "plate", "loitering", "sound")


class Notice(NamedTuple):
    """One thing a camera notices.

    Attributes:
        what: unit counted, device fact, or kind of forbidden analysis.
        nature: `passage`, `state` (restated, counts nothing), `device` or `forbidden`.
        object_id: number of what passed, by camera.
    """

    at_s: int
    camera: int
    what: str
    nature: str
    object_id: int


def notices(city: City, day: Day) -> list[Notice]:
    """Give all of a day in their order."""
    found = [*_passages(city, day), *_others(city, day)]
    return sorted(found)


def counting(city: City) -> Floats:
    """Where the cameras that count hang: the first of all cameras."""
    return cameras(city)[: city.simulation["sensors"]["counting"]["cameras"]]


def expected(city: City, day: Day) -> tuple[Ints, Floats]:
    """Give the begin of every quarter of an hour, and the passages expected in it (rows) by camera (columns)."""
    told, at = city.simulation["sensors"]["counting"], counting(city)
    from_s = np.arange(day.starts_s, day.ends_s, STEP_S)
    middles = from_s + STEP_S // 2
    usual = told["per_day"] * STEP_S / 86_400 * rhythm(city, day, told["rhythm"], middles)
    place = stream(city.seed, "passages of places").lognormal(0, 0.4, len(at))
    people = crowd_near(city, day, middles, at[:, 0], at[:, 1], float(told["sees_m"]))
    return from_s, usual[:, None] * place[None, :] * np.minimum(1 + people / CROWD_OF, MOST_TIMES)


def _passages(city: City, day: Day) -> Iterator[Notice]:
    rng = stream(city.seed, "passages", day.ordinal)
    from_s, rates = expected(city, day)
    counts = rng.poisson(rates)
    row, camera = np.nonzero(counts)
    row, camera = np.repeat(row, counts[row, camera]), np.repeat(camera, counts[row, camera])
    at = from_s[row] + rng.integers(0, STEP_S, len(row))
    for number, (moment, one) in enumerate(zip(at.tolist(), camera.tolist(), strict=True)):
        yield Notice(moment, one, UNITS[one % len(UNITS)], "passage", number)


def _others(city: City, day: Day) -> Iterator[Notice]:
    told = city.simulation["sensors"]["counting"]
    rng = stream(city.seed, "notices", day.ordinal)
    for camera in range(len(counting(city))):
        yield Notice(day.at(RESTATES_AT) + camera, camera, UNITS[camera % len(UNITS)], "state", 0)
    for nature, kinds, usual in (
        ("device", DEVICE_FACTS, told["device_facts_per_day"]), ("forbidden", FORBIDDEN, told["forbidden_per_day"]),
    ):  # fmt: skip
        count = int(rng.poisson(usual))
        at = rng.integers(day.starts_s, day.ends_s, count)
        which = chosen(rng, np.ones(len(kinds)), count)
        cameras_of = rng.integers(0, len(counting(city)), count)
        for moment, kind, one in zip(at.tolist(), which.tolist(), cameras_of.tolist(), strict=True):
            yield Notice(moment, one, kinds[kind], nature, 0)
