"""Road situations in DATEX II, the European standard of road authorities: works, closures, accidents, measures.

XML, versions 2.0 to 2.3 (``SituationPublication`` in ``d2LogicalModel``, in a SOAP envelope or not) and 3.x
(``payload`` or ``situationPublication``). Format facts:

* Prefixes differ by publisher, and some write children with a namespace under a root without one: nodes are told by
  their local name and any namespace of ``http://datex2.eu/schema/`` or of a profile's level C. The class of a
  record is the local part of its ``xsi:type`` (``ns2:MaintenanceWorks``).
* A situation holds several records, each with its own class, period and place: a record is a row. ``id`` and
  ``version`` are the update key; identifiers are unique within their publisher only, so it is part of the key.
* Times carry offsets. A missing ``overallEndTime``, or the year 9999, means open-ended. A test or exercise is marked.
* Places: the ends of a TPEG line (in any order), a TPEG point, a GML line (latitude first), a point, or the point for
  display, in this order. Precision is the distance of the ends, 100 m at least: the step of reference markers. Of a
  group, or of an itinerary in the order of its indexes, from the start of the first location to the end of the last.
* Comments are free text and are cut out before anything is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.datex2 import (
    CLOSURES,
    MEASURES,
    NAMESPACES,
    OCCUPATION_STATUSES,
    SEVERITIES,
    STATUSES,
    TYPE_OF,
    publisher_of,
)
from connectors.sdk.decode import PartsFormat, XmlFormat, identifier, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.places import metres_between
from connectors.sdk.tree import attribute, below, first, leaf, node, words
from schemas.contract import Label

DIRECTIONS = ("tpegDirection", "directionRelativeOnLinearSection", "directionOnLinearSection", "alertCDirectionCoded")
POINTS = ("pointCoordinates", "openlrCoordinate", "coordinatesForDisplay", "locationForDisplay")
PLACES = ("groupOfLocations", "locationReference")
KEPT = (
    *(
        "@id",
        "@version",
        "@type",
        "situationRecordVersion",
        "situationRecordVersionTime",
        "severity",
        "validity",
        "impact",
        "management",
    ),
    *("lifeCycleManagement", *PLACES),
)
FORGOTTEN = ("generalPublicComment", "nonGeneralPublicComment", "comment", "generalMessage", "source")
_Ends = list[tuple[Any, Any]]
_Nodes = dict[str, list[Any]]


def records(situation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each record of a situation with what holds for all of them; only what rows are made of is kept."""
    above = {
        "publisher": publisher_of(situation),
        "situation": attribute(situation, "@id"),
        "severity": leaf(situation, "overallSeverity"),
        "information": leaf(situation, "headerInformation", "informationStatus"),
    }
    for record in situation.get("situationRecord", ()):
        picked = {key: value for key, value in record.items() if key in KEPT or key.endswith("ManagementType")}
        yield {**above, "record": picked}


