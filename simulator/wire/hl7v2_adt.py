"""Arrivals and departures at emergency departments as HL7 version 2 ADT: A04 on arrival, A03 on leaving.

PID tells of nobody: the same invented name for all, so that what a connector must drop is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import sites_of
from simulator.truth.hospital import MODES
from simulator.wire import Message
from simulator.wire._told import local

SUFFIX = ".hl7"
SOURCE = "hl7v2_adt"
PATIENT = "PID|1||SIMULATED^^^H^PI||SIMULATED^Nobody||19000101|U"
TRIAGE_CODE = "11283-9"


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """Two messages per stay at a site that is told by this source."""
    settings = city.simulation.city.source(SOURCE).settings
    modes = {code: word for word, code in _mapping(settings.get("arrival_modes")).items()}
    home = {code: word for word, code in _mapping(settings.get("dispositions")).items()}.get("home", "01")
    sites = sites_of(city, SOURCE)
    columns = [values.tolist() for values in facts.arrivals.values()]
    for values in zip(*columns, strict=True):
        stay = dict(zip(facts.arrivals, values, strict=True))
        if stay["site"] not in sites:
            continue
        arrived, left = _time(city, stay["arrived_s"]), _time(city, stay["left_s"])
        mode = modes.get(MODES[stay["mode"]], "U")
        for event, at, gone in (("A04", arrived, ""), ("A03", left, left)):
            segments = (
                f"MSH|^~\\&|DPI|{sites[stay['site']]}|VIGIE|VIGIE|{at}||ADT^{event}|{stay['arrival_id']}{event}|P|2.5||||||8859/1",
                f"EVN||{at}", PATIENT,
                f"PV1||E|URG{'|' * 16}{stay['arrival_id']}{'|' * 17}{home if gone else ''}{'|' * 8}{arrived}|{gone}",
                f"PV2{'|' * 38}{mode}", f"OBX|1|CE|{TRIAGE_CODE}||{stay['triage']}",
            )  # fmt: skip
            content = "\r".join(segments) + "\r"
            yield Message(stay["left_s"] if gone else stay["arrived_s"], content.encode("latin-1"))


def packed(city: City, messages: Sequence[bytes]) -> bytes:
    """Messages below each other; over MLLP each has a frame of its own."""
    return b"".join(messages)


def _time(city: City, seconds: int) -> str:
    return local(city, seconds).strftime("%Y%m%d%H%M%S%z")


def _mapping(told: object) -> Mapping[str, Any]:
    return told if isinstance(told, Mapping) else {}
