"""The traps of positions of emergency units: nonsense places, two words for one state."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

UNIT = "silver.unit_status"


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    return recorded("cisu_geo_pos")


def changed(source: Any, **facts: Any) -> bytes:
    message = json.loads(source.slice)
    message["geoPositionsUpdate"]["position"][0].update(facts)
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("where", "lon", "lat"),
    [
        ("Marseille", 5.37, 43.3),
        ("Ajaccio", 8.74, 41.93),
        ("Pointe-à-Pitre", -61.53, 16.24),
        ("Fort-de-France", -61.07, 14.6),
        ("Cayenne", -52.33, 4.93),
        ("Saint-Denis", 55.45, -20.88),
        ("Mamoudzou", 45.23, -12.78),
        ("Saint-Pierre", -56.18, 46.78),
        ("Nouméa", 166.45, -22.27),
        ("Mata-Utu", -176.17, -13.28),
        ("Papeete", -149.57, -17.53),
    ],
)
def test_a_unit_may_be_anywhere_in_france(source: Any, where: str, lon: float, lat: float) -> None:
    (row,) = source.read(changed(source, coord={"lat": lat, "lon": lon})).rows(UNIT)
    assert (row["longitude"], row["latitude"]) == (lon, lat), where


@pytest.mark.parametrize(("lon", "lat"), [(1.097341, 9.464944), (43.3, 5.37), (-73.9, 40.7)])
def test_a_unit_outside_france_is_refused(source: Any, lon: float, lat: float) -> None:
    found = source.read(changed(source, coord={"lat": lat, "lon": lon}))
    assert [(rule, column) for _, _, rule, column in found.refused] == [("position_bounds", "position.coord")]


def test_what_the_mission_says_is_stronger_than_availability(source: Any) -> None:
    def code(**facts: Any) -> object:
        return source.read(changed(source, **facts)).rows(UNIT)[0]["unit_status_code"]

    assert code(status="INDISPONIBLE", engagedStatus="TRANSPORT_DESTINATION") == "transporting"
    message = json.loads(source.slice)
    del message["geoPositionsUpdate"]["position"][0]["engagedStatus"]
    for word, expected in (("DISPONIBLE", "available"), ("INDISPONIBLE", "unavailable"), ("INCONNU", "unknown")):
        message["geoPositionsUpdate"]["position"][0]["status"] = word
        assert source.read(json.dumps(message).encode()).rows(UNIT)[0]["unit_status_code"] == expected


def test_several_units_in_one_message_are_several_rows(source: Any) -> None:
    message = json.loads(source.slice)
    position = message["geoPositionsUpdate"]["position"][0]
    other = {**position, "resourceId": "fr.health.samu130.resource.VLM1", "speed": 31.5, "cap": 271}
    message["geoPositionsUpdate"]["position"].append(other)
    rows = source.read(json.dumps(message).encode()).rows(UNIT)
    assert [row["unit_id"] for row in rows] == ["fr.health.samu760.resource.VLM25", "fr.health.samu130.resource.VLM1"]
    assert (rows[1]["speed_kmh"], rows[1]["heading_deg"]) == (31.5, 271)
