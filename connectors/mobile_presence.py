"""Numbers of people present per zone and half-hour, as a mobile operator estimates them.

CSV with header, UTF-8: ``zone_code``, ``period_start``, ``period_end`` (with offset), ``present_count``. No open sample
is at hand; the form is written down in ``docs/engineer/sensor-messages.md``. What matters is what does not enter:

* **A cell under ``k_threshold``** (a setting, 20 unless said) is refused with rule ``range`` before it is kept:
  its count is in no row, no dead letter and no log. 0 is a small cell as well. The zone and the period stay, so that
  the refusal is counted and a later correction can be asked for.
* Other columns (age, origin, gender of the subscribers) are cut off before the line is kept.
* A line that cannot be read could hide a small count, so it is refused without its bytes; so is one whose period is no
  time: its columns could be shifted.
* A cell the operator withheld itself (``<20``, ``ND``, ``secret``) is a row of state ``suppressed``, an empty one of
  state ``missing``; neither has a count.
* Estimates may have decimals and are rounded to whole people.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import CsvFormat, identifier, number, text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row, refused
from connectors.sdk.element import number as numbered
from connectors.sdk.errors import BadSetting
from schemas.city import CityProfile, SourceSettings
from schemas.contract import Label

COLUMNS = ("zone_code", "period_start", "period_end", "present_count")
SMALL = "under k"
"""Stands in the kept line where a small count was."""
WITHHELD = b"withheld\n"
_DEFAULT_K = 20
_SUPPRESSED = re.compile(r"<\s*\d+|n\.?d\.?|ndiff|n/?s|secret|suppressed|\*+|s|x", re.I | re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d(?::?\d\d){0,2}(?:\.\d+)?)?\s?(?:Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
_PLAIN = re.compile(r"[^\",;\r\n]*")


@dataclass(frozen=True)
class PresenceFormat(CsvFormat):
    """Lines whose kept text is written anew: the bytes of the operator's file never travel."""

    def original(self, content: bytes) -> bytes:
        """Nothing: what cannot be cut into lines could hold small counts."""
        return WITHHELD


class MobilePresence(FileConnector):
    """One zone in one period; key ``mobile_presence:<zone>-<start>``."""

    contract = "silver.crowd_count"
    family = "sensors"
    label = Label(fr="Présences (opérateur mobile)", en="Presences (mobile operator)")
    attribution = Attribution(publisher="The mobile operator, named by the city profile", licence="Contract")
    format = PresenceFormat(columns=COLUMNS)

    def __init__(self, source: SourceSettings, city: CityProfile) -> None:
        """Keep the threshold under which a cell may not enter."""
        super().__init__(source, city)
        k = source.settings.get("k_threshold", _DEFAULT_K)
        if not isinstance(k, int) or isinstance(k, bool) or k < 2:
            raise BadSetting(f"`k_threshold` of source {source.connector} is {k!r}; expected a whole number from 2 up")
        self.k_threshold = k

    def split(self, payload: Payload) -> Iterator[Element]:
        """Lines without small cells, unknown columns and unreadable bytes."""
        return numbered(map(self._safe, self.format.decode(payload.content)))

    def text(self, element: Element) -> str:
        """The line as it may be kept."""
        return element.raw.decode()

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept line."""
        found = [self._safe(one) for one in self.format.decode(text.encode())]
        return found[0] if len(found) == 1 else _withheld("shape", "", "Not one line under its header.")

    def to_row(self, element: Element, payload: Payload) -> Row:
        """A cell that is large enough, or one without a count."""
        line = element.value
        zone, start, count = text(line["zone_code"]), zoned_instant(line["period_start"]), number(line["present_count"])
        is_count = isinstance(count, int | float)
        return {
            "count_id": identifier("mobile_presence", zone, start),
            "counter_id": identifier("mobile_presence", zone),
            "measured_from_at": start,
            "measured_until_at": zoned_instant(line["period_end"]),
            "counted_count": round(count) if isinstance(count, int | float) else None,
            "count_state_code": "measured" if is_count else "missing" if count is None else "suppressed",
            "counted_unit_code": "presence",
            "count_method_code": "mobile_operator",
            "source_zone": zone,
        }

    def _safe(self, found: Decoded) -> Decoded:
        if found.violations:
            first = found.violations[0]
            return _withheld(first.rule, first.column if first.column in COLUMNS else "", "The line cannot be read.")
        line = {name: str(found.value[name]) for name in COLUMNS}
        count = number(line["present_count"])
        for name in ("period_start", "period_end"):
            if line[name].strip() and not _TIME.fullmatch(line[name].strip()):
                return _withheld("type", name, f"{name} is no time: the columns may be shifted, so nothing is kept.")
        if count is None or (isinstance(count, str) and _SUPPRESSED.fullmatch(count)):
            line = {**line, "present_count": "suppressed"} if str(count).startswith("<") else line
            return Decoded(line, _kept(line))
        if isinstance(count, int | float) and count >= self.k_threshold:
            return Decoded(line, _kept(line))
        is_small = isinstance(count, int | float) or count == SMALL
        kept = _kept({**line, "present_count": SMALL if is_small else ""})
        if is_small:
            message = f"The cell counts fewer than {self.k_threshold}, so it may not enter; its count is not kept."
            return refused("range", kept, message, column="present_count")
        return _withheld("type", "present_count", "The count is no number; it is not kept, as it could be a small one.")


def _kept(line: Mapping[str, str]) -> bytes:
    """The line under its header, with the known columns alone."""
    fields = (value if _PLAIN.fullmatch(value) else '"' + value.replace('"', '""') + '"' for value in line.values())
    return (",".join(COLUMNS) + "\n" + ",".join(fields) + "\n").encode("utf-8", "backslashreplace")


def _withheld(rule: str, column: str, why: str) -> Decoded:
    return refused(rule, WITHHELD, f"{why} Ask the operator for the file again.", column=column)
