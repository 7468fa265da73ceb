"""Recurrence rules of iCalendar (RFC 5545, section 3.3.10), walked through with a bound.

Rules by the week, month and year are those of `dateutil`. It walks a rule that never fires to the year 9999, which is a
matter of seconds by the week and of hours by the minute, so finer ones are walked here, MAX_STEPS at most.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice, product

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from connectors.sdk.formats.ical_time import Moment, Zones

MAX_STEPS = 100_000
_FURTHEST = timedelta(days=54_787)
_PART = re.compile(r"[A-Z-]+=[A-Z0-9,+-]+")
_STEPS = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
}
_FINER = {"SECONDLY": 0, "MINUTELY": 1, "HOURLY": 2, "DAILY": 3}
"""How many of second, minute and hour a rule of that frequency expands; it limits the others."""
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_CLOCK = (("BYSECOND", 0, 59), ("BYMINUTE", 0, 59), ("BYHOUR", 0, 23))
_DAYS = (("BYMONTH", 1, 12), ("BYMONTHDAY", 1, 31), ("BYYEARDAY", 1, 366))


class RecurrenceFault(Exception):
    """Why the dates of an event cannot be told."""

    def __init__(self, rule: str, column: str, message: str) -> None:
        """Keep the rule of the violation, the property and the sentence."""
        super().__init__(message)
        self.rule = rule
        self.column = column


@dataclass(frozen=True, slots=True)
class Window:
    """Which dates of a rule are given: days, the last one included, and how many at most."""

    first: date | None
    last: date
    most: int


def walls_of(rule: str, start: Moment, zones: Zones, window: Window) -> list[datetime]:
    """Wall clocks of one rule in the zone of the event: 09:00 stays 09:00 when the clocks change.

    Raises:
        RecurrenceFault: the rule gives more dates than the window allows, or is too fine to be walked through.
        ValueError: it is no rule; also other errors of `dateutil`.
    """
    parts = _parts(rule)
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if int(parts.get("INTERVAL", "1")) < 1 or (count is not None and int(count) < 1):
        raise ValueError("INTERVAL and COUNT begin at 1")
    end = start.wall + min(_FURTHEST, datetime.max - start.wall)
    if until is not None:
        end = min(end, _last(until, start, zones))
    elif count is None:
        end = min(end, datetime.combine(window.last, time.max))
    first = datetime.combine(window.first, time.min) if window.first else datetime.min
    walk = _fine(parts, start.wall, end) if parts["FREQ"] in _STEPS else _coarse(parts, start.wall, end)
    walls = islice(walk, int(count) if count is not None else None)
    try:
        kept = list(islice((wall for wall in walls if wall >= first), window.most + 1))
    except _TooFine:
        kept = []
        is_too_fine = True
    else:
        is_too_fine = False
    if is_too_fine or len(kept) > window.most:
        raise RecurrenceFault(
            "too_large",
            "RRULE",
            f"The rule {rule[:120]!r} gives more than {window.most} dates, or none in {MAX_STEPS} steps; give it "
            "an end, or move `expand_from` and `expand_until` of the source closer together.",
        )
    return [wall.replace(hour=0, minute=0, second=0) for wall in kept] if start.is_day else kept


class _TooFine(Exception):
    """The walk was given up."""


def _coarse(parts: dict[str, str], start: datetime, end: datetime) -> Iterator[datetime]:
    """Rules by the week, month and year."""
    if parts["FREQ"] == "WEEKLY" and parts.keys() & {"BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}:
        raise ValueError("a rule by the week names no days of month or year")
    written = ";".join(f"{key}={value}" for key, value in parts.items())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield from rrulestr(f"RRULE:{written};UNTIL={end:%Y%m%dT%H%M%S}", dtstart=start)


def _fine(parts: dict[str, str], start: datetime, end: datetime) -> Iterator[datetime]:
    """Rules by the day and finer: step by step, each step a set of times."""
    unknown = parts.keys() - {"FREQ", "INTERVAL", "WKST", "BYDAY", "BYSETPOS", *(name for name, *_ in _CLOCK + _DAYS)}
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} does not go with {parts['FREQ']}")
    finer = _FINER[parts["FREQ"]]
    clock = [_numbers(parts, *limits) for limits in _CLOCK]
    days = [_numbers(parts, *limits) for limits in _DAYS]
    weekdays = frozenset(_weekday(word) for word in parts["BYDAY"].split(",")) if "BYDAY" in parts else None
    positions = [int(text) for text in parts.get("BYSETPOS", "").split(",") if text]
    step = _STEPS[parts["FREQ"]] * int(parts.get("INTERVAL", "1"))
    base = start
    for _ in range(MAX_STEPS):
        if _fits(base, clock[finer:], finer, days, weekdays):
            times = list(_times(base, clock, finer))
            chosen = sorted({times[at - (at > 0)] for at in positions if -len(times) <= at - (at > 0) < len(times)})
            for moment in chosen if positions else times:
                if moment > end:
                    return
                if moment >= start:
                    yield moment
        if base > end or datetime.max - base < step:
            return
        base += step
    raise _TooFine


def _times(base: datetime, clock: list[list[int]], finer: int) -> Iterator[datetime]:
    """The times of one step: what is finer than the frequency is expanded, in order."""
    own = (base.second, base.minute, base.hour)
    seconds, minutes, hours = (clock[at] if clock[at] and at < finer else [own[at]] for at in range(3))
    for hour, minute, second in product(sorted(hours), sorted(minutes), sorted(seconds)):
        yield base.replace(hour=hour, minute=minute, second=second)


def _fits(
    base: datetime, limits: list[list[int]], finer: int, days: list[list[int]], weekdays: frozenset[int] | None
) -> bool:
    """Whether a step is one of those that the rule allows; negative days count from the end."""
    own = (base.second, base.minute, base.hour)[finer:]
    if any(allowed and value not in allowed for value, allowed in zip(own, limits, strict=True)):
        return False
    months, of_month, of_year = days
    if (months and base.month not in months) or (weekdays is not None and base.weekday() not in weekdays):
        return False
    if of_month:
        after = base.replace(day=28) + timedelta(days=4) if base.year < 9999 or base.month < 12 else None
        length = (after - timedelta(days=after.day)).day if after else 31
        if base.day not in of_month and base.day - length - 1 not in of_month:
            return False
    if of_year:
        day = base.timetuple().tm_yday
        length = 366 if base.year % 4 == 0 and (base.year % 100 != 0 or base.year % 400 == 0) else 365
        return day in of_year or day - length - 1 in of_year
    return True


def _numbers(parts: dict[str, str], name: str, least: int, most: int) -> list[int]:
    found = [int(text) for text in parts[name].split(",")] if name in parts else []
    if any(not (least <= abs(number) <= most) or (number < 0 and name not in ("BYMONTHDAY", "BYYEARDAY"))
           for number in found):  # fmt: skip
        raise ValueError(f"{name} lies outside {least} to {most}")
    return list(dict.fromkeys(found))


def _weekday(word: str) -> int:
    return _WEEKDAYS.index(word.lstrip("+-0123456789"))


def _parts(rule: str) -> dict[str, str]:
    """``FREQ=WEEKLY;BYDAY=MO, TU`` by its parts; blanks, which Exchange writes, mean nothing."""
    written = [part for part in re.sub(r"\s", "", rule).upper().split(";") if part]
    if not written or not all(map(_PART.fullmatch, written)):
        raise ValueError("expected NAME=value;NAME=value")
    parts = dict(part.split("=", 1) for part in written)
    if len(parts) < len(written) or "FREQ" not in parts:
        raise ValueError("FREQ is missing or a part is given twice")
    return parts


def _last(until: str, start: Moment, zones: Zones) -> datetime:
    """The last wall clock that UNTIL allows; a day allows all of that day."""
    moment = zones.moment(until, None)
    if moment is None:
        raise ValueError(f"UNTIL is {until[:40]}")
    if start.is_day or moment.is_day:
        return datetime.combine(moment.wall.date(), time.max)
    return moment.seen_from(start.zone)
