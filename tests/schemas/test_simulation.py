from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import schemas.city
from schemas.errors import CityError
from schemas.simulation import load_simulation, simulated_cities


@pytest.mark.parametrize("city_id", simulated_cities())
def test_every_simulation_profile_loads(city_id: str) -> None:
    simulation = load_simulation(city_id)
    assert simulation["categories"]
    feeds = simulation.settings.get("feeds", ())
    for source in (*simulation["sources"], *simulation["registers"], *feeds):
        assert simulation.city.source(source)


def test_a_city_without_a_profile_says_which_have_one() -> None:
    with pytest.raises(CityError, match=r"has no simulation\.yaml; expected one of .*marseille"):
        load_simulation("lancashire")


@pytest.mark.parametrize(
    ("found", "put", "says"),
    [
        ("rhythm: night", "rhythm: nights", "found `nights`; expected one of round"),
        ("  noise:\n", "  loudness:\n", "found category `loudness`; expected a code"),
        ("per_day: 110", "per_day: many", "expected a finite number"),
        ("school: 0.1", "schools: 0.1", "found kind of place `schools`"),
        ("storm: 12", "storms: 12", "found effect `storms`"),
        ("tells: {filming", "tells: {films", "found kind of occupation `films`; expected one of market"),
        ("rhythm: day, sees_m", "rhythm: days, sees_m", "found `days`; expected one of round"),
        ("cases: cisu_emsi", "cases: cisu_emsy", "found source `cisu_emsy`; expected one of cisu_emsi"),
        ("Screaming: {from: {physical_violence", "Screaming: {from: {violence", "found category `violence`"),
        ("file: recordings/meteofrance_synop/synop", "file: recordings/meteofrance_synop/sinop", "found no file"),
    ],
)
def test_a_fault_is_told_with_its_line(
    found: str, put: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "marseille"
    shutil.copytree(schemas.city.FOLDER / "marseille", root)
    path = root / "simulation.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(found, put, 1), encoding="utf-8")
    monkeypatch.setattr(schemas.city, "FOLDER", tmp_path)
    load_simulation.cache_clear()
    schemas.city.load_city.cache_clear()
    try:
        with pytest.raises(CityError, match=says) as raised:
            load_simulation("marseille")
        assert "simulation.yaml:" in str(raised.value)
    finally:
        load_simulation.cache_clear()
        schemas.city.load_city.cache_clear()
