"""Dates, times, lengths and time zones of iCalendar (RFC 5545, sections 3.3 and 3.6.5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from connectors.sdk.formats.ical_lines import Component, Property

_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(
    r"([+-]?)P(?:(\d{1,6})W|(?=[\dT])(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)",
    re.ASCII,
)
_YEARLY_PARTS = {
    "FREQ",
    "UNTIL",
    "COUNT",
    "INTERVAL",
    "WKST",
    "BYMONTH",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYSETPOS",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a wall-clock time that is zoned or floating; ``unknown_zone`` names a zone nobody defines."""

    wall: datetime
    is_day: bool = False
    zone: tzinfo | None = None
    unknown_zone: str = ""

    @property
    def text(self) -> str:
        """``2025-03-01`` for a day, ``…T08:00:00Z`` for a zoned time, ``…T09:00:00`` for a floating one."""
        if self.is_day:
            return self.wall.date().isoformat()
        if self.zone is None:
            return self.wall.isoformat()
        try:
            return f"{self.utc.isoformat()}Z"
        except (OverflowError, ValueError):
            return self.wall.isoformat()

    @property
    def utc(self) -> datetime:
        """The instant, as a naive datetime of UTC; the wall clock itself when it is floating.

        A time in the hour that does not exist is read with the offset before the change, one that occurs twice as its
        first occurrence (RFC 5545, 3.3.5).
        """
        if self.zone is None:
            return self.wall
        found = self.wall.replace(tzinfo=self.zone).astimezone(UTC)
        if not isinstance(self.zone, ZoneInfo) and found.astimezone(self.zone).replace(tzinfo=None) != self.wall:
            # A zone built from a VTIMEZONE knows no fold: ask it for the offset of the day before.
            before = (self.wall - timedelta(days=1)).replace(tzinfo=self.zone).utcoffset() or timedelta()
            return self.wall - before
        return found.replace(tzinfo=None)

    def at(self, wall: datetime) -> Moment:
        """Another time of the same kind and zone."""
        return Moment(wall, self.is_day, self.zone, self.unknown_zone)

    def seen_from(self, zone: tzinfo | None) -> datetime:
        """The wall clock of another zone at this instant; days and floating times are the same everywhere."""
        if zone is None or self.zone is None:
            return self.wall
        return self.utc.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


class Length(NamedTuple):
    """How long something lasts: whole days follow the calendar, the rest the clock."""

    days: int = 0
    exact: timedelta = timedelta()

    def after(self, start: Moment) -> Moment:
        """The end of what begins at ``start``."""
        if start.is_day:
            return start.at(start.wall + timedelta(days=self.days) + self.exact)
        moved = start.at(start.wall + timedelta(days=self.days))
        if start.zone is None:
            return moved.at(moved.wall + self.exact)
        return Moment(moved.utc + self.exact, zone=UTC)


class Zones:
    """Time zones by ``TZID``, as one calendar means them."""

    def __init__(self, calendar: Component) -> None:
        """Keep the definitions of the calendar; none is read before it is asked for."""
        self.defined: dict[str, Component] = {}
        for component in calendar.children:
            tzid = component.first("TZID") if component.name == "VTIMEZONE" else None
            if tzid is not None:
                self.defined.setdefault(tzid.value.strip(), component)
        self.found: dict[str, tzinfo | None] = {}

    def of(self, tzid: str) -> tzinfo | None:
        """The zone of that name; ``None`` when nobody defines it."""
        if tzid not in self.found:
            self.found[tzid] = well_known(tzid) or self._built(tzid)
        return self.found[tzid]

    def _built(self, tzid: str) -> tzinfo | None:
        component = self.defined.get(tzid)
        if component is None:
            return None
        located = component.first("X-LIC-LOCATION")
        known = well_known(located.value) if located else None
        return known or _zone_of("\r\n".join(_lines(component)))

    def moment(self, text: str, parameters: Property | None) -> Moment | None:
        """Read a DATE or DATE-TIME; ``None`` when it is neither. A final ``Z`` is stronger than any ``TZID``."""
        found = _MOMENT.fullmatch(text.strip())
        if found is None:
            return None
        numbers = [int(part) for part in found.groups()[:6] if part is not None]
        try:
            # A leap second is told as the last second of its minute.
            wall = datetime(*numbers[:5], min(numbers[5], 59)) if len(numbers) == 6 else datetime(*numbers)  # type: ignore[arg-type,call-arg]
        except ValueError:
            return None
        if len(numbers) == 3:
            return Moment(wall, is_day=True)
        if found[7]:
            return Moment(wall, zone=UTC)
        tzid = parameters.parameters.get("TZID", "").strip() if parameters else ""
        zone = self.of(tzid) if tzid else None
        return Moment(wall, zone=zone, unknown_zone=tzid if tzid and zone is None else "")


def well_known(tzid: str) -> tzinfo | None:
    """An IANA name, alone or behind a vendor's path, or a name of Windows."""
    name = tzid.strip().strip('"')
    parts = [part for part in name.split("/") if part]
    for first in range(len(parts)):
        suffix = "/".join(parts[first:])
        # A one-word end of a path (`/vendor/EST`) is the vendor's own word, not a zone.
        if suffix in _names() and (first == 0 or "/" in suffix):
            return ZoneInfo(suffix)
    windows = WINDOWS_TO_OLSON.get(name)
    return ZoneInfo(windows) if windows in _names() else None


def length_of(text: str) -> Length | None:
    """Read a DURATION; ``None`` when it is none."""
    found = _DURATION.fullmatch(text.strip().upper())
    if found is None:
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    return Length(sign * (7 * weeks + days), sign * timedelta(hours=hours, minutes=minutes, seconds=seconds))


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=256)
def _zone_of(definition: str) -> tzinfo | None:
    if not all(map(_is_yearly, re.findall(r"^RRULE[;:].*", definition, re.MULTILINE | re.IGNORECASE))):
        return None
    try:
        read = Timezone.from_ical(definition)
        found = read.to_tz(lookup_tzid=False) if isinstance(read, Timezone) else None
        datetime(2024, 7, 1, tzinfo=found).astimezone(UTC)
    except Exception:  # a definition of a stranger: whatever is wrong with it, it defines no zone
        return None
    return found if isinstance(found, tzinfo) else None


def _is_yearly(rule: str) -> bool:
    """Whether a change of offset happens on some days of a year; other rules would be walked through for ever."""
    parts = dict(part.partition("=")[::2] for part in rule.partition(":")[2].upper().split(";"))
    return (
        parts.get("FREQ") == "YEARLY" and parts.keys() <= _YEARLY_PARTS and parts.get("INTERVAL", "1").strip("0") != ""
    )


def _lines(component: Component) -> list[str]:
    every = tuple({name for one in component.properties for name in one.parameters})
    inner = [f"{one.name}{';' if one.parameters else ':'}{one.written(every)}" for one in component.properties]
    below = [line for child in component.children for line in _lines(child)]
    return [f"BEGIN:{component.name}", *inner, *below, f"END:{component.name}"]
