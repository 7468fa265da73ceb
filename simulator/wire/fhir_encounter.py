"""Arrivals and departures at emergency departments as FHIR R4 encounters: the state on arrival, and on leaving.

The sites are others than those of the HL7 feed, so that an arrival is told once. The subject is nobody: the same
invented one for all, so that what a connector must drop is there. Triage has no place in an encounter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import sites_of, spoilt
from simulator.truth.hospital import MODES
from simulator.wire import Message
from simulator.wire._told import SPOILT_INSTANT, with_offset

SUFFIX = ".json"
SOURCE = "fhir_encounter"
MODE_OF_ARRIVAL = "http://hl7.org/fhir/StructureDefinition/encounter-modeOfArrival"
MODE_CODES = {"own": "C", "ambulance": "A", "fire_rescue": "A", "smur": "H", "police": "O"}
"""HL7 table 0430 knows neither the fire service nor the police."""
NOBODY = {"reference": "Patient/SIMULATED", "display": "SIMULATED Nobody"}


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Two states per stay at a site that is told by this source."""
    sites = sites_of(city, SOURCE)
    columns = [values.tolist() for values in facts.arrivals.values()]
    stays = [dict(zip(facts.arrivals, values, strict=True)) for values in zip(*columns, strict=True)]
    stays = [stay for stay in stays if stay["site"] in sites]
    is_spoilt = spoilt(city, SOURCE, facts.day.ordinal, 2 * len(stays)).tolist()
    for number, stay in enumerate(stays):
        arrived, left = (with_offset(city, stay[name]) for name in ("arrived_s", "left_s"))
        for step, (at, status, told) in enumerate((
            (stay["arrived_s"], "arrived", arrived), (stay["left_s"], "finished", left),
        )):  # fmt: skip
            gone = status == "finished"
            starts = SPOILT_INSTANT if is_spoilt[2 * number + step] else arrived
            home = {"dischargeDisposition": {"coding": [{"code": "home"}]}}
            yield Message(at, orjson.dumps({
                "resourceType": "Encounter", "id": stay["arrival_id"], "meta": {"lastUpdated": told},
                "extension": [{"url": MODE_OF_ARRIVAL, "valueCoding": {"code": MODE_CODES[MODES[stay["mode"]]]}}],
                "status": status, "class": {"code": "EMER"}, "subject": NOBODY,
                "period": {"start": starts, **({"end": left} if gone else {})},
                "serviceProvider": {"reference": sites[stay["site"]]}, **({"hospitalization": home} if gone else {}),
            }))  # fmt: skip


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """The answer of a server to a search."""
    entries = b",\n".join(b'{"resource":' + message + b',"search":{"mode":"match"}}' for message in messages)
    return b'{"resourceType":"Bundle","type":"searchset","entry":[\n' + entries + b"\n]}\n"
