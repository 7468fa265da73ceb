"""Days and periods as people write them, turned into instants; total, never raising, like ``connectors.sdk.decode``."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from connectors.sdk.decode import local_instant, text, zoned_instant

_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*|Z|[+-]\d\d:\d\d)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d\d)[/.-](\d\d)[/.-](\d{4})(?P<clock>[ T]\d\d:\d\d.*)?", re.ASCII)
MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
_SHORT = {
    "janv": 1, "jan": 1, "fevr": 2, "fev": 2, "mar": 3, "avr": 4, "juil": 7, "sept": 9, "sep": 9, "oct": 10,
    "nov": 11, "dec": 12,
}  # fmt: skip
_MONTH = {**_SHORT, **{name: number for number, name in enumerate(MONTHS, 1)}}
_MONTH_NAMES = "|".join(sorted(_MONTH, key=len, reverse=True))
_ACCENTS = str.maketrans("àâäéèêëîïôöùûüç\u00a0\u202f\u2019", "aaaeeeeiioouuuc  '")
_WRITTEN = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<year>\d{4})-(?P<m0>\d{1,2})-(?P<d0>\d{1,2})"
    r"|(?P<d1>\d{1,2})(?:\s?er)?\s*[/.-]\s*(?P<m1>\d{1,2})(?:\s*[/.-]\s*(?P<y1>\d{4}|\d\d))?"
    rf"|(?P<d2>\d{{1,2}})(?:\s?er)?\s+(?P<m2>{_MONTH_NAMES})\b\.?(?:\s+(?P<y2>\d{{4}}))?"
    r"|(?P<d3>\d{1,2})(?:\s?er)?(?=(?:\s*,|\s+(?:au|a|et))\s+(?:\w+\s+)?\d{1,2}(?:er)?\b)"
    r")(?![\d/])",
    re.ASCII,
)
_HOURS = re.compile(
    r"\b\d{1,2}\s*(?:h|heures?)\s*(?:\d\d)?(?!\w)|\b\d{1,2}:\d\d(?::\d\d)?|\b24\s*/\s*24|\b7\s*(?:j|jours)?\s*/\s*7"
)
_UNTIL = re.compile(r"\bjusqu[' ]?\s*(?:au|a)\b|^\s*(?:au|avant le)\b|\bfin\b[^\d]{0,30}\b(?:le|au)\b")
_FROM = re.compile(r"\b(?:a partir|a compter|des le|depuis|debut)\b")
_OPEN = re.compile(
    r"(?:\bjusqu'?\s*a\b\s*)?\b(?:nouvel (?:ordre|avis)|(?:une )?(?:date|duree) (?:indeterminee|inconnue))\b"
)
_A_MONTH = rf"(?P<{{0}}>{'|'.join(MONTHS)})\b(?P<{{0}}y>\s+\d{{{{4}}}})?"
_MONTHS = re.compile(
    rf"(?:en|de|d'|des|courant|(?:(?:tout )?le |du |au )?mois (?:de|d'))?\s*{_A_MONTH.format('first')}"
    rf"(?:\s*(?:a|au|et|-)\s*{_A_MONTH.format('last')})?"
)
_SINCE_MONTH = re.compile(rf"\b(a partir|a compter|depuis)(?: de| d'| du mois de)?\s*{_A_MONTH.format('first')}")
_MONTH_END = re.compile(
    rf"\b(?P<until>jusqu'en|jusqu'a|a)\s+(?P<end>(?:la )?fin (?:du mois )?(?:de |d')?)?{_A_MONTH.format('last')}"
)
_Parts = tuple[int | None, int | None, int]


def day_start(value: object, zone: str | tzinfo) -> str | None:
    """First instant of the local day a text names, whatever stands behind the day; other text passes unchanged."""
    written = text(value)
    found = _DAY.fullmatch(written) if written else None
    return local_instant(found[1], zone) if found else written


def day_end(value: object, zone: str | tzinfo) -> str | None:
    """First instant of the local day after the one a text names: the end, excluded, of a period that includes it."""
    written = text(value)
    found = _DAY.fullmatch(written) if written else None
    if found is None:
        return written
    try:
        following = date.fromisoformat(found[1]) + timedelta(days=1)
    except (ValueError, OverflowError):
        return written
    return local_instant(following.isoformat(), zone)


def local_day(value: object, zone: ZoneInfo) -> object:
    """The local day of a text.

    A midnight is the day as written, whatever offset stands behind it: publishers who know days only write them so.
    Another time with an offset is an instant, and its day that of the wall clock.
    """
    written = text(value)
    found = _DAY.fullmatch(written) if written else None
    if written is None or found is None:
        return value
    instant = zoned_instant(written)
    if written[11:16] in ("", "00:00") or instant is None or not instant.endswith("Z"):
        return found[1]
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()


def day_first(value: object) -> object:
    """``18-08-2026 09:00:56 +0200`` or ``18/08/2026`` year first, as the decoders read it; else unchanged."""
    found = _DAY_FIRST.fullmatch(value.strip()) if isinstance(value, str) else None
    return value if found is None else f"{found[3]}-{found[2]}-{found[1]}{found[4] or ''}"


def french_period(value: object, near: date | None = None) -> tuple[str | None, str | None]:
    """First and last day, as ISO texts, of a period written in French; a side it does not name is ``None``.

    ``du 18/08/2026 au 20/08/2026``, ``le 3 mars 2026``, ``du 1er mars au 4 avril 2026``, ``du 2 au 5 mars``,
    ``à partir du …``, ``jusqu'au …``, whole months (``de mars à mai 2026``, ``jusqu'à fin mars``), with or without
    hours (``de 8h à 17h``), which are left out; ``jusqu'à nouvel ordre`` leaves the end open. A year that is not
    written is that of the other day, else the one that brings the day closest to ``near``; without either the day is
    not known. A text without any readable day passes unchanged as the first day, for the contract to refuse.
    """
    written = text(value)
    if written is None:
        return None, None
    said = " ".join(_HOURS.sub(" ", written.lower().translate(_ACCENTS)).split())
    plain = _in_days(_OPEN.sub(" ", said))
    days = _days([_parts(found) for found in _WRITTEN.finditer(plain)], near)
    if _OPEN.search(said):
        return days[0] if days else None, None
    if not days:
        return written, None
    if len(days) > 1:
        return days[0], days[1] if days[1] < days[0] else max(days)
    if _UNTIL.search(plain):
        return None, days[0]
    return days[0], None if _FROM.search(plain) else days[0]


def _in_days(plain: str) -> str:
    """A text that names whole months, or a range without blanks, in the form of days."""
    plain = re.sub(r"\bpremier\b", "1er", re.sub(r"(?<=\d)-(?=\d{1,2}[/.]\d)", " au ", plain))
    months = _MONTHS.fullmatch(plain.strip(" ."))
    if months:
        last = "last" if months["last"] else "first"
        return f"du 1er {months['first']}{months['firsty'] or ''} au {_last_day(months, last)}"
    plain = _SINCE_MONTH.sub(lambda found: f"{found[1]} du 1er {found['first']}{found['firsty'] or ''}", plain)
    return _MONTH_END.sub(_until, plain)


def _until(found: re.Match[str]) -> str:
    if found["until"] == "a" and not found["end"]:
        return found[0]
    return f"{'au' if found['until'] == 'a' else 'jusqu au'} {_last_day(found, 'last')}"


def _last_day(found: re.Match[str], group: str) -> str:
    month, year = _MONTH[found[group]], found[f"{group}y"] or ""
    return f"{monthrange(int(year or 2001), month)[1]} {found[group]}{year}"


def _parts(found: re.Match[str]) -> _Parts:
    """Year, month and day as written; a missing one is ``None``."""
    year = found["year"] or found["y1"] or found["y2"]
    month = found["m0"] or found["m1"] or found["m2"]
    day = found["d0"] or found["d1"] or found["d2"] or found["d3"]
    full_year = None if year is None else int(year) + (2000 if len(year) == 2 else 0)
    return full_year, None if month is None else _MONTH.get(month) or int(month), int(day)


def _days(parts: list[_Parts], near: date | None) -> list[str]:
    """ISO texts of the days, missing months and years taken from the day after, then from the day before."""
    following: tuple[int | None, int | None] = (None, None)
    known: list[_Parts] = []
    for year, month, day in reversed(parts):
        whole_month = month or following[1]
        whole_year = year
        if year is None and following[0] is not None and whole_month is not None:
            later = following[1] or whole_month
            whole_year = following[0] - (whole_month > later)  # « du 20 décembre au 5 janvier 2027 »
        following = (whole_year, whole_month)
        known.insert(0, (whole_year, whole_month, day))
    dated: list[str] = []
    before: date | None = None
    for year, month, day in known:
        found = _dated(year, month, day, before, near)
        if found is None:
            return []
        dated.append(found.isoformat())
        before = found
    return dated


def _dated(year: int | None, month: int | None, day: int, before: date | None, near: date | None) -> date | None:
    if month is None:
        return None
    if year is not None:
        return _day(year, month, day)
    if before is not None:
        return next(filter(None, (d for y in (0, 1) if (d := _day(before.year + y, month, day)) and d >= before)), None)
    if near is None:
        return None
    nearby = [found for offset in (-1, 0, 1) if (found := _day(near.year + offset, month, day))]
    return min(nearby, key=lambda found: abs(found - near), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
