"""Recurrence sets of iCalendar (RFC 5545, section 3.8.5): rules, dates, exceptions, and the window that bounds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from connectors.sdk.formats.ical_lines import Component
from connectors.sdk.formats.ical_rules import RecurrenceFault, Window, walls_of
from connectors.sdk.formats.ical_time import Length, Moment, Zones, length_of


class Span(NamedTuple):
    """One date of an event: what its series foresaw, and what happens."""

    planned: Moment
    start: Moment
    end: Moment | None


@dataclass(slots=True)
class Event:
    """One VEVENT with its times read."""

    component: Component
    zones: Zones
    method: str
    uid: str
    start: Moment | None
    recurrence: Moment | None
    """What RECURRENCE-ID says; ``None`` for a series or a single event."""

    @property
    def is_series(self) -> bool:
        """Whether it has a rule or dates."""
        return any(one.name in ("RRULE", "RDATE") for one in self.component.properties)

    @property
    def holds_for_later_dates(self) -> bool:
        """Whether it changes the date named and all that follow."""
        named = self.component.first("RECURRENCE-ID")
        return named is not None and named.parameters.get("RANGE", "").upper() == "THISANDFUTURE"

    def end_of(self, start: Moment) -> Moment | None:
        """The end of the date that begins at ``start``; ``None`` when the end cannot be read.

        DTEND gives every date the same exact length, DURATION the same nominal one. Without either, a day lasts a day
        and a time takes no time. A day that ends on itself is written by clients that take the end as included.
        """
        if self.start is None or self.component.first("DTEND") is None:
            written = self.component.first("DURATION")
            length = length_of(written.value) if written else Length(days=1 if start.is_day else 0)
        else:
            length = self._length(self.start)
        try:
            return None if length is None else length.after(start)
        except OverflowError:
            return None

    def _length(self, start: Moment) -> Length | None:
        written = self.component.first("DTEND")
        end = self.zones.moment(written.value, written) if written else None
        if end is None:
            return None
        if start.is_day or end.is_day:
            gap = end.wall - start.wall
            return Length(days=1) if start.is_day and end.wall == start.wall else Length(0, gap)
        if start.zone is None or end.zone is None:
            return Length(0, end.wall - start.wall)
        return Length(0, end.utc - start.utc)


def spans(event: Event, window: Window) -> list[Span]:
    """Every date of a series or a single event, in order, exceptions taken out.

    Raises:
        RecurrenceFault: a rule cannot be read, or gives more dates than the window allows.
    """
    explicit = [Span(start, start, event.end_of(start)) for start in ([event.start] if event.start else [])]
    explicit += _dates(event)
    found = {span.planned.text: span for span in reversed(explicit)}
    if event.start is not None:
        taken_out = _moments(event, "EXDATE")
        for planned in _by_rules(event, event.start, "RRULE", window):
            found.setdefault(planned.text, Span(planned, planned, event.end_of(planned)))
        excluded = {planned.text for planned in _by_rules(event, event.start, "EXRULE", window)}
        found = {
            text: span
            for text, span in found.items()
            if text not in excluded and not any(names(one, span.planned) for one in taken_out)
        }
        if window.first and event.is_series:
            found = {text: span for text, span in found.items() if span.planned.wall.date() >= window.first}
    return sorted(found.values(), key=lambda span: span.planned.utc)


def names(written: Moment, planned: Moment) -> bool:
    """Whether an EXDATE or RECURRENCE-ID means that date: a day all of it, a floating time the wall clock."""
    if written.is_day or planned.is_day:
        return written.seen_from(planned.zone).date() == planned.wall.date()
    return written.seen_from(planned.zone) == planned.wall


def _dates(event: Event) -> Iterator[Span]:
    """Dates named one by one; a period brings its own end."""
    for one in event.component.all("RDATE"):
        for text in one.value.split(","):
            begin, _, until = text.strip().partition("/")
            start = event.zones.moment(begin, one)
            if start is None:
                raise RecurrenceFault(
                    "shape", "RDATE", f"RDATE holds {text[:60]!r}; expected a date, a time or a period."
                )
            if start.is_day and event.start is not None and not event.start.is_day:
                start = event.start.at(datetime.combine(start.wall.date(), event.start.wall.time()))
            if not until:
                yield Span(start, start, event.end_of(start))
                continue
            length = length_of(until)
            yield Span(start, start, length.after(start) if length else event.zones.moment(until, one))


def _moments(event: Event, name: str) -> list[Moment]:
    found = []
    for one in event.component.all(name):
        for text in one.value.split(","):
            moment = event.zones.moment(text, one)
            if moment is None:
                raise RecurrenceFault("shape", name, f"{name} holds {text[:60]!r}; expected a date or a time.")
            found.append(moment)
    return found


def _by_rules(event: Event, start: Moment, name: str, window: Window) -> Iterator[Moment]:
    for one in event.component.all(name):
        try:
            walls = walls_of(one.value, start, event.zones, window)
        except RecurrenceFault:
            raise
        except Exception as error:  # whatever a stranger's rule makes of the library
            message = f"{name} is {one.value[:120]!r}, which is no rule ({type(error).__name__}: {str(error)[:100]})."
            raise RecurrenceFault("shape", name, message) from error
        yield from map(start.at, walls)
