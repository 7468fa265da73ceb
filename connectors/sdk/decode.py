"""Decoders of single values, for use in ``to_row``: total, never raising.

Each returns ``None`` for an empty value and the original text for one it cannot convert: the contract then
refuses the row and shows what the source wrote. Formats that cut payloads into elements are in
``connectors.sdk.formats``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from connectors.sdk.formats import (
    ArchiveFormat,
    CsvDialects,
    CsvFormat,
    FiguresFormat,
    Format,
    GtfsRealtimeFormat,
    JsonFormat,
    JsonLinesFormat,
    JsonTreeFormat,
    NestedXmlFormat,
    PartsFormat,
    ProtobufFormat,
    WorkbookFormat,
    XmlFormat,
    decompress,
)

__all__ = [
    "ArchiveFormat",
    "CsvDialects",
    "CsvFormat",
    "FiguresFormat",
    "Format",
    "GtfsRealtimeFormat",
    "JsonFormat",
    "JsonLinesFormat",
    "JsonTreeFormat",
    "NestedXmlFormat",
    "PartsFormat",
    "ProtobufFormat",
    "WorkbookFormat",
    "XmlFormat",
    "absent",
    "coded",
    "compact_date",
    "decompress",
    "identifier",
    "kelvin_to_celsius",
    "local_instant",
    "local_month",
    "number",
    "percent_to_ratio",
    "posix_instant",
    "publication_state",
    "scaled",
    "stated_instant",
    "text",
    "zoned_instant",
]

_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d{1,18})?)?))?"
    r"\s?([Zz]|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII,
)
_BASIC = re.compile(r"(\d{4})(\d\d)(\d\d)[Tt](\d\d)(\d\d)(?:(\d\d)((?:[.,]\d{1,18})?))?(?=[Zz+-]|$)", re.ASCII)
_MIDNIGHT, _LEAP = re.compile(r"T24:00(?::00(?:[.,]0+)?)?(?![:\d])"), ":59:60"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])(?:-01)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)


def text(value: object) -> str | None:
    """The value as text without surrounding blanks; ``None`` when nothing is left."""
    if value is None:
        return None
    return str(value).strip() or None


def absent(value: object, *markers: object) -> object:
    """``None`` for one of the source's markers of "no value" (``mq``, ``0.0``), else the value itself."""
    return None if value is None or value in markers else value


def identifier(issuer: str, *parts: object) -> str | None:
    """``issuer:part-part``, the platform's form of an identifier; ``None`` when a part is missing."""
    texts = [text(part) for part in parts]
    return None if not texts or None in texts else f"{issuer}:{'-'.join(filter(None, texts))}"


def local_instant(value: object, zone: str | tzinfo) -> str | None:
    """UTC text of a wall-clock time of ``zone``, whatever offset the source wrote beside it.

    For sources that write local time without offset, or with a wrong one (``+00:00`` behind Pacific time). On
    the two nights when clocks change the wall clock alone does not name one instant; PEP 495 with ``fold=0``
    decides: the hour that occurs twice is read as its first occurrence (still summer time), and a time in the
    hour that does not exist is read with the offset before the change, so it lands one hour later on the wall
    clock. A date alone is midnight. All forms of ISO 8601 with a whole day and minutes are read, see
    ``zoned_instant``.
    """
    written = text(value)
    if written is None:
        return None
    found = _instant(written)
    if found is None:
        return written
    return _utc_text(written, f"{found[1]}T{found[2] or '00:00'}", _zone(zone))


def local_month(value: object, zone: str | tzinfo) -> tuple[str | None, str | None]:
    """UTC texts of the first instants of a local month and of the next one (``2022-08``, or its first day).

    What is no month passes unchanged, for both.
    """
    written = text(value)
    found = _MONTH.fullmatch(written or "")
    if found is None:
        return written, written
    year, month = int(found[1]), int(found[2])
    following = f"{year + month // 12:04d}-{month % 12 + 1:02d}-01"
    return local_instant(f"{found[1]}-{found[2]}-01", zone), local_instant(following, zone)


