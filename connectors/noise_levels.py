"""Levels of sound-level meters, one indicator over one period; decibels only, never a sound.

Two forms, told apart by their first character. No open sample of a city is at hand; both are written down in
``docs/engineer/sensor-messages.md``:

* CSV with header, UTF-8: ``sensor_id``, ``start``, ``end`` (with offset), optional ``longitude``, ``latitude``, then
  one column per indicator (``LAeq``, ``LAFmax``, ``LA90``). An element is one cell; an empty one is a row with no
  level.
* JSON, a list or lines: ``sensor_id``, ``start``, ``end``, ``indicator``, ``level_db``, ``longitude``, ``latitude``.

Names of indicators carry the time weighting (``LAFmax``: fast) and sometimes the length (``LAeq_1h``, ``LAeq,15min``);
both stay in ``source_indicator``. A level without weighting (``L90``) or with another one (``LZeq``) is ``unknown``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from connectors.sdk.connector import Attribution, FileConnector
from connectors.sdk.decode import identifier, number, text, zoned_instant
from connectors.sdk.element import Decoded, Element, Payload, Row, refused
from connectors.sdk.element import number as numbered
from connectors.sdk.formats import Format, JsonMessagesFormat
from connectors.sdk.formats.wide import COLUMN, VALUE, WideCsvFormat
from schemas.contract import Label

MESSAGES = JsonMessagesFormat()
_INDICATOR = re.compile(r"l([ac])[fsi]?(eq|max|min|peak|10|50|90)(?:[\s_,t(].*)?", re.I | re.ASCII)
_KNOWN = ("laeq", "lamax", "lamin", "lceq", "lcpeak", "la10", "la50", "la90")


class NoiseLevels(FileConnector):
    """One indicator of one meter over one period; key ``noise:<sensor>-<indicator>-<start>``."""

    contract = "silver.noise_measure"
    family = "sensors"
    label = Label(fr="Niveaux de bruit (sonomètres)", en="Noise levels (sound-level meters)")
    attribution = Attribution(publisher="The operator of the meters, named by the city profile", licence="Internal")
    format = WideCsvFormat(keys=("sensor_id", "start", "end"), beside=("longitude", "latitude", "precision_m"))

    def split(self, payload: Payload) -> Iterator[Element]:
        """Cells or messages."""
        form = self._form(payload.content[:64])
        return numbered(map(_with_level, form.decode(payload.content))) if form is MESSAGES else form.split(payload)

    def reread(self, text: str, context: str = "") -> Decoded:
        """The element of one kept cell or message."""
        form = self._form(text[:64].encode())
        found = form.reread(text, context)
        return _with_level(found) if form is MESSAGES else found

    def to_row(self, element: Element, payload: Payload) -> Row:
        """The level, under the common name of its indicator."""
        told = element.value if isinstance(element.value, Mapping) else {}
        indicator, sensor = text(told.get(COLUMN, told.get("indicator"))), text(told.get("sensor_id"))
        start, located = zoned_instant(told.get("start")), text(told.get("longitude")) is not None
        return {
            "measure_id": identifier("noise", sensor, indicator, start),
            "sensor_id": identifier("noise", sensor),
            "measured_from_at": start,
            "measured_until_at": zoned_instant(told.get("end")),
            "noise_indicator_code": _code(indicator),
            "source_indicator": indicator,
            "level_db": number(told.get(VALUE, told.get("level_db"))),
            "longitude": number(told.get("longitude")),
            "latitude": number(told.get("latitude")),
            "location_precision_m": number(told.get("precision_m") or 20) if located else None,
        }

    def _form(self, beginning: bytes) -> Format:
        bare = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
        return MESSAGES if bare[:1] in (b"[", b"{") else self.format


def _with_level(found: Decoded) -> Decoded:
    """The message; one that says its indicator and no level has it under another name, and a level is not lost."""
    told = found.value
    if found.violations or not isinstance(told, Mapping) or "indicator" not in told or "level_db" in told:
        return found
    message = "The message tells an indicator without `level_db`; expected it, `null` when the meter gave nothing."
    return refused("shape", found.raw, message, column="level_db")


def _code(indicator: str | None) -> str:
    found = _INDICATOR.fullmatch((indicator or "").strip())
    code = f"l{found[1]}{found[2]}".lower() if found else "unknown"
    return code if code in _KNOWN else "unknown"
