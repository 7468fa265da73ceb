"""`vigie locate` on files: the same verdicts as GEOS, every row kept, and what cannot be read told."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vigie import locate
from vigie.errors import WrongUse
from vigie.locate import locate_file

ROOT = Path(__file__).resolve().parents[2]
DISTRICTS = ROOT / "cities" / "lancashire" / "zones" / "lancashire_districts.geojson.gz"


def quiet(line: str) -> None:
    assert line


def square(west: float, code: str, **more: object) -> dict[str, object]:
    ring = [[west, 0.0], [west + 1, 0.0], [west + 1, 1.0], [west, 1.0], [west, 0.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": geometry, **more}


def write_points(path: Path, x: list[float | None], y: list[float | None]) -> Path:
    table = pa.table({"name": [str(n) for n in range(len(x))], "longitude": x, "latitude": y})
    pq.write_table(table, path)
    return path


def write_zones(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_every_verdict_is_that_of_geos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "BATCH_ROWS", 1_000)  # several batches
    districts = geopandas.read_file(f"/vsigzip/{DISTRICTS}")
    west, south, east, north = districts.total_bounds
    random = np.random.default_rng(1)
    x, y = random.uniform(west, east, 5_000), random.uniform(south, north, 5_000)
    name = next(column for column in districts.columns if districts[column].is_unique and column != "geometry")
    points = write_points(tmp_path / "points.parquet", x.tolist(), y.tolist())
    done = locate_file(points, DISTRICTS, tmp_path / "out.parquet", id_property=name, threads=2, tell=quiet)
    found = pq.read_table(tmp_path / "out.parquet").column("zone_id").to_pylist()
    places = geopandas.GeoDataFrame(geometry=geopandas.points_from_xy(x, y), crs=districts.crs)
    joined = geopandas.sjoin(places, districts, how="left", predicate="intersects")[name]
    expected = joined[~joined.index.duplicated()].sort_index()
    assert found == [None if value != value else str(value) for value in expected]
    assert (done.points, done.zones) == (5_000, 14)
    assert done.in_zone == sum(one is not None for one in found) > 1_000


def test_all_columns_are_kept_and_points_without_a_position_have_no_zone(tmp_path: Path) -> None:
    points = write_points(tmp_path / "points.parquet", [0.5, None, 9.0, float("nan"), 1.0], [0.5, 0.5, 0.5, 0.5, 0.5])
    zones = write_zones(tmp_path / "zones.geojson", square(0.0, "b"), square(1.0, "a"))
    done = locate_file(points, zones, tmp_path / "out.parquet", id_property=None, threads=1, tell=quiet)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.column_names == ["name", "longitude", "latitude", "zone_id"]
    # the point on the shared border goes to the smaller identifier
    assert found.column("zone_id").to_pylist() == ["b", None, None, None, "a"]
    assert done.in_zone == 2


@pytest.mark.parametrize("packed", [False, True])
def test_zones_come_by_line_too_and_packed(tmp_path: Path, packed: bool) -> None:
    text = "\n".join(json.dumps(square(float(n), f"z{n}", id=n)) for n in range(3)).encode()
    zones = tmp_path / ("zones.ndjson.gz" if packed else "zones.ndjson")
    zones.write_bytes(gzip.compress(text) if packed else text)
    points = write_points(tmp_path / "points.parquet", [2.5], [0.5])
    locate_file(points, zones, tmp_path / "out.parquet", id_property=None, threads=1, tell=quiet)
    assert pq.read_table(tmp_path / "out.parquet").column("zone_id").to_pylist() == ["2"]


def test_a_ring_that_crosses_itself_is_repaired_and_named(tmp_path: Path) -> None:
    bow = square(0.0, "bow")
    bow["geometry"] = {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}
    zones = write_zones(tmp_path / "zones.geojson", bow)
    points = write_points(tmp_path / "points.parquet", [0.1, 0.5], [0.5, 0.9])
    done = locate_file(points, zones, tmp_path / "out.parquet", id_property="code", threads=1, tell=quiet)
    (repair,) = done.repairs
    assert (repair.zone_id, repair.problem, repair.places) == ("bow", "Self-intersection", ((0.5, 0.5),))
    assert pq.read_table(tmp_path / "out.parquet").column("zone_id").to_pylist() == ["bow", None]


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    zones = write_zones(tmp_path / "zones.geojson", square(0.0, "a"))
    points = write_points(tmp_path / "points.parquet", [0.5], [0.5])
    (tmp_path / "text").write_text("nothing")
    pq.write_table(pa.table({"x": [1.0]}), tmp_path / "x.parquet")
    out = tmp_path / "out.parquet"
    twice = write_zones(tmp_path / "twice.geojson", square(0.0, "a"), square(2.0, "a"))
    cases = [
        ((points, twice, "code"), "twice.geojson: zone 'a' is given twice"),
        ((points, tmp_path / "text", None), "cannot be read as GeoJSON"),
        ((tmp_path / "text", zones, None), "cannot be read as Parquet"),
        ((tmp_path / "x.parquet", zones, None), "lacks longitude, latitude"),
        ((points, zones, "insee"), "has no property insee; it has code"),
    ]
    for (one, other, name), message in cases:
        with pytest.raises(WrongUse, match=message):
            locate_file(one, other, out, id_property=name, threads=1, tell=quiet)


def test_a_geometry_alone_is_a_zone(tmp_path: Path) -> None:
    (tmp_path / "zones.geojson").write_text(json.dumps(square(0.0, "a")["geometry"]))
    points = write_points(tmp_path / "points.parquet", [0.5, 3.0], [0.5, 0.5])
    locate_file(points, tmp_path / "zones.geojson", tmp_path / "out.parquet", id_property=None, threads=1, tell=quiet)
    assert pq.read_table(tmp_path / "out.parquet").column("zone_id").to_pylist() == ["1", None]
