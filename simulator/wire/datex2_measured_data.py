"""Flows, speeds and occupancies of traffic sites in DATEX II 2.3: one publication of all sites for every period."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from simulator.city import City
from simulator.facts import DayFacts
from simulator.truth.traffic import Traffic, traffic
from simulator.wire import Message
from simulator.wire._told import with_offset
from simulator.wire.datex2_situations import COUNTRY, NAMESPACE, PUBLISHER

SUFFIX = ".xml"
MOST_MESSAGES = 1
LATE_S = 30
NOTHING = -1
"""Speed where no vehicle came."""


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One publication per period, when it is over."""
    found = traffic(city, facts)
    step = int(city.simulation["sensors"]["traffic"]["every_minutes"]) * 60
    for row, at in enumerate(found.from_s.tolist()):
        measured = "\n".join(_site(city, found, row, site, at) for site in range(found.flow.shape[1]))
        told = at + step + LATE_S
        yield Message(told, (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<d2LogicalModel xmlns="{NAMESPACE}" modelBaseVersion="2" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><payloadPublication '
            f'xsi:type="MeasuredDataPublication" lang="fr"><publicationTime>{with_offset(city, told)}</publicationTime>'
            f"<publicationCreator><country>{COUNTRY}</country><nationalIdentifier>{PUBLISHER}</nationalIdentifier>"
            '</publicationCreator><measurementSiteTableReference id="sites" version="1" '
            'targetClass="MeasurementSiteTable"/><headerInformation><confidentiality>noRestriction</confidentiality>'
            "<informationStatus>real</informationStatus></headerInformation>\n"
            f"{measured}\n</payloadPublication></d2LogicalModel>\n"
        ).encode())  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The one publication of a file."""
    return messages[0]


def name_of(site: int) -> str:
    """Name of a site."""
    return f"SIM{site:03d}.h1"


def _site(city: City, found: Traffic, row: int, site: int, at: int) -> str:
    tables = (found.flow, found.speed_kmh, found.occupancy_percent)
    flow, speed, occupancy = (float(table[row, site]) for table in tables)
    error = "<dataError>true</dataError>" if math.isnan(flow) else ""
    shown = NOTHING if math.isnan(speed) else speed
    return (
        f'<siteMeasurements><measurementSiteReference id="{name_of(site)}" version="1" '
        f'targetClass="MeasurementSiteRecord"/><measurementTimeDefault>{with_offset(city, at)}</measurementTimeDefault>'
        + _value(1, "TrafficFlow", "vehicleFlow", f"{error}<vehicleFlowRate>{_number(flow)}</vehicleFlowRate>")
        + _value(2, "TrafficSpeed", "averageVehicleSpeed", f"{error}<speed>{shown}</speed>")
        + _value(3, "TrafficConcentration", "occupancy", f"{error}<percentage>{_number(occupancy)}</percentage>")
        + "</siteMeasurements>"
    )


def _value(index: int, kind: str, name: str, inner: str) -> str:
    return (
        f'<measuredValue index="{index}"><measuredValue><basicData xsi:type="{kind}"><{name}>{inner}</{name}>'
        "</basicData></measuredValue></measuredValue>"
    )


def _number(value: float) -> str:
    return "0" if math.isnan(value) else f"{value:g}"
