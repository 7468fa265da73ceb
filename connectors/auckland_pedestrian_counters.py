"""Hourly counts of the pedestrian counters in the centre of Auckland, from Heart of the City.

CSV with header, UTF-8: ``date``, ``hour`` and ``year``, then one column per counter. Format facts:

* An element is one cell: one counter in one hour. A counter that is new in the header is taken in by being there.
* ``hour`` is a range in words, ``6:00-6:59``, on the wall clock of Auckland. The hour that occurs twice (end of summer
  time) is one line that holds both, so its period has two hours; the hour that does not exist keeps its line and lands
  on the next hour, an hour long.
* A day of the file starts at 6:00 and ends with the hours 0:00 to 5:00 of the same date.
* Empty is a counter that gave nothing, 0 is nobody: an empty cell is a row of state ``missing`` without a count.
* Counts are written with a decimal point (``94.0``).
* Cameras count passages in a street, EW and NS apart; new counters of 2025-03-05 changed the level of five of them, so
  series are not compared across that day. Places are those of the street address, from the profile.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, local_instant, number, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.wide import COLUMN, VALUE, WideCsvFormat
from schemas.contract import Label

_HOUR = re.compile(r"(\d{1,2}):00\s*-\s*\d{1,2}:59", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class AucklandPedestrianCounters(FileConnector):
    """One counter in one hour; key ``auckland_pedestrian:<counter>-<day>-<hour>``."""

    contract = "silver.crowd_count"
    family = "sensors"
    label = Label(fr="Compteurs de piétons (Auckland)", en="Pedestrian counters (Auckland)")
    attribution = Attribution(
        publisher="Heart of the City Auckland", licence="CC BY 4.0", url="https://www.hotcity.co.nz/pedestrian-counts"
    )
    format = WideCsvFormat(keys=("date", "hour"), dropped=("year",))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """A cell, placed where the profile says its counter stands."""
        cell = element.value
        counter = text(cell[COLUMN])
        start, end = _period(str(cell["date"]).strip(), str(cell["hour"]).strip(), self.zone)
        count = _whole(number(cell[VALUE]))
        place = _place(self.source.settings, counter)
        return {
            "count_id": identifier("auckland_pedestrian", counter, cell["date"], cell["hour"]),
            "counter_id": identifier("auckland_pedestrian", counter),
            "measured_from_at": start,
            "measured_until_at": end,
            "counted_count": count,
            "count_state_code": "missing" if count is None else "measured",
            "counted_unit_code": "pedestrian",
            "count_method_code": "video",
            "longitude": number(place.get("longitude")),
            "latitude": number(place.get("latitude")),
            "location_precision_m": 50 if place else None,
        }


def _period(day: str, hours: str, zone: ZoneInfo) -> tuple[str | None, str | None]:
    """First instants of an hour of the wall clock and of the next one; what is no hour passes unchanged."""
    found = _HOUR.fullmatch(hours)
    written = text(f"{day} {hours}")
    if found is None or not _DAY.fullmatch(day):
        return written, written
    try:
        wall = datetime.fromisoformat(f"{day}T{int(found[1]):02d}:00:00")
        start = local_instant(wall.isoformat(), zone)
        end = local_instant((wall + timedelta(hours=1)).isoformat(), zone)
    except (ValueError, OverflowError):
        return written, written
    if start is not None and end is not None and end <= start:  # the hour that does not exist
        end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    return start, end


def _whole(value: float | str | None) -> float | str | None:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _place(settings: Mapping[str, Any], counter: str | None) -> Mapping[str, Any]:
    counters = settings.get("counters")
    place = counters.get(counter) if isinstance(counters, Mapping) else None
    return place if isinstance(place, Mapping) else {}
