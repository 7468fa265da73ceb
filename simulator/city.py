"""What does not change from day to day: places, their weights, zones, posts; drawn once per seed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from shapely.geometry import shape

from analytics.spatial.repair import repaired
from analytics.spatial.zone_index import ZoneIndex
from schemas.city import CityProfile, load_city
from schemas.codes import load_codes
from schemas.errors import CityError
from schemas.simulation import Simulation
from simulator.chance import Floats, Ints, chosen, disc, stream

M_PER_DEGREE = 111_195.08
LONGEST_STREET_M = 250.0
FACILITY_M = 60.0
EDGE_DEG = 1e-4
ZONE_GRID = 256
CATEGORIES: tuple[str, ...] = tuple(load_codes("incident_category").values)


@dataclass(frozen=True, eq=False)
class Places:
    """Places of a city: `reach_m` is how far incidents lie around one."""

    names: tuple[str, ...]
    longitude: Floats
    latitude: Floats
    reach_m: Floats
    by_kind: Mapping[str, Ints]


@dataclass(frozen=True, eq=False)
class City:
    """A city with its chance: everything below follows from the profile and the seed.

    Attributes:
        hot: weights of the hot places (columns) by category (rows).
        zones: index of the city's zones; `None` where they are no polygons.
    """

    simulation: Simulation
    seed: int
    places: Places
    hot: Floats
    zones: ZoneIndex | None

    @classmethod
    def of(cls, simulation: Simulation, seed: int) -> City:
        """Read the places and draw what is hot."""
        profile = simulation.city
        zones = _zones(profile)
        names, x, y, reach, kinds = zip(*_places(simulation), strict=True)
        longitude, latitude = np.array(x), np.array(y)
        inside = np.array([profile.bounds.west < lon < profile.bounds.east for lon in x])
        inside &= (latitude > profile.bounds.south) & (latitude < profile.bounds.north)
        if zones is not None:
            inside &= zones.locate(longitude, latitude) >= 0
        kind = np.array(kinds)
        by_kind = {name: np.flatnonzero(inside & (kind == name)) for name in dict.fromkeys(kinds)}
        rng = stream(seed, "hot places")
        told = simulation["hot_places"]
        anywhere = np.concatenate([by_kind["street"], by_kind["street"], *by_kind.values()])
        by_kind["hot"] = np.array(list(dict.fromkeys(rng.permutation(anywhere).tolist()))[: told["count"]], np.int64)
        ranks = rng.permutation(len(by_kind["hot"])) + 1.0
        hot = ranks ** -float(told["exponent"]) * rng.lognormal(0.0, 0.6, (len(CATEGORIES), len(ranks)))
        return cls(simulation, seed, Places(names, longitude, latitude, np.array(reach), by_kind), hot, zones)

    @cached_property
    def m_per_longitude(self) -> float:
        """Metres in a degree of longitude at the city's middle."""
        bounds = self.simulation.city.bounds
        return M_PER_DEGREE * math.cos(math.radians((bounds.south + bounds.north) / 2))

    def pick(self, rng: np.random.Generator, shares: Mapping[str, float], category: int, size: int) -> Ints:
        """Draw places by the shares of their kinds; hot ones by their weights for the category."""
        kinds = list(shares)
        which = chosen(rng, [shares[kind] for kind in kinds], size)
        found = np.empty(size, np.int64)
        for index, kind in enumerate(kinds):
            rows = np.flatnonzero(which == index)
            if kind == "hot":
                found[rows] = self.places.by_kind["hot"][chosen(rng, self.hot[category], len(rows))]
            else:
                found[rows] = self.places.by_kind[kind][rng.integers(0, len(self.places.by_kind[kind]), len(rows))]
        return found

    def near(self, rng: np.random.Generator, place: Ints, reach_m: Floats) -> tuple[Floats, Floats]:
        """Draw positions around places, never outside the zones."""
        east, north = disc(rng, reach_m, len(place))
        x, y = self.moved(self.places.longitude[place], self.places.latitude[place], east, north)
        outside = self.zone(x, y) < 0 if self.zones is not None else np.zeros(len(x), bool)
        return np.where(outside, self.places.longitude[place], x), np.where(outside, self.places.latitude[place], y)

    def moved(self, x: Floats, y: Floats, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
        """Move positions by metres, to seven decimals, kept inside the bounds of the city."""
        bounds = self.simulation.city.bounds
        longitude = np.clip(x + east_m / self.m_per_longitude, bounds.west + EDGE_DEG, bounds.east - EDGE_DEG)
        latitude = np.clip(y + north_m / M_PER_DEGREE, bounds.south + EDGE_DEG, bounds.north - EDGE_DEG)
        return np.round(longitude, 7), np.round(latitude, 7)

    def metres(self, x: Floats, y: Floats, other_x: Floats | float, other_y: Floats | float) -> Floats:
        """Distance on the plane of the city's middle."""
        return np.hypot((x - other_x) * self.m_per_longitude, (y - other_y) * M_PER_DEGREE)

    def heading(self, x: Floats, y: Floats, to_x: Floats, to_y: Floats) -> Floats:
        """Direction from positions to others, in degrees clockwise from north; 0 where they are the same."""
        east, north = (to_x - x) * self.m_per_longitude, (to_y - y) * M_PER_DEGREE
        found: Floats = np.degrees(np.arctan2(east, north)) % 360
        return found

    def zone(self, x: Floats, y: Floats) -> Ints:
        """Positions in `zones.zone_ids`; -1 for none."""
        return np.full(len(x), -1) if self.zones is None else self.zones.locate(x, y).astype(np.int64)

    @cached_property
    def zone_names(self) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
        """Identifiers of the zones, with an empty one last for "none"."""
        return np.array([*(self.zones.zone_ids if self.zones else ()), ""])


def _places(simulation: Simulation) -> Iterator[tuple[str, float, float, float, str]]:
    """Streets of the gazetteer, then the facilities of the profile."""
    if simulation.city.gazetteer is None:
        raise CityError("found no gazetteer; the simulator places incidents in streets; add one", simulation.path)
    for known in simulation.city.gazetteer.places():
        if known.number is None:
            yield known.street, known.longitude, known.latitude, min(known.precision_m / 2, LONGEST_STREET_M), "street"
    for told in simulation["places"]:
        mark = told.get("delimiter", ",")
        for row in rows(simulation.file(told["file"]), "\t" if mark == "tab" else mark):
            name, x, y = row[told["name"]].strip(), row[told["longitude"]], row[told["latitude"]]
            if name and x and y and name in told.get("only", (name,)):
                yield name, float(x), float(y), FACILITY_M, told["kind"]


def rows(path: Path, delimiter: str) -> Iterator[dict[str, str]]:
    """Lines of a CSV of the city's folder; of two columns of one name the first counts."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    header = next(reader)
    for line in reader:
        yield dict(zip(reversed(header), reversed(line), strict=False)) if len(line) == len(header) else {}


def _zones(profile: CityProfile) -> ZoneIndex | None:
    return None if profile.zones.path is None else _index(profile.zones.path, profile.city_id)


@lru_cache(maxsize=4)
def _index(path: Path, city_id: str) -> ZoneIndex:
    """The index of a file of zones, built once per process whatever the seed."""
    content = path.read_bytes()
    features = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)["features"]
    source = load_city(city_id).zones
    names = [source.zone(feature["properties"]).zone_id for feature in features]
    outlines, _ = repaired(names, [shape(feature["geometry"]) for feature in features])
    return ZoneIndex.build(names, outlines, cells_per_side=ZONE_GRID)
