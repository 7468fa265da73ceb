"""Warnings in the Common Alerting Protocol 1.2: heat waves, storms and crises, told when their first day begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.day import Special, day_of
from simulator.facts import DayFacts
from simulator.wire import Message
from simulator.wire._told import with_offset

SUFFIX = ".xml"
SENDER = "warnings@simulated.invalid"
KINDS = {
    "heat_wave": ("Met", "Canicule", "Severe", "3; orange; Severe", "5; high-temperature"),
    "storm": ("Met", "Orages violents", "Extreme", "4; red; Extreme", "3; thunderstorm"),
    "crisis": ("Safety", "Événement majeur", "Extreme", "", ""),
}
LATE_S = {"crisis": 1800}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One alert per special whose first day it is; a crisis is announced once it has begun."""
    for one in facts.day.specials:
        if one.first == facts.day.date and one.name in KINDS:
            hours = city.simulation["specials"][one.name]["hours"]
            onset, expires = facts.day.at(hours[0]), day_of(city, one.last).at(min(hours[1], 23))
            sent = onset + LATE_S[one.name] if one.name in LATE_S else facts.day.starts_s
            yield Message(sent, _alert(city, one, (sent, onset, expires)).encode())


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Alerts below each other under one root."""
    return b'<?xml version="1.0" encoding="UTF-8"?>\n<alerts>\n' + b"\n".join(messages) + b"\n</alerts>\n"


def _alert(city: City, one: Special, instants: tuple[int, int, int]) -> str:
    sent, onset, expires = (with_offset(city, instant) for instant in instants)
    category, event, severity, level, kind = KINDS[one.name]
    bounds = city.simulation.city.bounds
    corners = ((bounds.south, bounds.west), (bounds.south, bounds.east), (bounds.north, bounds.east),
               (bounds.north, bounds.west), (bounds.south, bounds.west))  # fmt: skip
    polygon = " ".join(f"{latitude},{longitude}" for latitude, longitude in corners)
    parameters = "".join(
        f"<parameter><valueName>{name}</valueName><value>{value}</value></parameter>"
        for name, value in (("awareness_level", level), ("awareness_type", kind))
        if value
    )
    return (
        '<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">'
        f"<identifier>{one.name}-{one.first:%Y%m%d}-{one.number}</identifier><sender>{SENDER}</sender>"
        f"<sent>{sent}</sent><status>Actual</status><msgType>Alert</msgType><scope>Public</scope><info>"
        f"<language>fr-FR</language><category>{category}</category><event>{event}</event><urgency>Expected</urgency>"
        f"<severity>{severity}</severity><certainty>Likely</certainty><onset>{onset}</onset><expires>{expires}"
        f"</expires><senderName>SIMULATED</senderName>{parameters}<area><areaDesc>{city.simulation.city.label.fr}"
        f"</areaDesc><polygon>{polygon}</polygon></area></info></alert>"
    )
