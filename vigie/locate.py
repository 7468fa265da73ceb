"""Give the points of any file the zone they lie in and what is nearest, without a broker, a lake or Spark."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vigie.errors import WrongUse
from vigie.features import features_of, id_of

if TYPE_CHECKING:
    import pyarrow as pa
    from shapely.geometry.base import BaseGeometry

    from analytics.spatial import Repair, ZoneIndex
    from vigie.nearest import NearestQuestion

BATCH_ROWS = 262_144
Tell = Callable[[str], None]


class Question(Protocol):
    """What is asked of every point."""

    @property
    def told(self) -> str:
        """One line on the points so far."""

    def fields(self) -> list[pa.Field]:
        """Give the columns it adds."""

    def columns(self, longitude: Any, latitude: Any, threads: int) -> list[pa.Array]:
        """Answer for a batch of points, degrees; NaN is a point without a position."""


@dataclass(frozen=True)
class Located:
    """What came of a file: points, those in a zone, zones, what was repaired in them, and where it was written.

    `near_feature` and `features` are the points with a feature near, and the features; what was not asked is None.
    """

    points: int
    in_zone: int | None
    zones: int | None
    repairs: tuple[Repair, ...] | None
    near_feature: int | None
    features: int | None
    path: Path


def locate_file(
    points: Path,
    zones: Path | None,
    target: Path,
    *,
    id_property: str | None,
    threads: int,
    tell: Tell,
    nearest: NearestQuestion | None = None,
) -> Located:
    """Add ``zone_id`` to every point of a file, and what is nearest; a point without a position has neither.

    Args:
        points: Parquet with ``longitude`` and ``latitude`` in WGS 84 degrees; other columns are kept.
        zones: GeoJSON polygons, as a collection or one feature per line, ``.gz`` allowed; none is asked without.
        target: Parquet to write, read and written in batches: memory does not grow with the points.
        id_property: property that identifies a zone; the feature's ``id``, else the first of ``ID_PROPERTIES``.
        threads: threads that search.
        tell: called with a line of progress.
        nearest: what is asked about nearest features; see `vigie.nearest.nearest_question`.

    Raises:
        WrongUse: a file is not readable, or lacks what is asked for.
    """
    asked_zones = ZoneQuestion(*_index(zones, id_property)) if zones else None
    questions: list[Question] = [question for question in (asked_zones, nearest) if question]
    if asked_zones:
        tell(f"{len(asked_zones.index.zone_ids)} zones indexed")
    done = _answer(points, target, questions, threads, tell)
    return Located(
        points=done,
        in_zone=asked_zones.found if asked_zones else None,
        zones=len(asked_zones.index.zone_ids) if asked_zones else None,
        repairs=asked_zones.repairs if asked_zones else None,
        near_feature=nearest.found if nearest else None,
        features=len(nearest.feature_ids) if nearest else None,
        path=target,
    )


def _answer(points: Path, target: Path, questions: Sequence[Question], threads: int, tell: Tell) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        source = pq.ParquetFile(points)
    except (OSError, pa.ArrowInvalid) as error:
        raise WrongUse(f"{points} cannot be read as Parquet ({error}); give a file of points") from None
    missing = [name for name in ("longitude", "latitude") if name not in source.schema_arrow.names]
    if missing:
        raise WrongUse(f"{points} lacks {', '.join(missing)}; expected longitude and latitude in WGS 84 degrees")
    added = [field for question in questions for field in question.fields()]
    kept = [field for field in source.schema_arrow if field.name not in {field.name for field in added}]
    schema = pa.schema([*kept, *added])
    done = 0
    with pq.ParquetWriter(target, schema) as writer:
        for batch in source.iter_batches(BATCH_ROWS):
            x, y = (_numbers(batch.column(name)) for name in ("longitude", "latitude"))
            answers = [column for question in questions for column in question.columns(x, y, threads)]
            columns = [batch.column(field.name) for field in kept]
            writer.write_batch(pa.record_batch([*columns, *answers], schema=schema))
            done += batch.num_rows
            tell(", ".join([f"{done} points", *(question.told for question in questions)]))
    return done


class ZoneQuestion:
    """Which zone covers each point.

    Attributes:
        index: of the zones.
        repairs: what was repaired in the outlines.
        found: points in a zone so far.
    """

    def __init__(self, index: ZoneIndex, repairs: tuple[Repair, ...]) -> None:
        import pyarrow as pa

        self.index, self.repairs, self.found = index, repairs, 0
        self._names = pa.array([*index.zone_ids, None], pa.string())

    @property
    def told(self) -> str:
        """One line on the points so far."""
        return f"{self.found} in a zone"

    def fields(self) -> list[pa.Field]:
        """Give the column `zone_id`."""
        import pyarrow as pa

        return [pa.field("zone_id", pa.string())]

    def columns(self, longitude: Any, latitude: Any, threads: int) -> list[pa.Array]:
        """Give the zone of each point, null where none covers it."""
        import pyarrow as pa

        verdict = self.index.locate(longitude, latitude, threads=threads)
        self.found += int((verdict >= 0).sum())
        return [self._names.take(pa.array(verdict % len(self._names)))]


def _numbers(column: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _index(path: Path, id_property: str | None) -> tuple[ZoneIndex, tuple[Repair, ...]]:
    import shapely

    from analytics.spatial import ZoneError, ZoneIndex, repaired

    ids: list[str] = []
    outlines: list[BaseGeometry] = []
    for number, feature in enumerate(features_of(path, "polygons"), start=1):
        zone_id = id_of(feature, id_property, number)
        outline = shapely.from_geojson(json.dumps(feature.get("geometry")), on_invalid="ignore")
        if outline is None:
            raise WrongUse(f"{path}: zone {zone_id} (feature {number}) has no readable geometry; remove or repair it")
        ids.append(zone_id)
        outlines.append(outline)
    try:
        valid, repairs = repaired(ids, outlines)
        return ZoneIndex.build(ids, valid), repairs
    except ZoneError as error:
        raise WrongUse(f"{path}: {error}") from None
