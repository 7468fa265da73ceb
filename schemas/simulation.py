"""Simulation profile of a city: volumes, mixes, and what each source sees of the truth and gets wrong.

    load_simulation("marseille") -> Simulation

The file is `cities/<city>/simulation.yaml`; the city simulator reads it, nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from schemas.city import CityProfile, load_city
from schemas.codes import load_codes
from schemas.document import LocatedMap, read_document
from schemas.errors import CityError
from schemas.shape import Place
from schemas.simulation_shape import EFFECTS, SIMULATION_SHAPE

FILE = "simulation.yaml"
Factors = Mapping[str, float]


class Spread(NamedTuple):
    """A skewed quantity: half of the values are below `median`, nine of ten below `p90`."""

    median: float
    p90: float


@dataclass(frozen=True)
class Simulation:
    """What the simulator is told of one city; keys as `schemas.simulation_shape` describes them.

    Attributes:
        city: the city's own profile.
        settings: the judged document.
        path: its file.
    """

    city: CityProfile
    settings: Mapping[str, Any]
    path: Path

    def __getitem__(self, name: str) -> Any:
        """Give one top key of the file."""
        return self.settings[name]

    def file(self, name: str) -> Path:
        """Give the path of a file that the profile names."""
        return self.city.root / name


def spread(told: Mapping[str, float]) -> Spread:
    """Read `{median, p90}`."""
    return Spread(float(told["median"]), float(told["p90"]))


def simulated_cities() -> tuple[str, ...]:
    """Name the cities that have a simulation profile, in alphabetical order."""
    from schemas.city import FOLDER

    return tuple(sorted(path.parent.name for path in FOLDER.glob(f"*/{FILE}")))


@cache
def load_simulation(city_id: str) -> Simulation:
    """Load the simulation profile of one city; read once per process.

    Raises:
        CityError: there is no such city or profile, or the file is wrong: with file, line and what to do.
    """
    city = load_city(city_id)
    path = city.root / FILE
    if not path.is_file():
        known = ", ".join(simulated_cities()) or "none"
        raise CityError(f"city `{city_id}` has no {FILE}; expected one of {known}, or write one", city.root)
    document = read_document(path, CityError)
    SIMULATION_SHAPE.judge(document, Place(path, 1, "simulation", CityError))
    for shape in (*document["places"], document["weather"]):
        _judge_file(shape, "file", city.root)
    _judge_file(document, "school_holidays", city.root)
    _judge_names(document)
    _judge_rhythms_and_plans(document)
    return Simulation(city, document, path)


def _judge_file(document: LocatedMap, key: str, root: Path) -> None:
    path = (root / document[key]).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise _fault(document, key, f"found no file `{document[key]}` in {root}; put it there or correct the name")


def _judge_names(document: LocatedMap) -> None:
    categories = load_codes("incident_category")
    for event in document["video"]["events"]:
        if event not in load_codes("video_category"):
            raise _fault(document["video"]["events"], event, f"found event `{event}`; expected a code of list "
                         "`video_category`")
    kinds = {"street", "hot", *(place["kind"] for place in document["places"])}
    for mapping in _by_category(document):
        for name in mapping:
            if name not in categories:
                raise _fault(mapping, name, f"found category `{name}`; expected a code of list `incident_category`")
    sources = document["sources"]
    for item in document["units"].values():
        if "cases" in item and item["cases"] not in sources:
            raise _fault(item, "cases", f"found source `{item['cases']}`; expected one of {', '.join(sources)}")
    for section in (document["categories"], document["occupations"]):
        for item in section.values():
            for kind in item["places"]:
                if kind not in kinds:
                    raise _fault(item["places"], kind, f"found kind of place `{kind}`; expected {', '.join(kinds)}")
    for item in document["categories"].values():
        for effect in item.get("effects", ()):
            if effect not in EFFECTS:
                raise _fault(item["effects"], effect, f"found effect `{effect}`; expected {', '.join(EFFECTS)}")


def _judge_rhythms_and_plans(document: LocatedMap) -> None:
    rhythms = ", ".join(document["rhythms"])
    for item in (*document["categories"].values(), *document["sensors"].values()):
        if "rhythm" in item and item["rhythm"] not in document["rhythms"]:
            raise _fault(item, "rhythm", f"found `{item['rhythm']}`; expected one of {rhythms}")
    known = ", ".join(document["occupations"])
    for by_kind in (document["plans"]["closes"], *(one["tells"] for one in document["registers"].values())):
        for kind in by_kind:
            if kind not in document["occupations"]:
                raise _fault(by_kind, kind, f"found kind of occupation `{kind}`; expected one of {known}")


def _by_category(document: LocatedMap) -> list[LocatedMap]:
    found = [document["categories"], document["hospitals"]["from_incidents"], document["buses"]["disturbs"]]
    found += [unit["attends"] for unit in document["units"].values()]
    found += [part for source in document["sources"].values() for part in (source["sees"], source["words"])]
    found += [item["incidents_per_1000"] for item in document["occupations"].values() if "incidents_per_1000" in item]
    found += [event["from"] for part in ("video", "sound") for event in document[part]["events"].values()]
    found.append(document["sensors"]["traffic"]["slowed_by"])
    return found + [item["burst"] for item in document["specials"].values() if "burst" in item]


def _fault(document: LocatedMap, key: str, problem: str) -> CityError:
    return CityError(problem, document.path, document.lines.get(key, document.line))
