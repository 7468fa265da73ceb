"""The city's folder read as plain data, for the witness computation only."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import h3
import numpy as np
import shapely
import yaml
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parents[3]
UNLOCATED, OUTSIDE = "unlocated", "outside"


def read_yaml(path: Path) -> Any:
    """Parses one YAML file."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


@cache
def code_entries(name: str) -> dict[str, dict[str, Any]]:
    """A code list as `code -> its entry`, straight from its file."""
    return {entry["code"]: entry for entry in read_yaml(ROOT / "schemas" / "codes" / f"{name}.yaml")["codes"]}


def folded(text: object) -> str:
    """The form in which names of categories are compared."""
    return str(text).strip().casefold()


def slug(text: object) -> str:
    """A property as a part of a zone's identifier: codes stay as they are, names lose capitals, accents and marks."""
    if re.fullmatch(r"(?=.*\d)\w+", str(text)):
        return str(text)
    letters = unicodedata.normalize("NFD", str(text).lower())
    return re.sub(r"[^a-z0-9]+", "-", "".join(one for one in letters if not unicodedata.combining(one))).strip("-")


@dataclass(frozen=True)
class WitnessCity:
    """One city's profile, sources and zones as the files say them.

    Attributes:
        simulated: folder of the simulated day, one folder of messages per source; None where recordings are played.
    """

    city_id: str
    simulated: Path | None = None

    @property
    def folder(self) -> Path:
        """Where the city's data lies."""
        return ROOT / "cities" / self.city_id

    @cached_property
    def profile(self) -> dict[str, Any]:
        """The parsed `city.yaml`."""
        found: dict[str, Any] = read_yaml(self.folder / "city.yaml")
        return found

    @property
    def indicators(self) -> dict[str, Any]:
        """The newest version of the thresholds and the baseline."""
        found: dict[str, Any] = self.profile["indicators"][-1]
        return found

    @cached_property
    def declared(self) -> dict[str, dict[str, Any]]:
        """The parsed source files by connector name."""
        return {path.stem: read_yaml(path) for path in sorted((self.folder / "sources").glob("*.yaml"))}

    @property
    def sources(self) -> dict[str, dict[str, Any]]:
        """Those that the demonstration plays: they told something, or have a recording."""
        return {
            connector: source
            for connector, source in self.declared.items()
            if connector in self.told or source.get("recordings")
        }

    @cached_property
    def told(self) -> frozenset[str]:
        """Simulated sources that told something."""
        if self.simulated is None:
            return frozenset()
        return frozenset(path.name for path in self.simulated.iterdir() if path.is_dir())

    def told_folder(self, connector: str) -> Path:
        """The messages of one simulated source."""
        assert self.simulated is not None
        return self.simulated / connector

    @property
    def awaited(self) -> list[str]:
        """Labels of the sources that have nothing to play, in French."""
        return [source["label"]["fr"] for name, source in self.declared.items() if name not in self.sources]

    def recording(self, connector: str) -> Path:
        """The recorded feed of one source."""
        folder = self.folder / "recordings" / connector
        return next(path for path in sorted(folder.iterdir()) if path.suffix == ".gz")

    @cached_property
    def category_maps(self) -> dict[str, dict[tuple[str, str], str]]:
        """Per source: (category, subcategory or empty), in lower case, to the common category."""
        return {
            connector: {
                (folded(entry["source"]), folded(entry.get("subcategory") or "")): entry["category"]
                for entry in source.get("category_map", {}).get("entries", [])
            }
            for connector, source in self.sources.items()
        }

    def common_category(self, connector: str, category: str, subcategory: str = "") -> str:
        """The common category of a local one: the pair first, then the category alone, else `other`."""
        found = self.category_maps[connector]
        pair, alone = (folded(category), folded(subcategory)), (folded(category), "")
        return found.get(pair) or found.get(alone) or "other"

    @cached_property
    def polygons(self) -> tuple[list[str], list[str], Any]:
        """Zone ids, names and an STR tree of their outlines, sorted by id so that the first hit is the smallest."""
        spec = self.profile["zones"]
        path = self.folder / spec["file"]
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        features = json.loads(text)["features"]
        rows = sorted(
            (
                f"{spec['issuer']}:" + "-".join(slug(f["properties"][name]) for name in spec["id_properties"]),
                str(f["properties"][spec["name_property"]]),
                shape(f["geometry"]),
            )
            for f in features
        )
        return [r[0] for r in rows], [r[1] for r in rows], shapely.STRtree([r[2] for r in rows])

    def zones_of(self, longitude: np.ndarray, latitude: np.ndarray) -> list[str]:
        """The zone of each point; a point on a shared border belongs to the smallest zone id."""
        spec = self.profile["zones"]
        known = np.isfinite(longitude) & np.isfinite(latitude)
        if spec["kind"] == "h3":
            return [
                f"h3:{h3.latlng_to_cell(lat, lon, spec['resolution'])}" if ok else UNLOCATED
                for lon, lat, ok in zip(longitude, latitude, known, strict=True)
            ]
        ids, _, tree = self.polygons
        found = [OUTSIDE if ok else UNLOCATED for ok in known]
        best = np.full(len(found), len(ids))
        where = np.flatnonzero(known)
        points = shapely.points(longitude[where], latitude[where])
        for point, zone in tree.query(points, predicate="intersects").T:
            best[where[point]] = min(best[where[point]], zone)
        return [ids[b] if b < len(ids) else f for b, f in zip(best, found, strict=True)]
