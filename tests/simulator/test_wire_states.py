"""Feeds of states, read by their connectors: units and buses on their way, stays, alerts, weekly rates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest

from connectors.sdk.accounting import Outcome
from simulator.chance import Floats
from simulator.city import City
from simulator.facts import DayFacts, simulate_day
from simulator.feeds import RECORDED, patrols_of, spoilt
from simulator.output import write
from simulator.truth.units import posts, tracks
from simulator.wire import writers
from simulator.wire._told import told_by
from tests.simulator.test_wire import files, read, rows_of, seconds

DAYS = (date(2026, 5, 1), date(2026, 3, 29), date(2026, 10, 25))
"""A usual day and the two that the clocks change on."""
FEEDS = ("avl_positions", "cisu_geo_pos", "cisu_rc_ri", "gpx_tracks")
STAGES = {"dispatched": "dispatched_s", "en_route": "en_route_s", "on_scene": "arrived_s", "returning": "closed_s",
          "available": "back_s"}  # fmt: skip
STATUS = "silver.unit_status"


@dataclass(frozen=True, eq=False)
class Told:
    """One day: what was true, what was told of it, and what the connectors read of that."""

    city: City
    facts: DayFacts
    read: dict[str, list[Outcome]]

    def rows(self, name: str, contract: str) -> list[dict[str, Any]]:
        return rows_of(self.read[name], contract)

    def refused(self, name: str) -> list[Outcome]:
        return [one for one in self.read[name] if one.violations]

    def spoilt(self, name: str, size: int) -> int:
        return int(spoilt(self.city, name, self.facts.day.ordinal, size).sum())


@pytest.fixture(scope="module", params=DAYS, ids=str)
def told(request: pytest.FixtureRequest, town: City, tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("states")
    write(town, request.param, request.param, folder, {name: writers()[name] for name in FEEDS})
    return Told(
        town, simulate_day(town, request.param), {name: list(read(town, name, files(folder, name))) for name in FEEDS}
    )


def errands(told: Told) -> Iterator[dict[str, Any]]:
    sent = told.facts.dispatches
    for values in zip(*(column.tolist() for column in sent.values()), strict=True):
        yield dict(zip(sent, values, strict=True))


def apart_m(city: City, row: dict[str, Any], x: float, y: float) -> float:
    found: Floats = city.metres(np.array([row["longitude"]]), np.array([row["latitude"]]), x, y)
    return float(found[0])


def test_units_of_a_case_are_read_from_the_dispatch_to_the_station(told: Told) -> None:
    incident_of = {row.report_id: row.incident_id for row in told_by(told.facts, "cisu_emsi")}
    truth = {(one["incident_id"], one["unit_id"]): one for one in errands(told)}
    rows, home = told.rows("cisu_rc_ri", STATUS), posts(told.city, "fire")
    seen: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        unit = row["unit_id"].removeprefix("fr.fire.demo130.resource.")
        errand = truth[incident_of[row["report_id"]], unit]
        seen.setdefault((row["report_id"], unit), []).append(row["unit_status_code"])
        assert seconds(row["observed_at"]) == errand[STAGES[row["unit_status_code"]]]
        is_away = row["unit_status_code"] in ("on_scene", "returning")
        x, y = (errand["longitude"], errand["latitude"]) if is_away else (
            home.longitude[errand["unit"]], home.latitude[errand["unit"]]
        )  # fmt: skip
        assert (row["longitude"], row["latitude"]) == (x, y)
    assert any(stages == list(STAGES) for stages in seen.values())
    assert all(stages == [stage for stage in STAGES if stage in stages] for stages in seen.values()), "in their order"
    assert len(told.refused("cisu_rc_ri")) == told.spoilt("cisu_rc_ri", len(told.read["cisu_rc_ri"])) > 0


def test_units_are_read_on_their_way(told: Told) -> None:
    rows, home = told.rows("cisu_geo_pos", STATUS), posts(told.city, "fire")
    ways = [one for one in errands(told) if one["unit_kind"] == "fire"]
    assert len({row["unit_status_id"] for row in rows}) == len(rows)
    for row in rows:
        unit, at = row["unit_id"].removeprefix("fr.fire.demo130.resource."), seconds(row["observed_at"])
        begins, ends = ("en_route_s", "arrived_s") if row["unit_status_code"] == "en_route" else ("closed_s", "back_s")
        (errand,) = (one for one in ways if one["unit_id"] == unit and one[begins] <= at <= one[ends])
        share = (at - errand[begins]) / (errand[ends] - errand[begins])
        share = share if row["unit_status_code"] == "en_route" else 1 - share
        x, y = home.longitude[errand["unit"]], home.latitude[errand["unit"]]
        here = (x + (errand["longitude"] - x) * share, y + (errand["latitude"] - y) * share)
        assert apart_m(told.city, row, *here) < 0.2
        assert 0 <= row["heading_deg"] < 360
    stages = Counter(row["unit_status_code"] for row in rows)
    assert set(stages) == {"en_route", "returning"}
    instants = len({row["observed_at"] for row in rows}) + len(told.refused("cisu_geo_pos"))
    assert len(told.refused("cisu_geo_pos")) == told.spoilt("cisu_geo_pos", instants) > 0


@pytest.mark.parametrize("name", RECORDED)
def test_patrol_vehicles_are_read_where_they_were(name: str, told: Told) -> None:
    step = told.city.simulation["feeds"][name]["every_seconds"]
    follows = patrols_of(told.city, name)
    truth = {
        (track.unit_id, int(at)): (x, y)
        for track in tracks(told.city, told.facts.day, told.facts.dispatches, "police", follows, step)
        for at, x, y in zip(track.at_s, track.longitude, track.latitude, strict=True)
    }
    rows = told.rows(name, STATUS)
    for row in rows:
        unit = posts(told.city, "police").unit_ids[follows[0]] if name == "gpx_tracks" else row["unit_id"]
        assert truth[unit, seconds(row["observed_at"])] == (row["longitude"], row["latitude"])
        assert 0 <= row["speed_kmh"] < 90
    assert len(rows) + told.spoilt(name, len(truth)) == len(truth)
    assert len(told.refused(name)) == told.spoilt(name, len(truth)) > 0
    if name == "gpx_tracks":
        assert {row["unit_id"] for row in rows} == {told.city.simulation.city.source(name).settings["unit_id"]}


def test_every_patrol_is_told_by_one_source(city: City) -> None:
    followed = [number for name in ("cot_events", *RECORDED) for number in patrols_of(city, name)]
    assert sorted(followed) == list(range(city.simulation["units"]["police"]["count"]))
    unit_id = city.simulation.city.source("gpx_tracks").settings["unit_id"]
    assert [posts(city, "police").unit_ids[number] for number in patrols_of(city, "gpx_tracks")] == [unit_id]


def test_the_same_seed_tells_the_same_and_a_feed_changes_no_other(town_of: Callable[..., City]) -> None:
    one, other = town_of(3), town_of(3)
    other.simulation["feeds"]["avl_positions"]["spoilt_ratio"] = 0.5
    for name, writer in writers().items():
        first, second = (list(writer.messages(city, simulate_day(city, DAYS[0]))) for city in (one, other))
        assert (first == second) is (name != "avl_positions"), name
