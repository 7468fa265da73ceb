"""School holidays of France by zone: one day of one zone per row, from either of two tables.

* Day table (as the open packages publish it): commas, ``date``, a column ``vacances_zone_<x>`` with True or False per
  zone, ``nom_vacances``. A line is cut into one element per zone.
* Official table of the ministry: semicolons, one line per academy and holiday with its first day and the day lessons
  start again, which is no holiday. Titles in French or the short names of the interface. Its days are instants of
  midnight in the academy's own clock (``2024-10-18T22:00:00+00:00`` is 19 October in Paris). A line is cut into its
  days; one that tells a beginning alone is one day. ``Population`` is ``-`` for all, or tells pupils from teachers.

Marseille (academy of Aix-Marseille) is in zone B since 2016.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, identifier, text
from connectors.sdk.element import Decoded, Element, Payload, Row, canonical, number, refused
from connectors.sdk.formats import JsonLinesFormat
from schemas.contract import Label

_DAYS = CsvFormat(columns=("date", "vacances_zone_a", "vacances_zone_b", "vacances_zone_c", "nom_vacances"))
_TITLES = ("Description", "Population", "Date de début", "Date de fin", "Académies", "Zones")
_SHORT = ("description", "population", "start_date", "end_date", "location", "zones")
_AUDIENCES = {"": "all", "-": "all", "Élèves": "pupils", "Enseignants": "teachers"}
_CLOCKS = {
    **{"guadeloupe": "America/Guadeloupe", "martinique": "America/Martinique", "guyane": "America/Cayenne"},
    **{"réunion": "Indian/Reunion", "mayotte": "Indian/Mayotte", "nouvelle calédonie": "Pacific/Noumea"},
    **{"polynésie": "Pacific/Tahiti", "wallis et futuna": "Pacific/Wallis"},
    "saint pierre et miquelon": "America/Miquelon",
}
_MOST_DAYS = 200


class SchoolHolidays(FileConnector):
    """One day of one zone or academy; key ``fr_school:<territory>-<day>``, with the holiday in the official table."""

    contract = "reference.calendar_day"
    family = "calendar"
    label = Label(fr="Vacances scolaires", en="School holidays")
    attribution = Attribution(
        publisher="Ministère de l'Éducation nationale",
        licence="Licence Ouverte 2.0",
        url="https://data.education.gouv.fr",
    )
    format = JsonLinesFormat()

    def split(self, payload: Payload) -> Iterator[Element]:
        """One element per day and territory, whichever table it is."""
        return number(self._decode(payload.content))

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Say whether the day is a holiday there."""
        day = element.value
        zone = re.sub(r"(?i)^zone\s+", "", day["zone"]).strip()
        academy, holiday = text(day.get("academy")), text(day["holiday"])
        told = (day.get("population", ""), holiday or "-") if academy else ()
        return {
            "calendar_day_id": identifier("fr_school", academy or f"zone-{zone}", day["date"], *filter(None, told)),
            "territory_id": identifier("fr_academy", academy) if academy else identifier("fr_school_zone", zone),
            "school_zone": text(zone),
            "calendar_date": text(day["date"]),
            "audience_code": _AUDIENCES.get(day.get("population", "").strip(), "unknown"),
            "is_school_holiday": {"true": True, "false": False}.get(day["is_holiday"].lower(), text(day["is_holiday"])),
            "holiday_label": holiday,
        }

    def _decode(self, content: bytes) -> Iterator[Decoded]:
        first_line = content[:2_000].removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace")
        names = next((names for names in (_TITLES, _SHORT) if names[2] in first_line), None)
        cut = CsvFormat(delimiter=";", columns=names) if names else _DAYS
        for line in cut.decode(content):
            if line.violations:
                yield line
            elif names is None:
                yield from map(_whole, _zones(line.value))
            else:
                yield from self._period(dict(zip(_SHORT, (line.value[name] for name in names), strict=True)), line)

    def _period(self, line: Mapping[str, str], read: Decoded) -> Iterator[Decoded]:
        """The days of one line, the day lessons start again left out."""
        zone = ZoneInfo(_CLOCKS.get(line["zones"].strip().lower(), self.source.time_zone))
        first, until = _local_day(line["start_date"], zone), _local_day(line["end_date"], zone)
        days = [first]
        if isinstance(first, date) and isinstance(until, date):
            if (until - first).days > _MOST_DAYS:
                message = f"The holiday lasts from {first} to {until}; expected at most {_MOST_DAYS} days."
                yield refused("too_large", read.raw, message, column="end_date", value=line["end_date"])
                return
            days = [first + timedelta(days=ahead) for ahead in range(max((until - first).days, 1))]
        elif not isinstance(until, date) and until:
            days = [until]  # no day: the contract says so
        for day in days:
            yield _whole(
                {
                    "date": str(day or ""),
                    "zone": line["zones"],
                    "academy": line["location"],
                    "population": line["population"],
                    "is_holiday": "true",
                    "holiday": line["description"],
                }
            )


def _zones(line: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for name, value in line.items():
        if name.startswith("vacances_zone_"):
            zone = name.removeprefix("vacances_zone_").upper()
            holiday = line["nom_vacances"] if value.strip().lower() == "true" else ""
            yield {"date": line["date"], "zone": zone, "is_holiday": value, "holiday": holiday}


def _whole(day: dict[str, str]) -> Decoded:
    return Decoded(day, canonical(day))


def _local_day(written: str, zone: ZoneInfo) -> date | str:
    """The day an instant begins in that clock; a plain day is itself, other text passes."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", written.strip()):
            return date.fromisoformat(written.strip())
        moment = datetime.fromisoformat(written.strip())
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        return written.strip()
