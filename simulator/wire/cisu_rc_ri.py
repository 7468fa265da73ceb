"""Units of the fire service sent to a case and their states (RC-RI), from the dispatch to the return to the station.

A state bears the instant it began; it is told once the case is known to the hub. Which vehicle it is, is told; who is
aboard, is not. Crews forget some: the profile says how many of each (``omits``); an instant told is the true one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.chance import taken
from simulator.city import City
from simulator.facts import DayFacts
from simulator.feeds import omitted, spoilt
from simulator.reports import REAL
from simulator.truth.units import posts
from simulator.wire import Message
from simulator.wire._edxl import MOST_BYTES as MOST_BYTES
from simulator.wire._edxl import UNIT_KIND, envelope, organisation, resource_id
from simulator.wire._edxl import packed as packed
from simulator.wire._told import SPOILT_INSTANT, Told, told_by, with_offset

SUFFIX = ".json"
SOURCE = "cisu_rc_ri"
CASES = "cisu_emsi"
"""Source whose cases the units are sent to."""
STATES = (
    ("dispatched_s", "DECLENCHE", "post"), ("en_route_s", "DEPART", "post"), ("arrived_s", "ARRIVEE", "scene"),
    ("closed_s", "RETOUR", "scene"), ("back_s", "REN-BASE", "post"),
)  # fmt: skip
"""Column of the truth, state of the hub, and where the unit then is."""
FREE = ("RETOUR", "REN-BASE")


def messages(city: City, facts: DayFacts) -> Iterator[Message]:
    """One message per state of each unit sent to a case, until the case is taken back."""
    told = list(_states(city, facts))
    is_spoilt = spoilt(city, SOURCE, facts.day.ordinal, len(told)).tolist()
    for (at, case_id, unit), spoils in zip(told, is_spoilt, strict=True):
        if spoils:
            unit["state"] = {**unit["state"], "datetime": SPOILT_INSTANT}
        status = unit["state"]["status"]
        message_id = f"{case_id}-{unit['resourceId'].rpartition('.')[2]}-{status}"
        kind = "Report" if status == STATES[0][1] else "Update"
        content = {"resourcesInfoCisu": {"caseId": case_id, "resource": [unit]}}
        yield Message(at, envelope(message_id, organisation(city), with_offset(city, at), kind, "Actual", content))


def _states(city: City, facts: DayFacts) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """When a state is told, of which case, and the unit."""
    sent = taken(facts.dispatches, facts.dispatches["unit_kind"] == UNIT_KIND)
    cases = _cases(facts)
    home = posts(city, UNIT_KIND)
    columns = [values.tolist() for values in sent.values()]
    words = [status for _, status, _ in STATES]
    forgotten = omitted(city, SOURCE, facts.day.ordinal, len(sent["unit"]), words).tolist()
    for values, untold in zip(zip(*columns, strict=True), forgotten, strict=True):
        errand = dict(zip(sent, values, strict=True))
        versions = cases.get(errand["incident_id"], [])
        post = (float(home.longitude[errand["unit"]]), float(home.latitude[errand["unit"]]))
        places = {"scene": (errand["longitude"], errand["latitude"]), "post": post}
        for step, (instant, status, place) in enumerate(STATES):
            if not versions:
                break
            at = max(errand[instant], versions[0].told_s + 1 + step)
            if any(version.status == "cancelled" and version.told_s <= at for version in versions):
                break
            if untold[step]:
                continue
            longitude, latitude = places[place]
            moment = with_offset(city, errand[instant])
            yield at, versions[0].report_id.removeprefix("cisu:"), {
                "datetime": with_offset(city, errand["dispatched_s"]), "vehicleType": "SIS",
                "resourceId": resource_id(city, errand["unit_id"]), "orgId": organisation(city),
                "state": {"datetime": moment, "status": status, "availability": status in FREE},
                "position": {"datetime": moment, "coord": {"lat": latitude, "lon": longitude}},
            }  # fmt: skip


def _cases(facts: DayFacts) -> dict[str, list[Told]]:
    """Versions of the first report of each incident that the service tells of."""
    found: dict[str, list[Told]] = {}
    for row in told_by(facts, CASES):
        if row.nature == REAL and not row.is_duplicate:
            found.setdefault(row.incident_id, []).append(row)
    return found
