"""Road works as cities publish them: one record with dates, a street and a footprint, under names of their own.

The city profile says which field holds what (``settings.fields``), so a further city is a further profile:

    settings:
      url: https://…
      issuer: toulouse
      days: true  # times of the day are no facts, only days are
      times: local  # or milliseconds, when instants are written without an offset
      fields: {id: numero, starts: datebuted, ends: datefin, street: voie, effect: circulation, shape: geo_shape}
      types: {"Déviation": traffic_management}

Only fields named there are read and kept; titles, comments and hours in words stay with the publisher.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from connectors.sdk.connector import PollingConnector
from connectors.sdk.days import day_end, day_first, day_start, french_period, local_day
from connectors.sdk.decode import identifier, local_instant, posix_instant, scaled, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import Format, KeptFieldsFormat, PartsFormat
from connectors.sdk.geometry import NOWHERE, Place, place_of
from connectors.sdk.measures import measures_in
from connectors.sdk.places import first_position, named_point
from connectors.sdk.roadworks_settings import FIELDS, judged_fields
from schemas.city import CityProfile, SourceSettings

WORDS = ("types", "kinds", "statuses", "severities")
OCCUPATION_STATUSES = {"active": "in_progress", "suspended": "postponed", "scheduled": "planned"}
LEAST_PRECISION_M = 10
MAX_FOOTPRINT = 20_000
_ROAD = re.compile(r"\b(?:R[DN]|[ADMN])\s?\d{1,4}[A-Z]?\d{0,2}\b")
_WHOLE_DAY = re.compile(r".{0,10}|\d{4}-\d\d-\d\d(?:Z|[+-]\d\d:\d\d)", re.ASCII)
"""A day, which servers write with an offset too (``2026-03-03Z``), or what is too short for an instant."""


class RoadworksConnector(PollingConnector):
    """What the connectors of works share; one gives ``_cut``, the wire format, and the name of the class's source."""

    contract = "silver.road_event"
    family = "road"
    prefix = ""
    _cut: Format

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Judge the settings and keep of each element only the fields they name.

        Raises:
            BadSetting: an unknown key, or no `issuer` or no field that identifies a record or tells its dates.
        """
        super().__init__(source, city)
        self.fields = judged_fields(source, city)
        names = [name for value in self.fields.values() for name in (value if isinstance(value, list) else [value])]
        kept = tuple(dict.fromkeys([*(self.prefix + name for name in names), "geometry", "crs"]))
        self.format = PartsFormat(KeptFieldsFormat(self._cut, kept), self._complete)
        settings: Mapping[str, Any] = source.settings
        self._words: dict[str, Mapping[Any, Any]] = {key: settings.get(key, {}) for key in WORDS}

    @property
    def contracts(self) -> tuple[str, ...]:
        """Events of the road, and those among them that occupy public space."""
        return ("silver.road_event", "silver.planned_occupation")

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """The event, and the occupation when works or a building site take the street; a diversion takes none."""
        place = self._place(element.value)
        event = self._event(element, place)
        yield "silver.road_event", event
        kind = self._words["kinds"].get(event["source_type"])
        if kind or event["event_type_code"] == "roadworks":
            yield "silver.planned_occupation", self._occupation(element, event, kind or "works", place)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The event alone."""
        return self._event(element, self._place(element.value))

    def _complete(self, element: Any) -> list[Any]:
        """The element alone, when it has the fields that identify it and tell its dates."""
        record = _record(element, self.prefix)
        for key in ("id", "starts", "ends", "period"):
            names = self.fields.get(key, [])
            for name in names if isinstance(names, list) else [names]:
                if name not in record:
                    raise KeyError(name)
        return [element]

    def _event(self, element: Element, place: Place) -> Row:
        values = self._values(element.value)
        issuer = str(self.source.settings["issuer"])
        word, importance = text(values["type"]), text(values["severity"])
        road = _ROAD.search(_joined(values["road"]) or "")
        return {
            "road_event_id": identifier(issuer, *self._ids(element)),
            "situation_id": identifier(issuer, values["situation"]),
            "event_type_code": self._words["types"].get(word, "roadworks"),
            "source_type": word,
            "source_effect": _joined(values["effect"]),
            "event_status_code": self._status(text(values["status"])),
            "severity_code": self._words["severities"].get(importance),
            "source_severity": importance,
            **self._period(values),
            "road_number": road[0] if road else None,
            "street_label": text(values["street"]),
            "section_label": text(values["section"]),
            "municipality_id": self._municipality(values["municipality_code"]),
            "municipality_label": text(values["municipality"]),
            "longitude": place.longitude,
            "latitude": place.latitude,
            "location_precision_m": place.radius_m,
            "source_updated_at": zoned_instant(day_first(values["updated"] or values["published"])),
        }

    def _occupation(self, element: Element, event: Row, kind: str, place: Place) -> Row:
        effect = event["source_effect"]
        measures = measures_in(effect)
        status = str(event["event_status_code"])
        footprint = place.geojson if place.geojson and len(place.geojson) <= MAX_FOOTPRINT else None
        return {
            "occupation_id": event["road_event_id"],
            "series_id": event["situation_id"],
            "occupation_kind_code": kind,
            "source_kind": event["source_type"],
            "starts_at": event["starts_at"],
            "ends_at": event["ends_at"],
            "is_all_day": event["time_precision_code"] == "day",
            "occupation_status_code": OCCUPATION_STATUSES.get(status, status),
            "declared_measures": " ".join(measures) or None,
            "has_road_closure": None if effect is None else "road_closed" in measures,
            "address": event["street_label"],
            "longitude": event["longitude"],
            "latitude": event["latitude"],
            "location_precision_m": event["location_precision_m"],
            "footprint_geojson": footprint,
            "source_updated_at": event["source_updated_at"],
        }

    def _values(self, element: Any) -> dict[str, Any]:
        """The record's values under the names of ``FIELDS``."""
        record = _record(element, self.prefix)
        return {key: _value(record, self.fields.get(key)) for key in FIELDS}

    def _ids(self, element: Element) -> list[Any]:
        record, names = _record(element.value, self.prefix), self.fields["id"]
        return [_joined(record.get(name)) for name in (names if isinstance(names, list) else [names])]

    def _municipality(self, code: Any) -> str | None:
        """The code under its register; French ones have five digits, of which numbers lose the leading zero."""
        issuer, written = str(self.source.settings.get("municipality_issuer", "insee")), text(code)
        if written and issuer in ("insee", "laposte") and len(written) == 4 and written.isdecimal():
            written = f"0{written}"
        return identifier(issuer, written)

    def _status(self, word: str | None) -> str:
        return "scheduled" if word is None else str(self._words["statuses"].get(word, "unknown"))

    def _period(self, values: Mapping[str, Any]) -> Row:
        starts, ends = self._stated(values["starts"]), self._stated(values["ends"])
        published = day_first(values["published"])
        if "starts" not in self.fields:
            starts, ends = french_period(values["period"], _date(published))
            if starts is None and (ends is not None or text(values["period"])):  # « jusqu'au … »: since published
                return self._spanned(published, ends)
        return self._spanned(starts, ends)

    def _stated(self, value: Any) -> Any:
        """A day or instant as the profile says the publisher writes it."""
        times = self.source.settings.get("times")
        if times == "milliseconds":
            return posix_instant(scaled(value, 0.001, digits=3)) if isinstance(value, int | float) else value
        stated = day_first(value)
        is_clock = times == "local" and isinstance(stated, str) and len(stated.strip()) > 10
        return local_instant(stated, self.zone) if is_clock else stated

    def _spanned(self, starts: Any, ends: Any) -> Row:
        if self.source.settings.get("days"):
            starts, ends = local_day(starts, self.zone), local_day(ends, self.zone)
        ends_by_day = _WHOLE_DAY.fullmatch(str(ends).strip()) is not None
        by_day = not isinstance(starts, str) or _WHOLE_DAY.fullmatch(starts.strip()) is not None
        return {
            "starts_at": day_start(starts, self.zone) if by_day else zoned_instant(starts),
            "ends_at": day_end(ends, self.zone) if by_day or ends_by_day else zoned_instant(ends),
            "time_precision_code": "day" if by_day else "second",
        }

    def _place(self, element: Any) -> Place:
        values = self._values(element)
        shape = _geojson(values["shape"]) if "shape" in self.fields else element
        feature = shape if isinstance(shape, dict) and "geometry" in shape else {"geometry": shape}
        place = place_of({**feature, "crs": element.get("crs", "")} if isinstance(element, dict) else feature)
        if place != NOWHERE:
            return replace(place, radius_m=max(LEAST_PRECISION_M, place.radius_m or 0))
        point = named_point(values["point"])
        return point if point != NOWHERE else first_position(feature.get("geometry"))


def _record(element: Any, prefix: str) -> Mapping[str, Any]:
    found = element.get(prefix.rstrip(".")) if prefix and isinstance(element, dict) else element
    return found if isinstance(found, dict) else {}


def _value(record: Mapping[str, Any], name: Any) -> Any:
    return [record.get(each) for each in name] if isinstance(name, list) else record.get(name)


def _joined(value: Any) -> str | None:
    """A text, or the texts of a list, of lists too, with commas between them."""
    if isinstance(value, list):
        return ", ".join(part for item in value if (part := _joined(item))) or None
    return text(value)


def _geojson(shape: Any) -> Any:
    """A shape as it is, or read from the text that some exports make of it."""
    try:
        return orjson.loads(shape) if isinstance(shape, str) else shape
    except ValueError:
        return None


def _date(published: object) -> date | None:
    try:
        return date.fromisoformat(str(published)[:10])
    except ValueError:
        return None
