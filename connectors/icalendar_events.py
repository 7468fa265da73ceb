"""Events of any iCalendar (RFC 5545): agendas of a city, matches of a club, markets, works.

Text of content lines, UTF-8, read by `ICalendarFormat`, which expands rules and drops persons. Format facts:

* One row per date of an event; a date moved by an override keeps the identifier its series gave it, so moving it makes
  a newer version and not a second occupation. Events without a UID get an identifier from their content.
* A day lasts until the first instant of the next (DTEND is excluded); an end equal to the start is one day. A time
  without end takes no time.
* Floating times are wall clock of the profile's zone. A zone that neither the world's list, Windows' names nor the
  calendar defines is refused with rule `time_zone`, never guessed.
* ``GEO`` is latitude;longitude. ``0;0`` is how clients write "no place".
* The kind comes from CATEGORIES by the profile's map `kinds`, then from `kind` of the calendar. A private event keeps
  its times and nothing else.

Settings: `url`, or `calendars` (`url`, `kind`); `kinds`; `expand_from`, `expand_until` (days that bound the rules).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from connectors.sdk.connector import Attribution, Offset, PollingConnector, Request
from connectors.sdk.decode import identifier, local_instant, number, text, zoned_instant
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats.ical import ICalendarFormat
from schemas.city import CityProfile, SourceSettings, normal_text
from schemas.contract import Label

STATUSES = {"": "planned", "TENTATIVE": "planned", "CONFIRMED": "confirmed", "CANCELLED": "cancelled"}
_STAMP = re.compile(r"(?:[^:]*:)?(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)


class IcalendarEvents(PollingConnector):
    """One date of one event; key ``ical:<uid>``, with the planned start when the event has several dates."""

    contract = "silver.planned_occupation"
    family = "calendar"
    label = Label(fr="Agendas iCalendar", en="iCalendar agendas")
    attribution = Attribution(
        publisher="The publisher of the calendar, named by the city profile",
        licence="The licence of the calendar, named by the city profile",
        url="https://www.rfc-editor.org/rfc/rfc5545",
    )
    every = timedelta(hours=1)
    format = ICalendarFormat()

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Keep the words of the profile in the form they are compared in."""
        super().__init__(source, city)
        kinds, calendars = source.settings.get("kinds"), source.settings.get("calendars")
        self.kinds = (
            {normal_text(word): str(code) for word, code in kinds.items()} if isinstance(kinds, Mapping) else {}
        )
        named = calendars if isinstance(calendars, list) else [source.settings]
        self.usual_kinds = {one.get("url"): one["kind"] for one in named if "kind" in one}

    def requests(self, since: Offset) -> Iterator[Request]:
        """One GET per calendar of the settings; `webcal:` is HTTPS."""
        calendars = self.source.settings.get("calendars")
        if not isinstance(calendars, list):
            yield from super().requests(since)
            return
        for calendar in calendars:
            yield Request(re.sub(r"^webcals?:", "https:", str(calendar["url"])))

    def split(self, payload: Payload) -> Iterator[Element]:
        """Dates inside the window of the settings."""
        first, last = (_day(self.source.settings.get(name)) for name in ("expand_from", "expand_until"))
        return replace(self.format, first=first, last=last).split(payload)

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Place the date in time and space, and name its kind."""
        event, kept = element.value, element.value["properties"]
        series = identifier("ical", event["uid"]) if event["is_series"] else None
        planned = self._instant(event["planned"], event)
        longitude, latitude = _position(kept.get("GEO"))
        kind, source_kind = self._kind(kept.get("CATEGORIES", []), payload)
        status = "CANCELLED" if event["method"] == "CANCEL" else str(kept.get("STATUS", "")).upper()
        return {
            "occupation_id": _identifier(event, element),
            "series_id": series,
            "instance_at": planned if series else None,
            "occupation_kind_code": kind,
            "source_kind": source_kind,
            "starts_at": self._instant(event["start"], event),
            "ends_at": self._instant(event["end"], event),
            "is_all_day": event["is_all_day"],
            "occupation_status_code": STATUSES.get(status, "unknown"),
            "address": text(kept.get("LOCATION")),
            "longitude": longitude,
            "latitude": latitude,
            "location_precision_m": 100 if longitude is not None else None,
            "source_updated_at": self._stamp(kept),
        }

    def _instant(self, written: str | None, event: Mapping[str, Any]) -> str | None:
        """UTC of a day or time; a time of an unknown zone stays as it is and is refused."""
        if written is None or written.endswith("Z"):
            return written
        return written if event["unknown_zone"] else local_instant(written, self.zone)

    def _stamp(self, kept: Mapping[str, Any]) -> str | None:
        """When the event was last changed; calendars that write the stamp without `Z` mean their own clock."""
        written = next((kept[name] for name in ("LAST-MODIFIED", "DTSTAMP", "CREATED") if name in kept), None)
        found = _STAMP.fullmatch(written or "")
        if found is None:
            return text(written)
        instant = _STAMP.sub(r"\1-\2-\3T\4:\5:\6\7", found[0])
        return zoned_instant(instant) if found[7] else local_instant(instant, self.zone)

    def _kind(self, categories: list[str], payload: Payload) -> tuple[str, str | None]:
        mapped = next((self.kinds[word] for word in map(normal_text, categories) if word in self.kinds), None)
        return str(mapped or self.usual_kinds.get(payload.url, "unknown")), text(", ".join(categories))


def _identifier(event: Mapping[str, Any], element: Element) -> str | None:
    if event["uid"] is None:
        return identifier("ical", element.content_id)
    if not event["is_series"]:
        return identifier("ical", event["uid"])
    return identifier("ical", event["uid"], re.sub(r"[-:]", "", event["planned"] or "") or None)


def _position(written: str | None) -> tuple[object, object]:
    """Longitude and latitude; text that is no pair passes as a longitude without latitude."""
    latitude, _, longitude = (written or "").partition(";")
    if number(latitude) == 0 and number(longitude) == 0:
        return None, None
    return (number(longitude), number(latitude)) if longitude or not written else (written, None)


def _day(setting: object) -> date | None:
    return setting if isinstance(setting, date) else date.fromisoformat(str(setting)) if setting else None
