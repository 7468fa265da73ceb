"""Stops, routes and timetable of a public-transport network, from a GTFS Schedule archive.

Zip of CSV tables, UTF-8, with or without byte-order mark, either line end, columns in any order. Format facts:

* Times of passage are seconds since noon minus 12 hours of the service day in the agency's time zone. They go on after
  midnight (``29:39:00`` is 5:39 the next morning), so they are counted and never read as clock times; on the days when
  clocks change, noon minus 12 hours is not midnight.
* Trip and service identifiers hold within one publication only, so the digest of the archive (``feed_version``) is part
  of the timetable's keys. Stops, routes and agencies are named by network, setting ``network``, the city unless said.
* ``calendar.txt`` may be missing when ``calendar_dates.txt`` says every day, and the other way round; shapes,
  frequencies and all columns beyond those below are optional. Tables of other names (fares, shapes, extensions) are not
  read. Expanding rules to days is a job's work: one line is one row.
* An agency's identifier may be left out when there is only one; an empty ``timepoint`` says nothing.
* A new archive replaces the one before as a whole.

Publisher and licence are those of the feed that the city profile names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import ArchiveFormat, CsvFormat, compact_date, identifier, number, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label

_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"\s*(\d{1,3}):([0-5]\d):([0-5]\d)\s*", re.ASCII)
_KINDS = {None: "stop", "0": "stop", "1": "station", "2": "entrance", "3": "node", "4": "boarding_area"}
_MODES = ("tram", "metro", "rail", "bus", "ferry", "cable_tram", "aerial_lift", "funicular")
_BASIC = {str(number): mode for number, mode in enumerate(_MODES)} | {"11": "trolleybus", "12": "monorail"}
_EXTENDED = {
    **{1: "rail", 2: "coach", 3: "rail", 4: "metro", 5: "metro", 6: "metro", 7: "bus", 8: "trolleybus", 9: "tram"},
    **{10: "ferry", 11: "air", 12: "ferry", 13: "aerial_lift", 14: "funicular", 15: "taxi", 17: "other"},
}
_EXCEPTIONS = {"1": "added", "2": "removed"}
Line = Mapping[str, str]


class GtfsStatic(PollingConnector):
    """One line of one table of the archive; keys ``gtfs:<network>-<id>`` and ``gtfs:<feed version>-<id>``."""

    contract = "reference.stop"
    family = "public_transport"
    label = Label(fr="Horaires et arrêts (GTFS)", en="Timetable and stops (GTFS)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://gtfs.org",
    )
    every = timedelta(hours=12)
    format = ArchiveFormat(
        tables={
            "agency.txt": CsvFormat(columns=("agency_name", "agency_timezone")),
            "stops.txt": CsvFormat(columns=("stop_id", "stop_name", "stop_lat", "stop_lon")),
            "routes.txt": CsvFormat(columns=("route_id", "route_type")),
            "trips.txt": CsvFormat(columns=("route_id", "service_id", "trip_id")),
            "stop_times.txt": CsvFormat(
                columns=("trip_id", "arrival_time", "departure_time", "stop_id", "stop_sequence")
            ),
            "calendar.txt": CsvFormat(columns=("service_id", *_WEEK, "start_date", "end_date")),
            "calendar_dates.txt": CsvFormat(columns=("service_id", "date", "exception_type")),
            "frequencies.txt": CsvFormat(columns=("trip_id", "start_time", "end_time", "headway_secs")),
        },
        required=(
            ("agency.txt",),
            ("stops.txt",),
            ("routes.txt",),
            ("trips.txt",),
            ("stop_times.txt",),
            ("calendar.txt", "calendar_dates.txt"),
        ),
    )

    @property
    def contracts(self) -> tuple[str, ...]:
        """The tables of the archive."""
        return tuple(dict.fromkeys(contract for contract, _ in _TABLES.values()))

    def to_rows(self, element: Element, payload: Payload) -> Iterator[tuple[str, Row]]:
        """Map the line as its table asks, and say which publication it is from."""
        contract, mapping = _TABLES[element.value["member"]]
        network = self.source.settings.get("network", self.city.city_id)
        row = mapping(element.value["line"], payload.payload_id, network)
        yield contract, {**row, "feed_version": payload.payload_id}

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Give the one row of the line."""
        return next(self.to_rows(element, payload))[1]


def _agency(line: Line, version: str, network: object) -> Row:
    return {
        "agency_reference_id": identifier("gtfs", network, text(line.get("agency_id")) or line["agency_name"]),
        "agency_id": text(line.get("agency_id")),
        "agency_label": text(line["agency_name"]),
        "service_time_zone": text(line["agency_timezone"]),
        "language": text(line.get("agency_lang")),
        "info_url": text(line.get("agency_url")),
    }