def zoned_instant(value: object) -> str | None:
    """UTC text of an ISO 8601 time with offset; one without passes unchanged, for the contract to refuse.

    Extended or basic form, with or without seconds; of a fraction six digits count. ``24:00`` is the first instant of
    the next day and a leap second the last second of its minute; ``UTC`` and ``GMT`` are offsets too.
    """
    written = text(value)
    if written is None:
        return None
    found = _instant(written)
    if found is None or found[2] is None or found[3] is None:
        return written
    offset = "Z" if found[3][0] in "ZzUG" else found[3]
    return _utc_text(written, f"{found[1]}T{found[2]}{offset}", None)


def posix_instant(value: object) -> str | int | float | None:
    """UTC text of seconds since 1970; what no calendar holds (milliseconds, text) passes unchanged."""
    seconds = number(value)
    if isinstance(seconds, str) or seconds is None:
        return seconds
    try:
        return _format(datetime.fromtimestamp(seconds, UTC))
    except (OverflowError, ValueError, OSError):
        return seconds


def stated_instant(value: object) -> object:
    """UTC text of seconds since 1970, as a number or as text, or of an ISO 8601 time with offset."""
    written = text(value)
    return posix_instant(value) if written and _NUMBER.fullmatch(written) else zoned_instant(value)


def coded(value: object, codes: Collection[str]) -> str | None:
    """The source's word in small letters when it is one of ``codes``, else ``unknown``; nothing stays nothing."""
    written = text(value)
    if written is None:
        return None
    return written.lower() if written.lower() in codes else "unknown"


def compact_date(value: object) -> str | None:
    """``20141130`` as ``2014-11-30``; anything else passes unchanged."""
    written = text(value)
    return f"{written[:4]}-{written[4:6]}-{written[6:]}" if written and len(written) == 8 else written


def number(value: object, *, decimal: str = ".", thousands: str = "") -> int | float | str | None:
    """The number a text shows, an integer where it is one; other text (``nan``, ``1_000``) passes unchanged."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    written = text(value)
    if written is None:
        return None
    plain = written.replace(thousands, "") if thousands else written
    plain = plain.replace(decimal, ".") if decimal != "." else plain
    if _INTEGER.fullmatch(plain):
        return int(plain)
    if _NUMBER.fullmatch(plain):
        converted = float(plain)
        return converted if math.isfinite(converted) else written
    return written


def scaled(value: object, factor: float, *, offset: float = 0.0, digits: int = 6) -> float | str | None:
    """``value * factor + offset`` rounded to ``digits``; what is no number passes unchanged."""
    found = number(value)
    if found is None or isinstance(found, str):
        return found
    try:
        return round(found * factor + offset, digits)
    except OverflowError:
        return str(found)


def publication_state(count: object) -> str:
    """What a figure is worth where the producer suppresses nothing; an empty cell was not received."""
    return "not_received" if count is None else "published_zero" if count == 0 else "published"


def kelvin_to_celsius(value: object) -> float | str | None:
    """Degrees Celsius, to a hundredth, of a temperature in kelvin."""
    return scaled(value, 1.0, offset=-273.15, digits=2)


def percent_to_ratio(value: object) -> float | str | None:
    """Share between 0 and 1 of a percentage."""
    return scaled(value, 0.01)


def _zone(zone: str | tzinfo) -> tzinfo:
    return ZoneInfo(zone) if isinstance(zone, str) else zone


def _instant(written: str) -> re.Match[str] | None:
    found = _INSTANT.fullmatch(written)
    if found is None and _BASIC.match(written):
        found = _INSTANT.fullmatch(_BASIC.sub(_extended, written, count=1))
    return found


def _extended(basic: re.Match[str]) -> str:
    year, month, day, hour, minute, second = basic.groups(default="00")[:6]
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}{basic[7] or ''}"


def _moment(iso: str) -> datetime:
    """The moment of an extended form, also at the two clock times that the calendar of Python does not have."""
    if "T24" in iso:
        return datetime.fromisoformat(_MIDNIGHT.sub("T00:00:00", iso)) + timedelta(days=1)
    return datetime.fromisoformat(iso.replace(_LEAP, ":59:59") if _LEAP in iso else iso)


def _utc_text(written: str, iso: str, zone: tzinfo | None) -> str:
    try:
        moment = _moment(iso)
        return _format((moment if zone is None else moment.replace(tzinfo=zone)).astimezone(UTC))
    except (ValueError, OverflowError):
        return written


def _format(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
