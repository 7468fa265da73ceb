"""Where a city's zones come from, and how each gets its identifier, name and parent."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from schemas.errors import CityError
from schemas.label import Label


@dataclass(frozen=True)
class Zone:
    """Identity of one zone, without its outline."""

    zone_id: str
    zone_name: str
    level_code: str
    parent_zone_id: str | None


@dataclass(frozen=True)
class ZoneLevel:
    """A level made by dissolving the zones of the file.

    Attributes:
        level_code: code of list `level`.
        issuer: first part of its identifiers.
        property: property of the file whose value is the second part; `None` for one zone that holds everything.
        names: value -> public name.
    """

    level_code: str
    issuer: str
    property: str | None
    names: Mapping[str, str]

    def identify(self, properties: Mapping[str, object]) -> tuple[str, str]:
        """Give the second part of the identifier, and the name, of the zone that holds a feature."""
        code = next(iter(self.names)) if self.property is None else str(properties[self.property])
        if code not in self.names:
            raise CityError(f"found `{self.property}` = `{code}` without a name for level {self.level_code}; "
                            "add it to `names` in city.yaml")
        return code, self.names[code]


@dataclass(frozen=True)
class Population:
    """Inhabitants of one zone."""

    count: int
    year: int
    source: str


@dataclass(frozen=True)
class ZoneSource:
    """Zones of a city: H3 cells where no polygons are at hand, or the features of a GeoJSON file.

    Attributes:
        kind: `h3` or `geojson`.
        resolution: H3 resolution of the cells, for `h3`.
        path: GeoJSON file (`.gz` allowed), WGS 84, for `geojson`.
        issuer: first part of zone identifiers.
        level_code: level of the cells or features.
        id_properties: properties of a feature that together identify it.
        name_property: property that names it.
        names: identifier (second part) -> presentable name, where the file's own name is not fit for readers.
        parents: levels above, finest first.
        population: zone identifier -> inhabitants.
        label: what the zones are called.
    """

    kind: Literal["h3", "geojson"]
    label: Label
    level_code: str
    issuer: str
    resolution: int | None = None
    path: Path | None = None
    id_properties: tuple[str, ...] = ()
    name_property: str | None = None
    names: Mapping[str, str] | None = None
    parents: tuple[ZoneLevel, ...] = ()
    population_path: Path | None = None

    def zone_id(self, local_id: str) -> str:
        """Make an identifier from its second part, such as an H3 cell index."""
        return f"{self.issuer}:{local_id}"

    def zone(self, properties: Mapping[str, object]) -> Zone:
        """Identify the zone of one feature from its properties.

        The second part of the identifier joins the slugs of the identifying properties with `-`; it does not depend
        on the order of the file.

        Raises:
            CityError: a property is missing, or a parent has no name.
        """
        for name in (*self.id_properties, self.name_property or ""):
            if name and not properties.get(name):
                raise CityError(f"found a feature without `{name}`; correct it or `zones` in city.yaml", self.path)
        local_id = "-".join(slug(str(properties[name])) for name in self.id_properties)
        name = (self.names or {}).get(local_id, str(properties[self.name_property or self.id_properties[0]]))
        parent = None
        if self.parents:
            code, _ = self.parents[0].identify(properties)
            parent = f"{self.parents[0].issuer}:{code}"
        return Zone(self.zone_id(local_id), name, self.level_code, parent)

    def ancestors(self, properties: Mapping[str, object]) -> tuple[Zone, ...]:
        """Identify the zones above one feature, finest first; dissolving features by them gives their outlines."""
        zones: list[Zone] = []
        for index, level in enumerate(self.parents):
            code, name = level.identify(properties)
            parent = None
            if index + 1 < len(self.parents):
                above = self.parents[index + 1]
                parent = f"{above.issuer}:{above.identify(properties)[0]}"
            zones.append(Zone(f"{level.issuer}:{code}", name, level.level_code, parent))
        return tuple(zones)

    @cached_property
    def population(self) -> Mapping[str, Population]:
        """Inhabitants by zone identifier; empty when the city gives none.

        Raises:
            CityError: the file has other columns or a value that is not a number.
        """
        if self.population_path is None:
            return {}
        expected = ["zone_id", "population_count", "population_year", "population_source"]
        with self.population_path.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines)
            if reader.fieldnames != expected:
                raise CityError(f"found columns {reader.fieldnames}; expected {expected}", self.population_path, 1)
            people: dict[str, Population] = {}
            for row in reader:
                if not (row["population_count"].isdigit() and row["population_year"].isdigit()):
                    raise CityError(f"found population `{row['population_count']}` of `{row['population_year']}`; "
                                    "expected whole numbers", self.population_path, reader.line_num)
                people[row["zone_id"]] = Population(
                    int(row["population_count"]), int(row["population_year"]), row["population_source"]
                )
        return people


def slug(text: str) -> str:
    """Reduce a name to lower-case ASCII letters, digits and hyphens: `L'ESTAQUE` gives `l-estaque`.

    A text of ASCII letters and digits with at least one digit is a code and stays as it is: `E07000117`.
    """
    if re.fullmatch(r"(?=.*[0-9])[A-Za-z0-9]+", text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