def _stop(line: Line, version: str, network: object) -> Row:
    placed = text(line["stop_lon"]) is not None
    return {
        "stop_reference_id": identifier("gtfs", network, line["stop_id"]),
        "stop_id": text(line["stop_id"]),
        "stop_code": text(line.get("stop_code")),
        "stop_label": text(line["stop_name"]),
        "stop_kind_code": _KINDS.get(text(line.get("location_type")), "unknown"),
        "source_kind": text(line.get("location_type")),
        "parent_stop_id": text(line.get("parent_station")),
        "platform_code": text(line.get("platform_code")),
        "longitude": number(line["stop_lon"]),
        "latitude": number(line["stop_lat"]),
        "location_precision_m": 10 if placed else None,
    }


def _route(line: Line, version: str, network: object) -> Row:
    return {
        "route_reference_id": identifier("gtfs", network, line["route_id"]),
        "route_id": text(line["route_id"]),
        "agency_id": text(line.get("agency_id")),
        "route_label": text(line.get("route_short_name")),
        "route_title": text(line.get("route_long_name")),
        "transport_mode_code": _mode(text(line["route_type"])),
        "source_mode": text(line["route_type"]),
        "route_colour": text(line.get("route_color")),
    }


def _trip(line: Line, version: str, network: object) -> Row:
    return {
        "trip_reference_id": identifier("gtfs", version, line["trip_id"]),
        "trip_id": text(line["trip_id"]),
        "route_id": text(line["route_id"]),
        "service_id": text(line["service_id"]),
        "direction_id": text(line.get("direction_id")),
        "trip_headsign": text(line.get("trip_headsign")),
        "block_id": text(line.get("block_id")),
    }


def _stop_time(line: Line, version: str, network: object) -> Row:
    return {
        "stop_time_id": identifier("gtfs", version, line["trip_id"], line["stop_sequence"]),
        "trip_id": text(line["trip_id"]),
        "stop_sequence": number(line["stop_sequence"]),
        "stop_id": text(line["stop_id"]),
        "arrival_seconds": _seconds(line["arrival_time"]),
        "departure_seconds": _seconds(line["departure_time"]),
        "is_exact_time": _flag(line.get("timepoint")),
    }


def _week(line: Line, version: str, network: object) -> Row:
    return {
        "service_rule_id": identifier("gtfs", version, line["service_id"], "week"),
        "service_id": text(line["service_id"]),
        "service_rule_code": "weekly",
        "weekdays": "".join(line[day].strip() for day in _WEEK),
        "from_date": compact_date(line["start_date"]),
        "until_date": compact_date(line["end_date"]),
    }


def _exception(line: Line, version: str, network: object) -> Row:
    return {
        "service_rule_id": identifier("gtfs", version, line["service_id"], line["date"]),
        "service_id": text(line["service_id"]),
        "service_rule_code": _EXCEPTIONS.get(line["exception_type"].strip(), text(line["exception_type"])),
        "from_date": compact_date(line["date"]),
        "until_date": compact_date(line["date"]),
    }


def _frequency(line: Line, version: str, network: object) -> Row:
    return {
        "trip_frequency_id": identifier("gtfs", version, line["trip_id"], line["start_time"]),
        "trip_id": text(line["trip_id"]),
        "start_seconds": _seconds(line["start_time"]),
        "end_seconds": _seconds(line["end_time"]),
        "headway_seconds": number(line["headway_secs"]),
        "is_exact_time": _flag(line.get("exact_times")),
    }


_TABLES: Mapping[str, tuple[str, Callable[[Line, str, object], Row]]] = {
    "stops.txt": ("reference.stop", _stop),
    "agency.txt": ("reference.transport_agency", _agency),
    "routes.txt": ("reference.route", _route),
    "trips.txt": ("reference.trip", _trip),
    "stop_times.txt": ("reference.stop_time", _stop_time),
    "calendar.txt": ("reference.service_rule", _week),
    "calendar_dates.txt": ("reference.service_rule", _exception),
    "frequencies.txt": ("reference.trip_frequency", _frequency),
}


def _seconds(written: str) -> int | str | None:
    """Seconds of the service day; text of another form passes unchanged."""
    found = _TIME.fullmatch(written)
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]) if found else text(written)


def _flag(written: str | None) -> bool | str | None:
    return {"0": False, "1": True}.get(written or "", text(written))


def _mode(route_type: str | None) -> str:
    """The mode of a basic (0 to 12) or extended (100 to 1799) route type."""
    if route_type in _BASIC:
        return _BASIC[route_type]
    found = number(route_type)
    return _EXTENDED.get(found // 100, "unknown") if isinstance(found, int) else "unknown"
