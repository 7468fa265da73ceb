"""Rows used by several tests of the row rules."""

from __future__ import annotations

from datetime import UTC, datetime

from schemas.bounds import Bounds

COLLECTED_AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
BOUNDS = Bounds(west=-122.53, south=37.69, east=-122.34, north=37.85)

REPORT: dict[str, object] = {
    "report_id": "datasf:0601", "occurred_at": "2006-01-10T19:44:46-08:00", "occurred_until_at": None,
    "time_precision_code": "second", "received_at": "2006-01-11T03:44:46Z", "source_category": "Structure Fire",
    "status_code": "closed", "longitude": -122.479, "latitude": 37.779, "location_precision_m": 100,
}


def report(**changes: object) -> dict[str, object]:
    return REPORT | changes
