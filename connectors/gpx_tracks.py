"""Tracks of patrol vehicles recorded by GPS receivers, in GPX 1.0 or 1.1.

Format facts:

* Each ``trkpt`` of each segment of each track is one position. ``time`` may be absent; such a point is refused.
* GPX times are UTC by specification, also when the ``Z`` is missing; an offset that is written counts.
* A file does not say whose it is: the setting ``unit_id`` names the vehicle, else the name of the file does. Names of
  tracks are free text and are not read, so files must not be called after people.
* Two points may bear the same second (a receiver under trees), so the key is the content of the point.
* Speed (m/s) and course stand in the point (1.0) or under ``extensions`` (1.1).
"""

from __future__ import annotations

from datetime import UTC
from pathlib import PurePosixPath

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, local_instant, number, scaled, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.gpx import GpxFormat
from schemas.contract import Label

MS_TO_KMH = 3.6


class GpxTracks(FileConnector):
    """One point of a track; key ``gpx:<unit>-<content>``."""

    contract = "silver.unit_status"
    family = "units"
    label = Label(fr="Parcours de patrouilles (GPX)", en="Tracks of patrols (GPX)")
    attribution = Attribution(
        publisher="The service whose vehicles are followed",
        licence="Restricted to the service; never published",
        url="https://www.topografix.com/gpx.asp",
        note="Test files: gpxpy, Apache-2.0.",
    )
    format = GpxFormat()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Where the vehicle was."""
        point = element.value
        unit = self.unit(payload)
        return {
            "unit_status_id": identifier("gpx", unit, element.content_id),
            "unit_id": unit,
            "observed_at": _utc(point.get("time")),
            "unit_status_code": "unknown",
            "longitude": number(point.get("lon")),
            "latitude": number(point.get("lat")),
            "elevation_m": number(point.get("ele")),
            "speed_kmh": scaled(point.get("speed"), MS_TO_KMH, digits=3),
            "heading_deg": number(point.get("course")),
        }

    def unit(self, payload: Payload) -> str | None:
        """The vehicle the file belongs to."""
        file = PurePosixPath(payload.url.removeprefix("file:")).name
        return text(self.source.settings.get("unit_id")) or text(file.removesuffix(".gz").removesuffix(".gpx"))


def _utc(value: object) -> str | None:
    instant = zoned_instant(value)
    return local_instant(value, UTC) if instant and not instant.endswith("Z") else instant
