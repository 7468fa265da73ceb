"""From the files of a city's folder to a `CityProfile`."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from schemas.bounds import Bounds
from schemas.city import Baseline, CategoryMapping, CityProfile, IndicatorSettings, SourceSettings
from schemas.city_shape import CITY_SHAPE, SOURCE_SHAPE
from schemas.codes import load_codes
from schemas.document import LocatedMap, read_document
from schemas.errors import CityError
from schemas.gazetteer import GazetteerSource
from schemas.isolation import VIDEO_CAP_DAYS, Authorisation
from schemas.label import Label
from schemas.secrets import plain_secrets
from schemas.shape import Place, suggest
from schemas.zones import ZoneLevel, ZoneSource


def read_city(root: Path) -> CityProfile:
    """Read one city from its folder.

    Raises:
        CityError: with file, line, what was found, what was expected and what to do.
    """
    path = root / "city.yaml"
    document = read_document(path, CityError)
    CITY_SHAPE.judge(document, Place(path, 1, "city", CityError))
    if document["city_id"] != root.name:
        raise _fault(document, "city_id", f"city_id is `{document['city_id']}` but the folder is `{root.name}`; "
                     "make them equal")
    _judge_time_zone(document)
    bounds = Bounds(**{side: float(degrees) for side, degrees in document["bounds"].items()})
    if bounds.west >= bounds.east or bounds.south >= bounds.north:
        raise _fault(document, "bounds", f"found bounds {bounds}; expected west < east and south < north; swap them")
    return CityProfile(
        city_id=document["city_id"], label=Label.of(document["label"]), country_code=document["country_code"],
        time_zone=document["time_zone"], language=document["language"], bounds=bounds,
        zones=_zones(document["zones"], root),
        sources=tuple(
            read_source(source, document["city_id"], document["time_zone"])
            for source in sorted((root / "sources").glob("*.yaml"))
        ),
        indicator_epochs=_epochs(document), root=root, gazetteer=_gazetteer(document.get("gazetteer"), root),
    )


def _gazetteer(item: LocatedMap | None, root: Path) -> GazetteerSource | None:
    if item is None:
        return None
    return GazetteerSource(item["language"], tuple(_listed(item, name, root) for name in item["files"]))


def _listed(item: LocatedMap, name: str, root: Path) -> Path:
    path = (root / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise _fault(item, "files", f"found no file `{name}` in {root}; put it there or correct the name")
    return path


def _fault(document: LocatedMap, key: str, problem: str) -> CityError:
    return CityError(problem, document.path, document.lines.get(key, document.line))


def _judge_time_zone(document: LocatedMap) -> None:
    name = document["time_zone"]
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _fault(document, "time_zone", f"found time zone `{name}`; expected an IANA name such as Europe/Paris; "
                     "correct it") from None


def _epochs(document: LocatedMap) -> tuple[IndicatorSettings, ...]:
    epochs = tuple(_indicators(item) for item in document["indicators"])
    starts = [epoch.valid_from for epoch in epochs]
    if starts != sorted(set(starts)):
        raise _fault(document, "indicators", "found epochs that are not in ascending order of valid_from; sort them")
    if len({epoch.version for epoch in epochs}) < len(epochs):
        raise _fault(document, "indicators", "found two epochs with one version; give each its own")
    return epochs


def _indicators(item: LocatedMap) -> IndicatorSettings:
    thresholds = tuple(item["recurrence_thresholds"])
    if list(thresholds) != sorted(set(thresholds)):
        raise _fault(item, "recurrence_thresholds", f"found thresholds {list(thresholds)}; expected ascending counts; "
                     "sort them")
    baseline = Baseline(**item["baseline"])
    if baseline.minimum_windows > baseline.reference_windows:
        raise _fault(item, "baseline", f"found minimum_windows {baseline.minimum_windows} above reference_windows "
                     f"{baseline.reference_windows}; lower it")
    return IndicatorSettings(
        version=item["version"], author=item["author"], valid_from=item["valid_from"], baseline=baseline,
        recurrence_thresholds=(thresholds[0], thresholds[1], thresholds[2], thresholds[3]),
        small_number_floor=item["small_number_floor"], period=item["period"],
    )


def _zones(item: LocatedMap, root: Path) -> ZoneSource:
    _judge_level(item)
    for level in item.get("parents", ()):
        _judge_level(level)
    return ZoneSource(
        kind=item["kind"], label=Label.of(item["label"]), level_code=item["level_code"], issuer=item["issuer"],
        resolution=item.get("resolution"), path=_file(item, "file", root),
        id_properties=tuple(item.get("id_properties", ())), name_property=item.get("name_property"),
        names=_zone_names(_file(item, "names", root)),
        parents=tuple(
            ZoneLevel(level["level_code"], level["issuer"], level.get("property"), dict(level["names"]))
            for level in item.get("parents", ())
        ),
        population_path=_file(item, "population", root),
    )


def _judge_level(item: LocatedMap) -> None:
    if item["level_code"] not in load_codes("level"):
        raise _fault(item, "level_code", f"found level `{item['level_code']}`; expected one of "
                     f"{', '.join(load_codes('level').values)}")


def _file(item: LocatedMap, key: str, root: Path) -> Path | None:
    if key not in item:
        return None
    path: Path = (root / item[key]).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_file():
        raise _fault(item, key, f"found no file `{item[key]}` in {root}; put it there or correct the name")
    return path


def _zone_names(path: Path | None) -> dict[str, str] | None:
    if path is None:
        return None
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames != ["id", "name"]:
            raise CityError(f"found columns {reader.fieldnames}; expected id, name", path, 1)
        return {row["id"]: row["name"] for row in reader}


def read_source(path: Path, city_id: str, time_zone: str) -> SourceSettings:
    """Read one source of a city; `time_zone` is the city's."""
    document = read_document(path, CityError)
    SOURCE_SHAPE.judge(document, Place(path, 1, path.stem, CityError))
    if document["connector"] != path.stem:
        raise _fault(document, "connector", f"connector is `{document['connector']}` but the file is `{path.name}`; "
                     "make them equal")
    if "time_zone" in document:
        _judge_time_zone(document)
    for keys, problem in plain_secrets(document.get("settings", {})):
        inner = document["settings"]
        for key in keys[:-1]:
            inner = inner[key] if isinstance(inner.get(key), LocatedMap) else inner
        raise _fault(inner, keys[-1], f"settings.{'.'.join(keys)}: {problem}")
    folder = path.parent.parent / "recordings" / path.stem
    for name in document.get("recordings", ()):
        if Path(name).name != name:
            raise _fault(document, "recordings", f"found recording `{name}`; expected a file name in {folder}; "
                         "leave the folder out")
    return SourceSettings(
        connector=path.stem, source_id=f"urn:vigie:{city_id}:{path.stem}", label=Label.of(document["label"]),
        time_zone=document.get("time_zone", time_zone),
        recordings=tuple(folder / name for name in document.get("recordings", ())),
        settings=document.get("settings", {}), category_map=_category_map(document.get("category_map")),
        stand_in=Label.of(document["stand_in"]) if "stand_in" in document else None,
        max_rejected_ratio=float(document["max_rejected_ratio"]), publisher=document["publisher"],
        licence=document["licence"], licence_url=document.get("licence_url"), path=path,
        expected=document.get("expected"),
        is_restricted=document.get("access", "open") == "restricted",
        authorisation=_authorisation(document.get("authorisation")),
    )


