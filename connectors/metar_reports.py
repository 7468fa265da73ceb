"""Aerodrome weather reports: METAR, and SPECI between them.

Text, one report per line, in the dialects of ``connectors.sdk.formats.MetarFormat``. Format facts:

* A report tells day of the month, hour and minute in UTC, and neither month nor year. They are taken from the date that
  is written with it (a date line, twelve digits), else from a date in the address (``?date=20240501_1200``), else from
  the setting ``reference_date``: the moment closest to it, so within about a fortnight. Without any the report is
  refused: the day it was collected says nothing of a report that is read again later.
* Corrections (``COR``, ``CCA``) have the time of what they correct: ``correction_count`` tells which one is kept.
* Wind in knots, metres per second or km/h; visibility in metres (9999 and CAVOK: 10 km or more), kilometres (``30KM``)
  or statute miles with fractions (``1 1/2SM``, ``M1/4SM``: less than); pressure in hectopascals (Q) or hundredths of an
  inch of mercury (A).
* ``M`` is minus. American remarks tell tenths of a degree (``T02210221``), sea-level pressure (``SLP127``) and the rain
  of the past hour in hundredths of an inch (``P0012``; ``P0000`` is a trace).
* Groups are found wherever they stand. A group that is not one (``20/M17A3002``) leaves its value missing; a value
  that cannot be (``A1013``, ``1/0SM``) passes on and is refused.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from connectors.sdk.connector import Attribution, PollingConnector
from connectors.sdk.decode import identifier, text
from connectors.sdk.element import Element, Payload, Row
from connectors.sdk.formats import MetarFormat
from schemas.contract import Label

KNOT_MS = 0.514444
MILE_M = 1609.344
INCH_HG_PA = 3386.389
INCH_MM = 25.4
SPEEDS = {"KT": KNOT_MS, "MPS": 1.0, "KMH": 1 / 3.6}
COVERS = {"SKC": 0.0, "CLR": 0.0, "FEW": 0.1875, "SCT": 0.4375, "BKN": 0.75, "OVC": 1.0, "VV": 1.0}
"""Middle of the eighths each word stands for; NSC and NCD say nothing of thin or high cloud."""

_HEAD = re.compile(
    r"(?:(?P<kind>METAR|SPECI)\s)?(?:(?P<cor>COR)\s)?(?P<station>[A-Z][A-Z0-9]{3})\s(?P<time>\d{6})Z?(?=\s|=|$)",
    re.ASCII,
)
_TREND = re.compile(r"\s(?:BECMG|TEMPO|NOSIG|INTER|PROB\d\d|RMK)(?=\s|=|$)", re.ASCII)
_WIND = re.compile(
    r"(?<!\S)(?P<dir>\d{3}|VRB|///)P?(?P<speed>\d{2,3}|//)(?:GP?(?P<gust>\d{2,3}))?(?P<unit>KT|MPS|KMH)(?!\S)", re.ASCII
)
_MILES = re.compile(r"(?<!\S)[MP]?(?:(\d{1,2})\s)?(\d{1,2})(?:/(\d{1,2}))?SM(?!\S)", re.ASCII)
_KILOMETRES = re.compile(r"(?<!\S)(\d{1,2})KM(?!\S)", re.ASCII)
_METRES = re.compile(r"(?<!\S)(\d{4})(?:NDV)?(?!\S)", re.ASCII)
_WEATHER = re.compile(
    r"(?<!\S)(?:\+|-|VC|-VC)?(?:MI|PR|BC|DR|BL|SH|TS|FZ){0,2}"
    r"(?:DZ|RA|SN|SG|IC|PL|GR|GS|UP|BR|FG|FU|VA|DU|SA|HZ|PY|PO|SQ|FC|SS|DS){0,4}(?!\S)",
    re.ASCII,
)
_CLOUD = re.compile(r"(?<!\S)(SKC|CLR|FEW|SCT|BKN|OVC|VV)(?:\d{3}|/{2,3})?(?:CB|TCU|///)?(?!\S)", re.ASCII)
_TEMPERATURES = re.compile(r"(?<!\S)(M?\d\d|//)/(M?\d\d|//)?(?!\S)", re.ASCII)
_PRESSURE = re.compile(r"(?<!\S)([QA])(\d{4})(?!\S)", re.ASCII)
_TENTHS = re.compile(r"(?<!\S)T([01]\d{3})([01]\d{3})?(?!\S)", re.ASCII)
_SEA_LEVEL = re.compile(r"(?<!\S)SLP(\d{3})(?!\S)", re.ASCII)
_HOUR_RAIN = re.compile(r"(?<!\S)P(\d{4})(?!\S)", re.ASCII)
_CORRECTION = re.compile(r"(?<!\S)(?:COR|CC([A-Z]))(?!\S)", re.ASCII)
_DATE = re.compile(r"(20\d\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])(?:[ _T]?(\d\d):?(\d\d))?", re.ASCII)


class MetarReports(PollingConnector):
    """One report of one aerodrome; key ``metar:<station>:<instant>``, the last correction is kept."""

    contract = "silver.weather_observation"
    family = "weather"
    label = Label(fr="Messages d'aérodrome (METAR)", en="Aerodrome reports (METAR)")
    attribution = Attribution(
        publisher="The weather service of the aerodrome, carried by the service the city profile names",
        licence="The licence of the service, named by the city profile",
        url="https://aviationweather.gov",
    )
    every = timedelta(minutes=10)
    format = MetarFormat()

    def to_row(self, element: Element, payload: Payload) -> Row:
        """Read the groups wherever they stand, in the units of the platform."""
        report, dated = str(element.value["report"]), str(element.value["dated"])
        head = _HEAD.match(report)
        if head is None:
            return dict.fromkeys(("observation_id", "station_id", "observed_at"))
        rest = report[head.end() :].rstrip("= ")
        trend = _TREND.search(rest)
        body, remarks = rest[: trend.start()] if trend else rest, rest.partition(" RMK ")[2]
        asked = self.source.settings.get("reference_date", "")
        observed = _moment(head["time"], dated or _dated_address(payload.url) or str(asked))
        station = identifier("metar", head["station"])
        return {
            "observation_id": f"{station}:{observed}",
            "station_id": station,
            "observed_at": observed,
            "correction_count": _corrections(head, body),
            **_temperatures(body, remarks),
            **_wind(body),
            "visibility_m": _visibility(body),
            **_pressures(body, remarks),
            **_rain(remarks),
            "source_weather": text(" ".join(filter(None, _WEATHER.findall(body)))),
            "cloud_cover_ratio": max((COVERS[cover] for cover in _CLOUD.findall(body)), default=None),
        }


@lru_cache(maxsize=4096)
def _moment(day_time: str, reference: str) -> str:
    """The instant closest to the reference; the day and time as written when there is none or they do not exist."""
    found = _DATE.search(reference)
    if found is None:
        return f"{day_time}Z"
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    near = datetime(year, month, min(day, 28), tzinfo=UTC) + timedelta(
        days=max(0, day - 28), hours=min(23, int(found[4] or 12)), minutes=min(59, int(found[5] or 0))
    )
    moments = []
    for months in (-1, 0, 1):
        years, at = divmod(year * 12 + month - 1 + months, 12)
        try:
            hour, minute = int(day_time[2:4]), int(day_time[4:6])
            moments.append(datetime(years, at + 1, int(day_time[:2]), hour, minute, tzinfo=UTC))
        except ValueError:
            continue
    closest = min(moments, key=lambda moment: abs(moment - near), default=None)
    return f"{day_time}Z" if closest is None else closest.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _dated_address(url: str) -> str:
    found = _DATE.search(url)
    return found[0] if found else ""


def _corrections(head: re.Match[str], body: str) -> int:
    found = _CORRECTION.search(body)
    if found is None:
        return int(head["cor"] is not None)
    return 1 if found[1] is None else ord(found[1]) - ord("A") + 1


def _temperatures(body: str, remarks: str) -> Row:
    tenths, whole = _TENTHS.search(remarks), _TEMPERATURES.search(body)
    read = [None, None]
    if whole:
        read = [_signed(whole[1], "M", 1), _signed(whole[2], "M", 1)]
    if tenths:
        read = [_signed(tenths[1], "1", 10), _signed(tenths[2], "1", 10)]
    return {"temperature_c": read[0], "dew_point_c": read[1]}


def _signed(written: str | None, minus: str, parts: int) -> Any:
    if not written or "/" in written:
        return None
    degrees = int(written.removeprefix("M")[-3:]) / parts
    return -degrees if written[0] == minus and degrees else degrees


def _wind(body: str) -> Row:
    found = _WIND.search(body)
    if found is None or found["speed"] == "//":
        return {}
    factor = SPEEDS[found["unit"]]
    speed = int(found["speed"])
    told = found["dir"].isdigit() and speed > 0
    return {
        "wind_speed_ms": round(speed * factor, 2),
        "wind_gust_ms": round(int(found["gust"]) * factor, 2) if found["gust"] else None,
        "wind_direction_deg": int(found["dir"]) if told else None,
    }


def _visibility(body: str) -> Any:
    if re.search(r"(?<!\S)CAVOK(?!\S)", body):
        return 10_000
    miles = _MILES.search(body)
    if miles:
        whole, above, below = int(miles[1] or 0), int(miles[2]), int(miles[3] or 1)
        return round((whole + above / below) * MILE_M) if below else miles[0]
    kilometres = _KILOMETRES.search(body)
    if kilometres:
        return int(kilometres[1]) * 1000
    metres = _METRES.search(body)
    return None if metres is None else 10_000 if metres[1] == "9999" else int(metres[1])


def _pressures(body: str, remarks: str) -> Row:
    setting, sea = _PRESSURE.search(body), _SEA_LEVEL.search(remarks)
    row: dict[str, object] = {}
    if setting:
        amount = int(setting[2])
        row["altimeter_setting_pa"] = amount * 100 if setting[1] == "Q" else round(amount / 100 * INCH_HG_PA)
    if sea:
        row["sea_level_pressure_pa"] = (100_000 if int(sea[1]) < 500 else 90_000) + int(sea[1]) * 10
    return row


def _rain(remarks: str) -> Row:
    found = _HOUR_RAIN.search(remarks)
    if found is None:
        return {}
    hundredths = int(found[1])
    return {
        "precipitation_1h_mm": round(hundredths / 100 * INCH_MM, 2),
        "has_trace_precipitation": hundredths == 0,
    }
