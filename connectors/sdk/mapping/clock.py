"""Instants and days as an office writes them: 05/03/2024 14h30."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache

MONTHS = (
    ("january", "janvier", "jan", "janv"),
    ("february", "février", "fevrier", "feb", "fév", "févr", "fevr"),
    ("march", "mars", "mar"),
    ("april", "avril", "apr", "avr"),
    ("may", "mai"),
    ("june", "juin", "jun"),
    ("july", "juillet", "jul", "juil"),
    ("august", "août", "aout", "aug"),
    ("september", "septembre", "sep", "sept"),
    ("october", "octobre", "oct"),
    ("november", "novembre", "nov"),
    ("december", "décembre", "decembre", "dec", "déc"),
)
_MONTH_NUMBER = {name: number for number, names in enumerate(MONTHS, start=1) for name in names}
DIRECTIVES = {
    "%d": r"(?P<day>[0-9]{1,2})",
    "%m": r"(?P<month>[0-9]{1,2})",
    "%Y": r"(?P<year>[0-9]{4})",
    "%y": r"(?P<short_year>[0-9]{2})",
    "%B": r"(?P<month_name>[^\W\d_]{3,9})\.?",
    "%H": r"(?P<hour>[0-9]{1,2})",
    "%I": r"(?P<half_hour>[0-9]{1,2})",
    "%p": r"(?P<half>[AaPp])\.?[Mm]\.?",
    "%M": r"(?P<minute>[0-9]{2})",
    "%S": r"(?P<second>[0-9]{2})(?:[.,][0-9]{1,9})?",
}
_PART = re.compile(r"%.|\s+|[^%\s]+", re.DOTALL)
_GENERIC = {"month_name": "month", "short_year": "year"}
_BLANKS = r"[\s\u00a0\u202f]"
_CENTURY_TURN = 69


class UnknownDirective(ValueError):
    """A format names a part that is not read here."""


@lru_cache(maxsize=256)
def pattern_of(written: str) -> re.Pattern[str]:
    """The expression of one format; blanks may be of any kind and number, letters of any case.

    Raises:
        UnknownDirective: a part that is not among ``DIRECTIVES``, one named twice, or no day, month or year.
    """
    parts = _PART.findall(written)
    for part in parts:
        if part.startswith("%") and part not in DIRECTIVES:
            raise UnknownDirective(f"{part} in {written!r}; expected {' '.join(DIRECTIVES)}")
    try:
        found = re.compile("".join(_expression(parts)), re.IGNORECASE)
    except re.error as error:
        raise UnknownDirective(f"{written!r}: {error}") from None
    named = {_GENERIC.get(name, name) for name in found.groupindex}
    if not {"day", "month", "year"} <= named:
        raise UnknownDirective(f"{written!r} names no whole day; expected %d, %m (or %B) and %Y (or %y)")
    return found


def _expression(parts: list[str]) -> Iterator[str]:
    """Parts that touch have all their digits, or 1112024 would be a day; any others may stand apart by a blank."""
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        touches = part.startswith("%") and (before.startswith("%") or after.startswith("%"))
        if before and not (part.startswith("%") and before.startswith("%")):
            yield _BLANKS + "*"
        if part.isspace():
            yield _BLANKS + "+"
        elif part.startswith("%"):
            yield DIRECTIVES[part].replace("{1,2}", "{2}") if touches else DIRECTIVES[part]
        else:
            yield re.escape(part)


def wall_clock(formats: tuple[str, ...]) -> Callable[[str], str]:
    """Read a text in the first format that fits it; gives ISO 8601 without offset, or the text itself."""
    patterns = tuple(pattern_of(written) for written in formats)

    def read(written: str) -> str:
        for pattern in patterns:
            found = pattern.fullmatch(written)
            if found is not None:
                moment = _moment(found.groupdict())
                if moment is not None:
                    return moment
        return written

    return read


def _moment(parts: dict[str, str | None]) -> str | None:
    month = parts.get("month") or str(_MONTH_NUMBER.get((parts.get("month_name") or "").lower(), ""))
    year = parts.get("year")
    if year is None:
        short = int(parts["short_year"] or 0)
        year = str(short + (1900 if short >= _CENTURY_TURN else 2000))
    hour = _hour(parts)
    try:
        moment = datetime(int(year), int(month), int(parts["day"] or ""), hour, int(parts.get("minute") or 0),
                          int(parts.get("second") or 0))  # fmt: skip
    except ValueError:
        return None
    return moment.isoformat() if "hour" in parts or "half_hour" in parts else moment.date().isoformat()


def _hour(parts: dict[str, str | None]) -> int:
    if "half_hour" not in parts:
        return int(parts.get("hour") or 0)
    half = int(parts["half_hour"] or 0)
    if not 1 <= half <= 12:
        return -1
    return half % 12 + (12 if (parts.get("half") or "a").lower() == "p" else 0)