def _authorisation(item: LocatedMap | None) -> Authorisation | None:
    if item is None:
        return None
    found = Authorisation(**item)
    if found.valid_to < found.valid_from:
        raise _fault(item, "valid_to", f"found valid_to {found.valid_to} before valid_from {found.valid_from}; correct "
                     "one of them")
    if found.retention_days > VIDEO_CAP_DAYS:
        raise _fault(item, "retention_days", f"found {found.retention_days} days; the law allows {VIDEO_CAP_DAYS} at "
                     "most for rows derived from video (CSI art. L252-5); lower it")
    return found


def _category_map(item: LocatedMap | None) -> tuple[CategoryMapping, ...]:
    if item is None:
        return ()
    categories = load_codes("incident_category").values
    seen: list[CategoryMapping] = []
    for entry in item["entries"]:
        if entry["category"] not in categories:
            raise _fault(entry, "category", f"found category `{entry['category']}`; expected a code of list "
                         f"incident_category; {suggest(entry['category'], categories) or ', '.join(categories)}")
        line = CategoryMapping(
            source_code=entry["source"], category_code=entry["category"],
            valid_from=entry.get("valid_from", item["valid_from"]), valid_to=entry.get("valid_to"),
            author=entry.get("author", item["author"]), source_subcategory=entry.get("subcategory"),
        )
        if line.valid_to is not None and line.valid_to < line.valid_from:
            raise _fault(entry, "valid_to", f"found valid_to {line.valid_to} before valid_from {line.valid_from}; "
                         "correct one of them")
        if any(_overlap(line, other) for other in seen):
            raise _fault(entry, "source", f"`{line.source_code}` is mapped twice for one day; end the older line with "
                         "`valid_to`, or keep one")
        seen.append(line)
    return tuple(sorted(seen, key=lambda line: line.source_subcategory is None))


def _overlap(first: CategoryMapping, second: CategoryMapping) -> bool:
    def identity(line: CategoryMapping) -> tuple[str, str | None]:
        subcategory = line.source_subcategory
        return line.source_code.strip(" ").lower(), None if subcategory is None else subcategory.strip(" ").lower()

    return (identity(first) == identity(second) and first.valid_from <= (second.valid_to or date.max)
            and second.valid_from <= (first.valid_to or date.max))
