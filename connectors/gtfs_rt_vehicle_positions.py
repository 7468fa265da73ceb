"""Positions of public-transport vehicles, from a GTFS-Realtime feed.

Protocol Buffers (``FeedMessage``), or its rendering in JSON. Format facts:

* An element is one vehicle with the header of the feed. Its own ``timestamp`` is the instant of the position; the
  feed's is taken when it has none. Seconds since 1970; milliseconds cannot be an instant and are refused.
* A vehicle without an identifier is known by its trip and day, else by the identifier of its entity.
* Speed is in metres per second, bearing in degrees from north. ``0, 0`` means that there is no position yet.
* ``current_status`` is about the stop named beside it; when only the stop is named, the vehicle is on its way there.
  Binary positions are of 32 bits, which hold about a metre.
* ``FULL_DATASET`` replaces: a vehicle missing from the next state is no longer tracked.
* Licence plates may be in the feed; they are cut off before anything is kept.

Publisher and licence are those of the feed that the city profile names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import (
    GtfsRealtimeFormat,
    absent,
    coded,
    compact_date,
    identifier,
    number,
    percent_to_ratio,
    posix_instant,
    scaled,
    text,
)
from connectors.sdk.element import Element, Payload, Row
from schemas.codes import load_codes
from schemas.contract import Label

STATUSES = load_codes("vehicle_stop_status").values
OCCUPANCIES = load_codes("vehicle_occupancy").values
CONGESTIONS = load_codes("vehicle_congestion").values
PRECISION_M = 20


def vehicles(feed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One element per vehicle, without its licence plate."""
    for entity in feed.get("entity", ()):
        if "vehicle" in entity:
            vehicle = dict(entity["vehicle"])
            if "vehicle" in vehicle:
                described = vehicle["vehicle"].items()
                vehicle["vehicle"] = {name: value for name, value in described if name != "license_plate"}
            yield {"header": feed["header"], "id": entity.get("id"), "vehicle": vehicle}


class GtfsRtVehiclePositions(PollingConnector):
    """One vehicle at one instant; key ``gtfs_rt:<vehicle>-<instant>``."""

    contract = "silver.vehicle_position"
    family = "public_transport"
    label = Label(fr="Positions des véhicules (GTFS-Realtime)", en="Vehicle positions (GTFS-Realtime)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://gtfs.org",
    )
    every = timedelta(seconds=30)
    format = GtfsRealtimeFormat(vehicles)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say where the vehicle was at the instant it told."""
        header, vehicle = element.value["header"], element.value["vehicle"]
        trip, position = vehicle.get("trip", {}), vehicle.get("position", {})
        vehicle_id = text(vehicle.get("vehicle", {}).get("id"))
        seconds = absent(vehicle.get("timestamp"), 0)
        seconds = header.get("timestamp") if seconds is None else seconds
        longitude, latitude = (number(position.get(name)) for name in ("longitude", "latitude"))
        longitude, latitude = (None, None) if longitude == latitude == 0 else (longitude, latitude)
        named = vehicle_id or _trip(trip) or element.value["id"]
        return {
            "vehicle_position_id": identifier("gtfs_rt", named, seconds),
            "vehicle_id": vehicle_id,
            "trip_id": text(trip.get("trip_id")),
            "route_id": text(trip.get("route_id")),
            "direction_id": text(trip.get("direction_id")),
            "start_date": compact_date(trip.get("start_date")),
            "schedule_relationship_code": str(trip.get("schedule_relationship", "SCHEDULED")).lower() if trip else None,
            "stop_sequence": vehicle.get("current_stop_sequence"),
            "stop_id": text(vehicle.get("stop_id")),
            "current_status_code": _status(vehicle),
            "source_status": text(vehicle.get("current_status")),
            "observed_at": posix_instant(seconds),
            "longitude": longitude,
            "latitude": latitude,
            "location_precision_m": None if longitude is None else PRECISION_M,
            "bearing_deg": number(position.get("bearing")),
            "speed_kmh": scaled(position.get("speed"), 3.6, digits=2),
            "occupancy_code": coded(vehicle.get("occupancy_status"), OCCUPANCIES),
            "source_occupancy": text(vehicle.get("occupancy_status")),
            "occupancy_ratio": percent_to_ratio(vehicle.get("occupancy_percentage")),
            "congestion_code": coded(vehicle.get("congestion_level"), CONGESTIONS),
            "source_congestion": text(vehicle.get("congestion_level")),
            "is_full_dataset": header.get("incrementality", "FULL_DATASET") == "FULL_DATASET",
            "feed_at": posix_instant(header.get("timestamp")),
        }


def _trip(trip: Mapping[str, Any]) -> str | None:
    """Day and trip, for a vehicle without identifier."""
    day, trip_id = text(trip.get("start_date")), text(trip.get("trip_id"))
    return f"{day}-{trip_id}" if day and trip_id else trip_id


def _status(vehicle: Mapping[str, Any]) -> str | None:
    """The status told, or the one the specification gives to a vehicle that only names a stop."""
    told = vehicle.get("current_status")
    if told is None and not vehicle.keys() & {"stop_id", "current_stop_sequence"}:
        return None
    return coded("IN_TRANSIT_TO" if told is None else told, STATUSES)
