"""Positions of the vehicles of Brussels (STIB-MIVB), as metres after the last stop.

Polls of an AVL system that gives no coordinates. Format facts:

* A vehicle is ``distanceFromPoint`` metres after the stop ``pointId``, bound for the terminus ``directionId``, a stop
  and no 0 or 1. Vehicles have no identifier: two at one place and instant are told apart by their ordinal.
* Stop identifiers differ from feed to feed (``5766``, ``05766``, ``5298F``) and the line is its public number, not the
  ``route_id`` of the timetable; both are kept as told.
* Every poll replaces the one before.

Dialects:

* JSON of the interface, ``{"lines": [{"lineId", "vehiclePositions": [{"directionId", "pointId", …}]}]}``, or of the
  portal, ``{"results": [{"lineid", "vehiclepositions": "[…]"}]}`` with JSON inside text. It says no instant:
  ``observed_at`` stays missing, the time of collection stands for it, and the digest of the answer is in the key.
* A recording of polls in Parquet: ``ts`` (POSIX seconds of the poll), ``dir``, ``point``, ``dist``, and ``line`` unless
  the file is of one line, named by the setting ``line_id``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import JsonTreeFormat, identifier, number, posix_instant, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import Misshapen, expect, misshapen
from connectors.sdk.formats.json import read_one
from connectors.sdk.formats.parquet import ParquetFormat
from schemas.contract import Label

RECORDED = ParquetFormat(columns=("ts", "dir", "point", "dist"))


def positions(document: Any) -> Iterator[Any]:
    """One element per vehicle of each line, with its line; a broken line is refused alone."""
    if isinstance(document, dict):
        listed = next((name for name in ("lines", "results") if name in document), None)
        if listed is None:
            raise Misshapen(f"Found the keys {', '.join(document)[:200]}; expected `lines` or `results`.", "lines")
        document = document[listed]
    for line in expect(document, list, "lines"):
        try:
            named = {name.lower(): value for name, value in expect(line, dict, "lines").items()}
            vehicles = [expect(vehicle, dict, "vehiclePositions") for vehicle in _listed(named.get("vehiclepositions"))]
        except Misshapen as fault:
            yield misshapen(line, fault)
            continue
        yield from ({"lineId": named.get("lineid"), **vehicle} for vehicle in vehicles)


def _listed(value: Any) -> list[Any]:
    """A list, or the list that a text holds as JSON; nothing is an empty one."""
    if isinstance(value, str):
        read = read_one(value.strip().encode("utf-8", "replace"), "utf-8", len(value) * 4)
        value = value if read.violations else read.value
    return list(expect([] if value is None else value, list, "vehiclePositions"))


class StibVehicleDistance(PollingConnector):
    """One vehicle in one poll; key ``stib:<line>-<instant>-<terminus>-<stop>-<metres>-<ordinal>``."""

    contract = "silver.vehicle_position"
    family = "public_transport"
    label = Label(fr="Positions des véhicules de Bruxelles (STIB)", en="Vehicle positions of Brussels (STIB)")
    attribution = Attribution(
        publisher="STIB-MIVB", licence="STIB-MIVB open data terms", url="https://data.stib-mivb.brussels"
    )
    every = timedelta(seconds=20)
    format = JsonTreeFormat(positions)

    def split(self, payload: Payload) -> Iterator[Element]:
        """Vehicles of either dialect; what begins as Parquet is Parquet."""
        return (RECORDED if payload.content.startswith(b"PAR1") else self.format).split(payload)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Keep stop, metres and terminus; coordinates need the stops and the shape of the line."""
        value: Mapping[str, Any] = element.value
        if "ts" in value:
            line, place = value.get("line", self.source.settings.get("line_id")), ("dir", "point", "dist")
        else:
            line, place = value["lineId"], ("directionId", "pointId", "distanceFromPoint")
        terminus, stop, metres = (value.get(name) for name in place)
        told = identifier("stib", line, value.get("ts"), terminus, stop, metres, element.occurrence)
        return {
            "vehicle_position_id": told
            if "ts" in value
            else identifier("stib", payload.payload_id, element.content_id),
            "line_id": text(line),
            "terminus_stop_id": text(terminus),
            "stop_id": text(stop),
            "stop_distance_m": number(metres),
            "current_status_code": "after_stop",
            "observed_at": posix_instant(value.get("ts")),
            "is_full_dataset": True,
            "feed_at": posix_instant(value.get("ts")),
        }
