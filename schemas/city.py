"""Cities: everything local is data in `cities/<city>/`; no city's name appears in code.

    load_city("san_francisco") -> CityProfile

A city is the folder `cities/<city>/` with `city.yaml` and one file per source, `sources/<connector>.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from schemas.bounds import Bounds
from schemas.errors import CityError
from schemas.gazetteer import GazetteerSource
from schemas.isolation import Authorisation
from schemas.label import Label
from schemas.zones import ZoneSource

__all__ = [
    "Authorisation", "Baseline", "Bounds", "CategoryMapping", "CityProfile", "IndicatorSettings", "SourceSettings",
    "ZoneSource", "cities", "load_city",
]

FOLDER = Path(__file__).parent.parent / "cities"


@dataclass(frozen=True)
class CategoryMapping:
    """One line of a category map: what a source calls something, and the common category it is counted as.

    Texts are compared exactly after `normal_text`. A line with a subcategory goes before one without. A new mapping
    never rewrites a published figure: it gets a `valid_from` of its own.

    Attributes:
        valid_from: first local day of the fact for which the line holds.
        valid_to: last such day; `None` while it holds.
        author: who decided it.
        source_subcategory: further condition on the source's subcategory; `None` for any.
    """

    source_code: str
    category_code: str
    valid_from: date
    valid_to: date | None
    author: str
    source_subcategory: str | None = None


@dataclass(frozen=True)
class SourceSettings:
    """One source of a city, as its connector needs it.

    Attributes:
        connector: name of the connector module.
        source_id: `urn:vigie:<city>:<connector>`.
        time_zone: zone of the source's local times; the city's unless the file says so.
        recordings: recorded payloads played by the demo and the tests.
        settings: what the connector reads beside (addresses, station, format).
        category_map: most specific lines first.
        stand_in: says which absent source this one stands in for; `None` for a real one.
        max_rejected_ratio: share of refused rows above which the gate blocks publication, 0 to 1.
        authorisation: the dated decision that lets a source forbidden by default start; `None` without one.
        expected: whether its absence blocks publication; `None` where the file leaves it to the recordings.
        is_restricted: whether what it tells stays inside the service; an incident it tells of does too.
    """

    connector: str
    source_id: str
    label: Label
    time_zone: str
    recordings: tuple[Path, ...]
    settings: Mapping[str, object]
    category_map: tuple[CategoryMapping, ...]
    stand_in: Label | None
    max_rejected_ratio: float
    publisher: str
    licence: str
    licence_url: str | None
    path: Path
    authorisation: Authorisation | None = None
    expected: bool | None = None
    is_restricted: bool = False

    @property
    def is_expected(self) -> bool:
        """Whether the source must have brought something: a feed that never came is awaited, and the rest is shown."""
        return bool(self.recordings) if self.expected is None else self.expected

    def category(self, source_category: str | None, source_subcategory: str | None, on: date) -> str | None:
        """Give the common category a fact of that local day is counted as; `None` when no line of the map fits."""
        code, subcode = normal_text(source_category), normal_text(source_subcategory)
        for line in self.category_map:
            if (normal_text(line.source_code) == code and line.valid_from <= on
                    and (line.valid_to is None or on <= line.valid_to)
                    and (line.source_subcategory is None or normal_text(line.source_subcategory) == subcode)):
                return line.category_code
        return None


@dataclass(frozen=True)
class Baseline:
    """What a count is compared with.

    Attributes:
        method: `same_weeks_of_earlier_years`: the same weekday 364 k days before; `previous_periods`: the k-th period
            before.
        reference_windows: greatest k used.
        minimum_windows: fewest windows wholly covered by the source, under which there is no baseline.
    """

    method: Literal["same_weeks_of_earlier_years", "previous_periods"]
    reference_windows: int
    minimum_windows: int


@dataclass(frozen=True)
class IndicatorSettings:
    """Thresholds of one epoch; a cell of the board is explained by the epoch its date falls in.

    Attributes:
        version: name of the epoch.
        author: who decided it.
        valid_from: first local day it holds; it ends where the next begins.
        recurrence_thresholds: four ascending counts per 28 days; the level is how many of them are reached, at least 1.
        small_number_floor: baseline under which no percentage is shown.
        period: what a row of the indicator counts.
    """

    version: str
    author: str
    valid_from: date
    baseline: Baseline
    recurrence_thresholds: tuple[int, int, int, int]
    small_number_floor: int
    period: Literal["day", "month"]

    def recurrence_level(self, trailing_count: int) -> int:
        """Give the level 1 to 4 of a 28-day count."""
        return max(1, sum(trailing_count >= threshold for threshold in self.recurrence_thresholds))


@dataclass(frozen=True)
class CityProfile:
    """One city.

    Attributes:
        city_id: name of its folder.
        country_code: ISO 3166-1 alpha-2.
        time_zone: IANA name; local days are days of this zone.
        language: language its public boards open in.
        bounds: box outside which a position is refused.
        zones: where its zones come from.
        sources: in alphabetical order of the connectors.
        indicator_epochs: thresholds, oldest first.
        root: its folder.
        gazetteer: streets that place reports without a position; `None` where the city has no list.
    """

    city_id: str
    label: Label
    country_code: str
    time_zone: str
    language: Literal["fr", "en"]
    bounds: Bounds
    zones: ZoneSource
    sources: tuple[SourceSettings, ...]
    indicator_epochs: tuple[IndicatorSettings, ...]
    root: Path
    gazetteer: GazetteerSource | None = None

    @property
    def indicators(self) -> IndicatorSettings:
        """The newest epoch of thresholds."""
        return self.indicator_epochs[-1]

    def indicators_on(self, day: date) -> IndicatorSettings:
        """Give the epoch a local day falls in; days before the first epoch get the first."""
        holding = [epoch for epoch in self.indicator_epochs if epoch.valid_from <= day]
        return holding[-1] if holding else self.indicator_epochs[0]

    @property
    def zone_info(self) -> ZoneInfo:
        """The city's time zone, ready for conversions."""
        return ZoneInfo(self.time_zone)

    def source(self, connector: str) -> SourceSettings:
        """Give the settings of one source.

        Raises:
            CityError: the city has no such source.
        """
        for source in self.sources:
            if source.connector == connector:
                return source
        known = ", ".join(source.connector for source in self.sources) or "none"
        raise CityError(f"city `{self.city_id}` has no source `{connector}`; it has {known}; add "
                        f"sources/{connector}.yaml", self.root)


def normal_text(text: str | None) -> str:
    """Bring a source's word to the form category maps compare: spaces cut at both ends, lower case."""
    return (text or "").strip(" ").lower()


def cities() -> tuple[str, ...]:
    """Name every city found, in alphabetical order."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob("*/city.yaml")))


@cache
def load_city(city_id: str) -> CityProfile:
    """Load one city; read once per process.

    Raises:
        CityError: there is no such city, or one of its files is wrong.
    """
    from schemas.city_reader import read_city

    if city_id not in cities():
        raise CityError(f"no city `{city_id}`; expected one of {', '.join(cities()) or 'none'}", FOLDER)
    return read_city(FOLDER / city_id)
