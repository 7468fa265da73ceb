"""`vigie locate --nearest` on files: what is near each point, every row kept, and what cannot be asked told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from pyproj import Geod

from tests.vigie.conftest import Vigie
from tests.vigie.test_locate import square, write_points, write_zones
from vigie import locate

Geometry = dict[str, object]


def line(*vertices: tuple[float, float]) -> Geometry:
    return {"type": "LineString", "coordinates": vertices}


def spot(x: float, y: float) -> Geometry:
    return {"type": "Point", "coordinates": (x, y)}


def write_features(path: Path, **geometries: Geometry) -> Path:
    features = (
        {"type": "Feature", "properties": {"name": name.rstrip("_")}, "geometry": geometry}
        for name, geometry in geometries.items()
    )
    path.write_text("\n".join(json.dumps(feature) for feature in features))
    return path


def test_nearest_street_and_distance_are_added_to_every_point(
    tmp_path: Path, vigie: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locate, "BATCH_ROWS", 2)  # several batches
    # rue_ is a second part of the street "rue", farther off
    streets = write_features(
        tmp_path / "streets.geojson",
        rue=line((5.0, 43.0), (5.01, 43.0)),
        quai=line((5.0, 43.1), (5.01, 43.1)),
        rue_=line((5.01, 43.0), (5.02, 43.0)),
    )
    points = write_points(
        tmp_path / "points.parquet", [5.005, None, 5.005, 5.015, 95.0], [43.001, 43.0, 43.099, 43.0, 43.0]
    )
    out = tmp_path / "out.parquet"
    done = vigie("locate", str(points), "--nearest", str(streets), str(out), "--within", "500", "--k", "1", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told == {"points": 5, "near_feature": 3, "features": 2, "path": str(out)}
    found = pq.read_table(out)
    assert found.column_names == ["name", "longitude", "latitude", "nearest_id", "nearest_distance_m"]
    assert found.column("nearest_id").to_pylist() == ["rue", None, "quai", "rue", None]
    north = Geod(ellps="WGS84").inv(5.005, 43.0, 5.005, 43.001)[2]
    metres = found.column("nearest_distance_m").to_pylist()
    assert metres[0] == pytest.approx(north, abs=0.02)  # the shortest line bends 12 mm north of the parallel
    assert metres[3] == pytest.approx(0.0, abs=0.02)
    assert (metres[1], metres[4]) == (None, None)


def test_several_features_are_told_as_lists_nearest_first(tmp_path: Path, vigie: Vigie) -> None:
    stations = write_features(
        tmp_path / "s.geojson", b=spot(5.001, 43), a=spot(4.999, 43), c=spot(5.003, 43), d=spot(6, 43)
    )
    points = write_points(tmp_path / "points.parquet", [5.0, 7.0, None], [43.0, 43.0, 43.0])
    cases = {
        ("--k", "3"): [["a", "b", "c"], ["d", "c", "b"], []],
        ("--within", "250"): [["a", "b", "c"], [], []],
        ("--within", "250", "--k", "2"): [["a", "b"], [], []],
    }
    for options, expected in cases.items():
        done = vigie("locate", str(points), "--nearest", str(stations), str(tmp_path / "out.parquet"), *options)
        assert done.returncode == 0, done.stderr
        found = pq.read_table(tmp_path / "out.parquet")
        assert found.column("nearest_id").to_pylist() == expected
        lists = found.column("nearest_distance_m").to_pylist()
        assert [len(one) for one in lists] == [len(one) for one in expected]
        assert all(one == sorted(one) for one in lists)


def test_zone_and_nearest_are_asked_together(tmp_path: Path, vigie: Vigie) -> None:
    zones = write_zones(tmp_path / "zones.geojson", square(0.0, "z"))
    stations = write_features(tmp_path / "s.geojson", s=spot(0.5, 0.5), t=spot(9.0, 9.0))
    points = write_points(tmp_path / "points.parquet", [0.5, 8.0], [0.5, 8.0])
    out = tmp_path / "out.parquet"
    done = vigie("locate", str(points), "--zones", str(zones), "--nearest", str(stations), str(out), "--json")
    told = json.loads(done.stdout)
    assert (told["in_zone"], told["zones"], told["near_feature"], told["features"]) == (1, 1, 2, 2)
    found = pq.read_table(out)
    assert found.column("zone_id").to_pylist() == ["z", None]
    assert found.column("nearest_id").to_pylist() == ["s", "t"]


def test_the_same_answers_come_in_batches_of_any_size(
    tmp_path: Path, vigie: Vigie, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(1)
    x, y = random.uniform(5, 5.1, 300).tolist(), random.uniform(43, 43.1, 300).tolist()
    points = write_points(tmp_path / "points.parquet", x, y)
    spots = {f"s{n}": spot(*at) for n, at in enumerate(random.uniform((5, 43), (5.1, 43.1), (40, 2)).tolist())}
    stations = write_features(tmp_path / "s.geojson", **spots)
    tables = []
    for size in (300, 7):
        monkeypatch.setattr(locate, "BATCH_ROWS", size)
        vigie("locate", str(points), "--nearest", str(stations), str(tmp_path / "out.parquet"), "--within", "2000")
        tables.append(pq.read_table(tmp_path / "out.parquet"))
    assert tables[0].equals(tables[1])


def test_what_cannot_be_asked_is_told(tmp_path: Path, vigie: Vigie) -> None:
    points = write_points(tmp_path / "points.parquet", [0.5], [0.5])
    stations = write_features(tmp_path / "s.geojson", s=spot(0.5, 0.5))
    areas = write_zones(tmp_path / "areas.geojson", square(0.0, "z"))
    metres = write_features(tmp_path / "m.geojson", s=spot(897_000.0, 6_247_000.0))
    hollow = write_features(tmp_path / "h.geojson", s={"type": "Point", "coordinates": []})
    out = str(tmp_path / "out.parquet")
    cases = [
        ([], 2, "give --zones, --nearest or both"),
        (["--k", "2", "--zones", str(areas)], 2, "give --nearest too"),
        (["--nearest", str(areas)], 2, "is a Polygon; expected points or lines"),
        (["--nearest", str(hollow)], 2, "has no readable geometry"),
        (["--nearest", str(stations), "--nearest-id", "code"], 2, "has no property code; it has name"),
        (["--nearest", str(metres)], 1, "reproject it to WGS 84"),
    ]
    for options, code, message in cases:
        done = vigie("locate", str(points), out, *options)
        assert (done.returncode, message in " ".join(done.stderr.split())) == (code, True), done.stderr
