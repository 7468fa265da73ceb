"""Everything true of one day, and everything told of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from simulator.chance import Columns
from simulator.city import City
from simulator.day import Day, day_of
from simulator.reports import reports
from simulator.truth.buses import announcements, disturbances
from simulator.truth.conflicts import conflicts
from simulator.truth.hospital import arrivals
from simulator.truth.incidents import incidents
from simulator.truth.occupations import Occupation, born, crowds
from simulator.truth.posts import signals
from simulator.truth.registers import Telling, tellings
from simulator.truth.sounds import sounds
from simulator.truth.units import dispatches
from simulator.truth.video import alerts


@dataclass(frozen=True, eq=False)
class DayFacts:
    """The facts that begin on one local day; what is told of them may be told days later."""

    day: Day
    incidents: Columns
    occupations: tuple[Occupation, ...]
    conflicts: list[dict[str, object]]
    tellings: tuple[Telling, ...]
    crowds: Columns
    dispatches: Columns
    arrivals: Columns
    disturbances: Columns
    announcements: Columns
    signals: Columns
    video_alerts: Columns
    sound_alerts: Columns
    reports: Columns


def simulate_day(city: City, on: date) -> DayFacts:
    """Simulate one local day; the same day of the same city and seed is always the same."""
    day = day_of(city, on)
    happened = incidents(city, day)
    held_up = disturbances(city, day, happened)
    told = reports(city, day, happened)
    return DayFacts(
        day=day, incidents=happened, occupations=born(city, on), conflicts=conflicts(city, day),
        tellings=tellings(city, on),
        crowds=crowds(city, day), dispatches=dispatches(city, day, happened, told),
        arrivals=arrivals(city, day, happened),
        disturbances=held_up, announcements=announcements(city, day, happened, held_up), signals=signals(city, day),
        video_alerts=alerts(city, day, happened), sound_alerts=sounds(city, day, happened),
        reports=told,
    )  # fmt: skip