class Datex2Situations(PollingConnector):
    """One record of one situation; key ``datex2:<publisher>-<record>``, the latest version is kept."""

    contract = "silver.road_event"
    family = "road"
    label = Label(fr="Situations routières (DATEX II)", en="Road situations (DATEX II)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://datex2.eu",
    )
    every = timedelta(minutes=5)
    format = PartsFormat(
        XmlFormat(
            "situation",
            namespaces=NAMESPACES,
            inside=("payloadPublication@SituationPublication", "payload@SituationPublication", "situationPublication"),
            context=("publicationCreator",),
            max_element_bytes=8 * 1024 * 1024,
        ),
        records,
        forget=FORGOTTEN,
    )

    @property
    def contracts(self) -> tuple[str, ...]:
        """Events of the road, and the works among them that occupy the city's public space."""
        return ("silver.road_event", "silver.planned_occupation")

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """The event; works within the city's bounds also as an occupation, as a feed covers a whole country."""
        event = self.to_row(element, payload)
        yield "silver.road_event", event
        if event["event_type_code"] == "roadworks" and self._is_in_city(event["longitude"], event["latitude"]):
            yield "silver.planned_occupation", _occupation(event)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say what the record says of itself, and what its situation says of it."""
        value = element.value
        record = value["record"]
        nodes = below(record)
        publisher = [value["publisher"]] if value["publisher"] else []
        kind = (attribute(record, "@type") or "").rpartition(":")[2]
        managed = next((leaf(record, key) for key in record if key.endswith("ManagementType")), None)
        severity = leaf(record, "severity") or value["severity"]
        version = number(attribute(record, "@version") or leaf(record, "situationRecordVersion"))
        is_closure = kind == "RoadOrCarriagewayOrLaneManagement" and managed in CLOSURES
        return {
            "road_event_id": identifier("datex2", *publisher, attribute(record, "@id")),
            "record_version": version if isinstance(version, int) else None,
            "situation_id": identifier("datex2", *publisher, value["situation"]),
            "event_type_code": "closure" if is_closure else TYPE_OF.get(kind, "unknown"),
            "source_type": text(kind),
            "source_effect": _effect(record) or managed,
            "event_status_code": _status(record, nodes),
            "severity_code": SEVERITIES.get(severity or ""),
            "source_severity": severity,
            "is_exercise": None if value["information"] is None else value["information"] != "real",
            **_period(record),
            "time_precision_code": "second",
            **_road(nodes),
            **_place(nodes),
            "source_updated_at": zoned_instant(leaf(record, "situationRecordVersionTime")),
        }

    def _is_in_city(self, longitude: object, latitude: object) -> bool:
        if not isinstance(longitude, int | float) or not isinstance(latitude, int | float):
            return False
        return self.city.bounds.holds(longitude, latitude)


def _status(record: Any, nodes: _Nodes) -> str:
    for name, code in (("cancel", "cancelled"), ("end", "ended")):
        if leaf(first(nodes, "lifeCycleManagement"), name) in ("true", "1"):
            return code
    return STATUSES.get(leaf(record, "validity", "validityStatus") or "", "unknown")


def _effect(record: Any) -> str | None:
    """The constriction of the road; version 1 says the impact instead."""
    return leaf(record, "impact", "trafficConstrictionType") or leaf(record, "impact", "impactOnTraffic")


def _period(record: Any) -> Row:
    period = node(record, "validity", "validityTimeSpecification")
    end = leaf(period, "overallEndTime")
    return {
        "starts_at": zoned_instant(leaf(period, "overallStartTime")),
        "ends_at": None if end and end.startswith("9999-") else zoned_instant(end),
    }


def _road(nodes: _Nodes) -> Row:
    """Road number, street and place in words, and direction, wherever the location says them first."""
    names: dict[str, str | None] = {}
    at_start = below(node(first(nodes, "tpegLinearLocation"), "from")).get("name", ())
    for point in (*at_start, *nodes.get("name", ())):
        names.setdefault(leaf(point, "tpegOtherPointDescriptorType") or "", words(node(point, "descriptor")))
    link = names.get("linkName")
    road = leaf(first(nodes, "roadNumber")) or link
    street = words(first(nodes, "roadName")) or link
    return {
        "road_number": road,
        "street_label": street if street != road else None,
        "municipality_label": names.get("townName") or words(first(nodes, "alertCLocationName")),
        "source_direction": leaf(first(nodes, *DIRECTIONS)),
    }


def _place(nodes: _Nodes) -> Row:
    ends = _several(nodes) or _ends(nodes)
    if not ends:
        return dict.fromkeys(("longitude", "latitude", "location_precision_m", "end_longitude", "end_latitude"))
    start, last = ends[0], ends[-1]
    is_line = len(ends) > 1
    return {
        "longitude": start[0],
        "latitude": start[1],
        "location_precision_m": round(max(100.0, *(metres_between(start, end) or 0.0 for end in ends))),
        "end_longitude": last[0] if is_line else None,
        "end_latitude": last[1] if is_line else None,
    }


def _several(nodes: _Nodes) -> _Ends:
    """Both ends of each location of a group or itinerary; nothing when there is one location or none."""
    route = nodes.get("locationContainedInItinerary", [])
    steps = [node(step, "location") or step for step in sorted(route, key=_index)]
    places = [_ends(below(place)) for place in steps or nodes.get("locationContainedInGroup", [])]
    return [end for ends in places for end in (*ends[:1], *ends[1:][-1:])] if len(places) > 1 else []


def _index(step: Any) -> float:
    found = number(attribute(step, "@index"))
    return found if isinstance(found, int | float) else float("inf")


def _ends(nodes: _Nodes) -> _Ends:
    line = _tpeg_line(nodes) or _gml_line(nodes)
    return line[:1] + line[1:][-1:] or _point(below(first(nodes, "framedPoint"))) or _point(nodes)


def _tpeg_line(nodes: _Nodes) -> _Ends:
    line = first(nodes, "tpegLinearLocation")
    return [pair for end in ("from", "to") for pair in _point(below(node(line, end)))]


def _gml_line(nodes: _Nodes) -> _Ends:
    line, listed = first(nodes, "gmlLineString"), first(nodes, "posList")
    degrees = [number(part) for part in (leaf(listed) or "").split()]
    step = 3 if "3" in (attribute(line, "@srsDimension"), attribute(listed, "@srsDimension")) else 2
    pairs = [(degrees[at + 1], degrees[at]) for at in range(0, len(degrees) - 1, step)]
    east_first = "CRS84" in (attribute(line, "@srsName") or attribute(listed, "@srsName") or "")
    return [(latitude, longitude) if east_first else (longitude, latitude) for longitude, latitude in pairs]


def _point(nodes: _Nodes) -> _Ends:
    """The first point of a location; that for display comes last."""
    found = first(nodes, *POINTS)
    return [(number(leaf(found, "longitude")), number(leaf(found, "latitude")))] if found else []


def _occupation(event: Row) -> Row:
    effect = event["source_effect"]
    measure = MEASURES.get(effect) if isinstance(effect, str) else None
    status = str(event["event_status_code"])
    return {
        "occupation_id": event["road_event_id"],
        "occupation_kind_code": "works",
        "source_kind": event["source_type"],
        "starts_at": event["starts_at"],
        "ends_at": event["ends_at"],
        "is_all_day": False,
        "occupation_status_code": OCCUPATION_STATUSES.get(status, status),
        "declared_measures": measure,
        "has_road_closure": None if measure is None else measure == "road_closed",
        "address": event["street_label"],
        **{name: event[name] for name in ("longitude", "latitude", "location_precision_m", "source_updated_at")},
    }
