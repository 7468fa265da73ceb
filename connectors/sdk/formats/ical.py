"""iCalendar (RFC 5545): events as the dates on which they happen, without the persons in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from connectors.sdk.element import MAX_ELEMENT_BYTES, Decoded, canonical, digest_of, refused
from connectors.sdk.formats.format import Format
from connectors.sdk.formats.ical_lines import Component, Fault, plain_text, read, text_list
from connectors.sdk.formats.ical_recurrence import Event, Span, names, spans
from connectors.sdk.formats.ical_rules import RecurrenceFault, Window
from connectors.sdk.formats.ical_time import Moment, Zones
from connectors.sdk.formats.json import JsonLinesFormat

TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RECURRENCE-ID")
STAMPS = ("DTSTAMP", "CREATED", "LAST-MODIFIED")
PLAIN = ("STATUS", "CLASS", "SEQUENCE", "TRANSP")
OPEN = ("CATEGORIES", "LOCATION", "GEO")
"""Kept only of events that are not marked private or confidential."""
_KEPT = frozenset((*TIMES, *STAMPS, *PLAIN, *OPEN, "UID", "RDATE", "EXDATE"))
_PARAMETERS = ("TZID", "VALUE", "RANGE")
_WITHOUT_END = timedelta(days=366)


@dataclass(frozen=True)
class ICalendarFormat(Format):
    """Calendars; an element is one date of one VEVENT, expanded by rule, date and exception.

    A mapping: ``uid``, ``is_series``, ``planned`` (the start its series foresaw), ``start``, ``end`` (excluded),
    ``is_all_day``, ``unknown_zone``, ``method`` and ``properties``. Times are UTC text with ``Z``, days
    ``2025-03-01``, floating times ``2025-03-01T09:00:00``; text that is no time passes unchanged. Title, description,
    organiser and attendees are dropped before anything is kept, so ``raw``, JSON of the element, holds no person.

    Rules without an end stop with ``last``; without it, 366 days after the newest time the calendar names, so that
    nothing depends on the day of reading. A broken line is one refused element and its calendar goes on. Tasks,
    journals, free-busy times and alarms are no events and give no element.
    """

    first: date | None = None
    last: date | None = None
    max_dates: int = 5_000
    max_element_bytes: int = MAX_ELEMENT_BYTES

    def decode(self, content: bytes) -> Iterator[Decoded]:
        """Broken lines, then every date of every event in the order of the calendar."""
        if b"BEGIN:VCALENDAR" not in content.upper() and b"BEGIN:VEVENT" not in content.upper():
            raw = f"X-CONTENT:{len(content)} bytes, sha256 {digest_of(content)}".encode()
            yield refused("unreadable", raw, "There is no BEGIN:VCALENDAR; expected an iCalendar file.")
            return
        roots, faults = read(content, _KEPT)
        yield from map(_refused, faults)
        yield from _left_open(roots)
        events = [event for root in roots for event in _events(root)]
        yield from _Expansion(self, events).elements()

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of kept JSON text."""
        return JsonLinesFormat(max_element_bytes=self.max_element_bytes).reread(text)


