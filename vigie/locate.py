"""Give the points of any file the zone they lie in, without a broker, a lake or Spark."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vigie.errors import WrongUse

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from analytics.spatial import Repair, ZoneIndex

ID_PROPERTIES = ("zone_id", "id", "code", "insee", "GEOID", "name", "nom")
BATCH_ROWS = 262_144
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Located:
    """What came of a file: points, those in a zone, zones, what was repaired in them, and where it was written."""

    points: int
    in_zone: int
    zones: int
    repairs: tuple[Repair, ...]
    path: Path


def locate_file(
    points: Path, zones: Path, target: Path, *, id_property: str | None, threads: int, tell: Tell
) -> Located:
    """Add ``zone_id`` to every point of a file; a point in no zone, or without a position, has none.

    Args:
        points: Parquet with ``longitude`` and ``latitude`` in WGS 84 degrees; other columns are kept.
        zones: GeoJSON polygons, as a collection or one feature per line, ``.gz`` allowed.
        target: Parquet to write, read and written in batches: memory does not grow with the points.
        id_property: property that identifies a zone; the feature's ``id``, else the first of ``ID_PROPERTIES``.
        threads: threads that search.
        tell: called with a line of progress.

    Raises:
        WrongUse: a file is not readable, or lacks what is asked for.
        ZoneError: the zones cannot be searched; the message says which one and why.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    index, repairs = _index(zones, id_property)
    tell(f"{len(index.zone_ids)} zones indexed")
    try:
        source = pq.ParquetFile(points)
    except (OSError, pa.ArrowInvalid) as error:
        raise WrongUse(f"{points} cannot be read as Parquet ({error}); give a file of points") from None
    missing = [name for name in ("longitude", "latitude") if name not in source.schema_arrow.names]
    if missing:
        raise WrongUse(f"{points} lacks {', '.join(missing)}; expected longitude and latitude in WGS 84 degrees")
    names = pa.array([*index.zone_ids, None], pa.string())
    done = found = 0
    kept = [field for field in source.schema_arrow if field.name != "zone_id"]
    schema = pa.schema([*kept, pa.field("zone_id", pa.string())])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in source.iter_batches(BATCH_ROWS):
            x, y = (_numbers(batch.column(name)) for name in ("longitude", "latitude"))
            verdict = index.locate(x, y, threads=threads)
            zone_ids = names.take(pa.array(verdict % len(names)))
            columns = [batch.column(field.name) for field in kept]
            writer.write_batch(pa.record_batch([*columns, zone_ids], schema=schema))
            done, found = done + batch.num_rows, found + int((verdict >= 0).sum())
            tell(f"{done} points, {found} in a zone")
    return Located(done, found, len(index.zone_ids), repairs, target)


def _numbers(column: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _index(path: Path, id_property: str | None) -> tuple[ZoneIndex, tuple[Repair, ...]]:
    import shapely

    from analytics.spatial import ZoneIndex, repaired

    ids: list[str] = []
    outlines: list[BaseGeometry] = []
    for number, feature in enumerate(_features(path), start=1):
        zone_id = _zone_id(feature, id_property, number)
        outline = shapely.from_geojson(json.dumps(feature.get("geometry")), on_invalid="ignore")
        if outline is None:
            raise WrongUse(f"{path}: zone {zone_id} (feature {number}) has no readable geometry; remove or repair it")
        ids.append(zone_id)
        outlines.append(outline)
    valid, repairs = repaired(ids, outlines)
    return ZoneIndex.build(ids, valid), repairs


def _features(path: Path) -> Iterator[dict[str, Any]]:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = content.decode("utf-8-sig")
        first = text.lstrip()[:1]
        if first != "{":
            raise ValueError(f"it begins with {first!r}")
        try:
            document = json.loads(text)
            yield from document["features"] if document.get("type") == "FeatureCollection" else [document]
        except json.JSONDecodeError:
            yield from (json.loads(line) for line in text.splitlines() if line.strip())
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} cannot be read as GeoJSON ({error}); give polygons, as a collection or by line"
        raise WrongUse(message) from None


def _zone_id(feature: dict[str, Any], id_property: str | None, number: int) -> str:
    properties = feature.get("properties") or {}
    if id_property is not None:
        if properties.get(id_property) is None:
            known = ", ".join(properties) or "none"
            raise WrongUse(f"feature {number} has no property {id_property}; it has {known}")
        return str(properties[id_property])
    if feature.get("id") is not None:
        return str(feature["id"])
    return next((str(properties[name]) for name in ID_PROPERTIES if properties.get(name) is not None), str(number))
