"""Delays and cancellations of public transport, from a GTFS-Realtime feed of trip updates.

Protocol Buffers (``FeedMessage``), or its rendering in JSON. Format facts:

* An element is one stop of one trip with its trip and the header of the feed; a trip without stops (a cancelled one) is
  one element without a stop. Entities without a trip update are vehicles or alerts, which other connectors read.
* All times are POSIX seconds in UTC; milliseconds cannot be an instant and are refused. A delay is in seconds, negative
  when early. The feed's own time orders its versions; ``FULL_DATASET`` replaces what was said before.
* A trip identifier is valid for one service day, so ``start_date`` is part of the key; a feed without it means today.
  A stop may be served twice by one trip (35 times in the recording), so ``stop_sequence`` comes before ``stop_id``.
* An entity that the feed marks ``is_deleted`` is a withdrawn trip, whatever it says beside.
* What happens to the whole trip (cancelled) is stronger than what the feed says of its stop (skipped).

Publisher and licence are those of the feed that the city profile names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import GtfsRealtimeFormat, compact_date, identifier, posix_instant, text
from connectors.sdk.element import Element, Payload, Row
from schemas.contract import Label


def stops(feed: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """One element per stop of each trip, and one for a trip that names none."""
    for entity in feed.get("entity", ()):
        if "trip_update" in entity:
            update = entity["trip_update"]
            for stop in update.get("stop_time_update", [{}]):
                yield {"header": feed["header"], "trip": _withdrawn(entity, update["trip"]), "stop": stop}


class GtfsRtTripUpdates(PollingConnector):
    """One stop of one trip; key ``gtfs_rt:<day>-<trip>-<stop>``."""

    contract = "silver.trip_delay"
    family = "public_transport"
    label = Label(fr="Retards des transports (GTFS-Realtime)", en="Public transport delays (GTFS-Realtime)")
    attribution = Attribution(
        publisher="The publisher of the feed, named by the city profile",
        licence="The licence of the feed, named by the city profile",
        url="https://gtfs.org",
        note="The recording is OVapi's feed of the Netherlands; its licence is not restated where it was found.",
    )
    every = timedelta(seconds=30)
    format = GtfsRealtimeFormat(stops)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say what the feed knew of this stop at its own time."""
        trip, stop = element.value["trip"], element.value["stop"]
        feed_at = posix_instant(element.value["header"].get("timestamp"))
        day = compact_date(trip.get("start_date")) or _day(feed_at, self)
        arrival, departure = stop.get("arrival", {}), stop.get("departure", {})
        return {
            "trip_delay_id": identifier(
                "gtfs_rt",
                day.replace("-", ""),
                trip.get("trip_id"),
                stop.get("stop_sequence", stop.get("stop_id", "trip")),
            ),
            "trip_id": text(trip.get("trip_id")),
            "route_id": text(trip.get("route_id")),
            "start_date": compact_date(trip.get("start_date")),
            "stop_sequence": stop.get("stop_sequence"),
            "stop_id": text(stop.get("stop_id")),
            "schedule_relationship_code": _relationship(trip, stop),
            "arrival_at": posix_instant(arrival.get("time")),
            "departure_at": posix_instant(departure.get("time")),
            "arrival_delay_seconds": arrival.get("delay"),
            "departure_delay_seconds": departure.get("delay"),
            "feed_at": feed_at,
        }


def _withdrawn(entity: Mapping[str, Any], trip: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**trip, "schedule_relationship": "DELETED"} if entity.get("is_deleted") is True else trip


def _relationship(trip: Mapping[str, Any], stop: Mapping[str, Any]) -> str:
    of_trip = trip.get("schedule_relationship", "SCHEDULED")
    of_stop = stop.get("schedule_relationship", "SCHEDULED")
    stronger = of_trip if of_trip in ("CANCELED", "DELETED") or of_stop == "SCHEDULED" else of_stop
    return str(stronger).lower()


def _day(feed_at: object, connector: GtfsRtTripUpdates) -> str:
    """The local day of the feed, for feeds that do not name the service day."""
    try:
        return datetime.fromisoformat(str(feed_at)).astimezone(connector.zone).date().isoformat()
    except ValueError:
        return ""