class _Expansion:
    """All events of one content, those of one UID together."""

    def __init__(self, declared: ICalendarFormat, events: list[Event]) -> None:
        self.declared = declared
        self.events = events
        self.window = Window(declared.first, declared.last or _newest(events), declared.max_dates)
        self.changes: dict[str, list[Event]] = {}
        series = {event.uid for event in events if event.recurrence is None}
        for event in events:
            if event.recurrence is not None and event.uid in series:
                self.changes.setdefault(event.uid, []).append(event)
        self.told: set[int] = set()

    def elements(self) -> Iterator[Decoded]:
        for event in self.events:
            if event.recurrence is None or event.uid not in self.changes:
                yield from self._of(event)
        for change in (one for event in self.changes.values() for one in event if id(one) not in self.told):
            yield from self._of(change)  # it changes a date that the series does not give

    def _of(self, event: Event) -> Iterator[Decoded]:
        try:
            found = spans(event, self.window)
        except (RecurrenceFault, OverflowError) as error:
            rule, column = (error.rule, error.column) if isinstance(error, RecurrenceFault) else ("shape", "RRULE")
            yield refused(rule, canonical(_reduced(event)), str(error), column=column)
            return
        changes = self.changes.get(event.uid, []) if event.recurrence is None else []
        for span in found:
            yield self._element(event, *self._changed(event, span, changes))
        if not found and event.start is None:
            yield self._element(event, event, None)

    def _changed(self, event: Event, span: Span, changes: list[Event]) -> tuple[Event, Span]:
        """The event that describes this date, and the date as that event moves it."""
        for change in changes:
            if change.recurrence is not None and names(change.recurrence, span.planned) and change.start is not None:
                self.told.add(id(change))
                return change, Span(span.planned, change.start, change.end_of(change.start))
        later = [
            one
            for one in changes
            if one.holds_for_later_dates
            and one.start
            and one.recurrence
            and one.recurrence.seen_from(span.planned.zone) < span.planned.wall
        ]
        if not later:
            return event, span
        change = max(later, key=lambda one: one.recurrence.utc if one.recurrence else span.planned.utc)
        assert change.start is not None
        assert change.recurrence is not None
        zone = span.planned.zone
        shift = change.start.seen_from(zone) - change.recurrence.seen_from(zone)
        start = span.planned.at(span.planned.wall + shift)
        return change, Span(span.planned, start, change.end_of(start))

    def _element(self, series: Event, event: Event, span: Span | None) -> Decoded:
        is_date = series.is_series or event.recurrence is not None
        planned = event.recurrence if series is event and event.recurrence and not event.is_series else None
        value = {
            "uid": event.uid if not event.uid.startswith("\0") else None,
            "is_series": is_date,
            "planned": (planned or span.planned).text if is_date and span else None,
            "start": span.start.text if span else _written(event.component, "DTSTART"),
            "end": span and (span.end.text if span.end else _written(event.component, "DTEND", "DURATION")),
            "is_all_day": span.start.is_day if span else False,
            "unknown_zone": span.start.unknown_zone if span else "",
            "method": event.method,
            "properties": _reduced(event),
        }
        raw = canonical(value)
        if len(raw) > self.declared.max_element_bytes:
            message = f"The event has {len(raw)} bytes as JSON; allowed are {self.declared.max_element_bytes}."
            return refused("too_large", raw, message, value=str(len(raw)))
        return Decoded(value, raw)


def _events(root: Component) -> Iterator[Event]:
    zones = Zones(root)
    method = root.first("METHOD")
    components = [root] if root.name == "VEVENT" else [child for child in root.children if child.name == "VEVENT"]
    for component in components:
        uid = plain_text(_written(component, "UID") or "")
        yield Event(
            component,
            zones,
            method.value.strip().upper() if method else "",
            uid or f"\0{id(component)}",
            _moment(component, "DTSTART", zones),
            _moment(component, "RECURRENCE-ID", zones),
        )


def _moment(component: Component, name: str, zones: Zones) -> Moment | None:
    found = component.first(name)
    return zones.moment(found.value, found) if found else None


def _written(component: Component, *wanted: str) -> str | None:
    found = next((one for name in wanted for one in component.all(name)), None)
    return found.value.strip() or None if found else None


def _reduced(event: Event) -> Mapping[str, Any]:
    """The properties to keep, as written; categories as a list. A private event keeps its times alone."""
    component = event.component
    is_open = (_written(component, "CLASS") or "PUBLIC").strip().upper() == "PUBLIC"
    kept: dict[str, Any] = {}
    for one in component.properties:
        if one.name in TIMES or one.name in STAMPS or one.name in PLAIN:
            kept.setdefault(one.name, one.written(_PARAMETERS).strip())
        elif one.name in OPEN and is_open:
            if one.name == "CATEGORIES":
                kept.setdefault(one.name, []).extend(text_list(one.value))
            else:
                kept.setdefault(one.name, plain_text(one.value))
    return kept


def _newest(events: list[Event]) -> date:
    """366 days after the newest time that any event names; what a rule without an end may reach."""
    moments = [
        moment
        for event in events
        for moment in (event.start, *(_moment(event.component, name, event.zones) for name in STAMPS))
        if moment
    ]
    newest = max((moment.wall.date() for moment in moments), default=date(1970, 1, 1))
    return min(newest, date.max - _WITHOUT_END) + _WITHOUT_END


def _left_open(components: list[Component]) -> Iterator[Decoded]:
    """One refused element for each calendar or event whose end is missing: something after it may be lost."""
    for component in components:
        if component.name in ("VCALENDAR", "VEVENT") and not component.is_closed:
            uid = _written(component, "UID")
            message = f"{component.name} {uid or ''} is never closed; what could be read of it is given."
            yield refused("shape", canonical([component.name, uid]), message, column="END")
        if component.name == "VCALENDAR":
            yield from _left_open(component.children)


def _refused(fault: Fault) -> Decoded:
    return refused(fault.rule, fault.raw, fault.message, column=fault.name)
