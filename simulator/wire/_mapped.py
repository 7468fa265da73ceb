"""Tables under the columns, words, clock and projection that a city's profile names for a mapped source."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from pyproj import Transformer

from simulator.city import City
from simulator.clock import first_passage_of
from simulator.wire._told import local

SPOILT_DAY = "99/99/9999"
QUARTER_S = 900


class Fields:
    """The fields of one line, by the name of their column in the source.

    Attributes:
        settings: of the source, in the city's profile.
    """

    def __init__(self, city: City, source: str) -> None:
        """Begin an empty line."""
        self.city = city
        self.settings: Mapping[str, Any] = city.simulation.city.source(source).settings
        self.columns: Any = self.settings["columns"]
        self.texts: dict[str, str] = {}

    def put(self, column: str, *texts: str) -> None:
        """Write a column of the contract where the source has it; one text for each of its names."""
        if column in self.columns:
            self.texts.update(zip(names_of(self.columns[column]), texts, strict=False))

    def instant(self, column: str, seconds: int) -> None:
        """Write an instant as the wall clock shows it, in the first format of the profile."""
        if column in self.columns:
            pattern, count = self.columns[column]["formats"][0], len(names_of(self.columns[column]))
            self.put(column, *local(self.city, seconds).strftime(pattern).split(" ", count - 1))

    def period(self, starts: str, ends: str, starts_s: int, ends_s: int) -> None:
        """Write begin and end as a clock without offset can say them: the end stays behind the begin."""
        begin = first_passage_of(self.city, starts_s)
        self.instant(ends, self.behind(begin, ends_s))
        self.instant(starts, begin)  # last: where both share the column of the day, it is that of the begin

    def behind(self, begin_s: int, seconds: int) -> int:
        """The instant as the clock says it, or the next quarter of an hour that is read as one behind the begin."""
        while first_passage_of(self.city, seconds) <= begin_s:
            seconds += QUARTER_S
        return first_passage_of(self.city, seconds)

    def number(self, column: str, value: float, digits: int = 0) -> None:
        """Write a number with the decimal sign of the profile."""
        if column in self.columns:
            self.put(column, f"{value:.{digits}f}".replace(".", self.columns[column].get("decimal", ".")))

    def position(self, longitude: float, latitude: float) -> None:
        """Write a position in the projection of the profile; degrees where it names none."""
        crs, digits = self.settings.get("crs"), 7
        if crs is not None:
            (longitude, latitude), digits = _projection(str(crs)).transform(longitude, latitude), 2
        self.number("longitude", longitude, digits)
        self.number("latitude", latitude, digits)

    def word(self, column: str, code: str) -> str:
        """The source's word for a code of a column; nothing where it has none."""
        words = {told: word for word, told in reversed(self.settings.get("values", {}).get(column, {}).items())}
        return str(words.get(code, ""))

    def measures(self, codes: Sequence[str]) -> None:
        """Write measures in the source's words; what it has no word for it does not tell."""
        words = {told: word for word, told in reversed(self.settings.get("measures", {}).items())}
        self.put("declared_measures", ", ".join(words[code] for code in codes if code in words))

    def spoil(self, column: str) -> None:
        """Write a day that is none."""
        self.texts[names_of(self.columns[column])[0]] = SPOILT_DAY


def header_of(columns: Any, beside: Sequence[str] = ()) -> list[str]:
    """Every column that the profile names, then those that it never reads."""
    return list(dict.fromkeys([*(name for told in columns.values() for name in names_of(told)), *beside]))


def names_of(told: Mapping[str, Any]) -> list[str]:
    """Names that one column of the contract has in the source."""
    return [told["from"]] if isinstance(told["from"], str) else list(told["from"])


def line_of(settings: Mapping[str, Any], fields: Sequence[str]) -> bytes:
    """One line of a delimited table in the encoding of the profile."""
    text = io.StringIO()
    csv.writer(text, delimiter=settings.get("delimiter", ","), lineterminator="\r\n").writerow(fields)
    return text.getvalue().encode(str(settings.get("encoding", "utf-8")), "replace")


@lru_cache(maxsize=8)
def _projection(crs: str) -> Transformer:
    return Transformer.from_crs("EPSG:4326", crs, always_xy=True)
