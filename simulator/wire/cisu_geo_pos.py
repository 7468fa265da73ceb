"""Positions of the fire service's units on their way to an incident and back (GEO-POS).

A message holds all units that are under way at one instant. A unit that stands tells nothing: where it stands is the
last position told.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import feed, spoilt
from simulator.truth.units import drives
from simulator.wire import Message
from simulator.wire._edxl import MOST_BYTES as MOST_BYTES
from simulator.wire._edxl import UNIT_KIND, envelope, organisation, resource_id
from simulator.wire._edxl import packed as packed
from simulator.wire._told import SPOILT_INSTANT, with_offset

SUFFIX = ".json"
SOURCE = "cisu_geo_pos"
USUAL_SECONDS = 30
STATES = {False: ("INDISPONIBLE", "PARTIE"), True: ("DISPONIBLE", "RETOUR_DISPONIBLE")}
"""Availability and state of a unit on the way out and on the way back."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One message per instant at which a unit is on its way."""
    step = int(feed(city, SOURCE).get("every_seconds", USUAL_SECONDS))
    found = drives(city, facts.day, facts.dispatches, UNIT_KIND, step)
    names = ("at_s", "unit_id", "is_back", "longitude", "latitude", "speed_kmh", "heading_deg")
    rows = zip(*(found[name].tolist() for name in names), strict=True)
    told = [(at, list(group)) for at, group in groupby(rows, itemgetter(0))]
    for (at, units), spoils in zip(told, spoilt(city, SOURCE, facts.day.ordinal, len(told)).tolist(), strict=True):
        moment = with_offset(city, at)
        positions = [
            {
                "resourceId": resource_id(city, unit_id), "datetime": SPOILT_INSTANT if spoils else moment,
                "coord": {"lat": latitude, "lon": longitude}, "speed": speed, "cap": heading, "move": "MOBILE",
                "status": STATES[is_back][0], "engagedStatus": STATES[is_back][1],
            }
            for _, unit_id, is_back, longitude, latitude, speed, heading in units
        ]  # fmt: skip
        sender = organisation(city)
        content = {"geoPositionsUpdate": {"position": positions}}
        yield Message(at, envelope(f"{sender}.positions.{at}", sender, moment, "Report", "Actual", content))
