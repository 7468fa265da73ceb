"""Feeds of states, read by their connectors: units and buses on their way, stays, alerts, weekly rates."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from connectors.sdk.accounting import Outcome
from simulator.chance import Floats
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts, simulate_day
from simulator.feeds import RECORDED, patrols_of, sites_of, spoilt
from simulator.output import write
from simulator.truth.buses import lines, trips, vehicles
from simulator.truth.hospital import MODES
from simulator.truth.units import posts, tracks
from simulator.wire import writers
from simulator.wire._told import told_by
from tests.simulator.test_wire import files, read, rows_of, seconds

DAYS = (date(2026, 5, 1), date(2026, 3, 29), date(2026, 10, 25))
"""A usual day and the two that the clocks change on."""
FEEDS = (
    "avl_positions", "cisu_geo_pos", "cisu_rc_ri", "fhir_encounter", "gpx_tracks", "gtfs_rt_service_alerts",
    "gtfs_rt_vehicle_positions", "spf_oscour",
)  # fmt: skip
STAGES = {"dispatched": "dispatched_s", "en_route": "en_route_s", "on_scene": "arrived_s", "returning": "closed_s",
          "available": "back_s"}  # fmt: skip
REACHED = {"dispatched": "dispatched_s", "en_route": "en_route_s", "arrived": "arrived_s", "closed": "closed_s"}
STATUS, STAGE = "silver.unit_status", "silver.dispatch_stage"


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
    messages = sum(one.contract == STATUS for one in told.read["cisu_rc_ri"])
    assert len(told.refused("cisu_rc_ri")) == told.spoilt("cisu_rc_ri", messages) > 0


def test_stages_of_a_response_are_read_with_their_true_instants(told: Told) -> None:
    incident_of = {row.report_id: row.incident_id for row in told_by(told.facts, "cisu_emsi")}
    truth = {(one["incident_id"], one["unit_id"]): one for one in errands(told)}
    rows = told.rows("cisu_rc_ri", STAGE)
    for row in rows:
        errand = truth[incident_of[row["report_id"]], row["unit_id"]]
        assert seconds(row["reached_at"]) == errand[REACHED[row["dispatch_stage_code"]]]
        assert (row["is_withdrawn"], row["is_exercise"]) == (False, False)
    statuses = told.rows("cisu_rc_ri", STATUS)
    assert len(rows) == sum(row["unit_status_code"] != "available" for row in statuses) > 0
    assert len({row["dispatch_stage_id"] for row in rows}) == len(rows)


def test_crews_forget_the_share_of_stages_that_the_profile_says(city: City) -> None:
    """Of errands told to the end, within four standard deviations; nothing else is ever forgotten."""
    told: dict[tuple[str, str], set[str]] = {}
    for message in writers()["cisu_rc_ri"].messages(city, simulate_day(city, DAYS[0])):
        (content,) = json.loads(message.content)["content"]
        case = content["jsonContent"]["embeddedJsonContent"]["message"]["resourcesInfoCisu"]
        (unit,) = case["resource"]
        told.setdefault((case["caseId"], unit["resourceId"]), set()).add(unit["state"]["status"])
    ended = [words for words in told.values() if "REN-BASE" in words]
    assert len(ended) > 200
    omits = city.simulation["feeds"]["cisu_rc_ri"]["omits"]
    for word in ("DECLENCHE", "DEPART", "ARRIVEE", "RETOUR"):
        share = omits.get(word, 0.0)
        untold = sum(word not in words for words in ended) / len(ended)
        assert untold == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(ended))), word


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


def test_stays_are_read_at_sites_that_no_other_feed_tells(told: Told) -> None:
    sites, known = sites_of(told.city, "fhir_encounter"), told.facts.arrivals
    assert not set(sites) & set(sites_of(told.city, "hl7v2_adt"))
    assert set(sites) | set(sites_of(told.city, "hl7v2_adt")) == set(known["site"].tolist())
    here = np.isin(known["site"], list(sites))
    as_coded = {"fire_rescue": "ambulance", "police": "other"}
    modes = [as_coded.get(MODES[mode], MODES[mode]) for mode in known["mode"][here]]
    quarters, spoils = [known[name][here] // 900 * 900 for name in ("arrived_s", "left_s")], 2 * int(here.sum())
    is_spoilt = spoilt(told.city, "fhir_encounter", told.facts.day.ordinal, spoils).reshape(-1, 2)
    rows = told.rows("fhir_encounter", "silver.hospital_arrival")
    for step, status in enumerate(("arrived", "left")):
        truth = [
            (int(arrived), mode, int(left) if step else None)
            for arrived, left, mode, spoils in zip(*quarters, modes, is_spoilt[:, step], strict=True)
            if not spoils
        ]
        assert Counter(
            (seconds(row["arrived_at"]), row["arrival_mode_code"], seconds(row["left_at"]) if row["left_at"] else None)
            for row in rows if row["arrival_status_code"] == status
        ) == Counter(truth)  # fmt: skip
    assert len(told.refused("fhir_encounter")) == is_spoilt.sum() > 0
    assert {row["site_id"] for row in rows} == {"finess:130000001"}
    assert not any(b"Nobody" in one.message.value for one in told.read["fhir_encounter"])


def test_buses_are_read_on_the_way_between_their_stops(told: Told) -> None:
    rows = told.rows("gtfs_rt_vehicle_positions", "silver.vehicle_position")
    at = lines(told.city)
    followed = range(told.city.simulation["feeds"]["gtfs_rt_vehicle_positions"]["lines"])
    tables = {line: trips(told.city, told.facts.day, told.facts.disturbances, line) for line in followed}
    metre = 1 / told.city.m_per_longitude
    seen = set()
    for row in rows:
        line, trip = (int(part) for part in row["trip_id"].removeprefix("L").split("-"))
        actual, stop = tables[line].planned_s[trip] + tables[line].delay_s[trip], row["stop_sequence"] - 1
        assert actual[stop - 1] <= seconds(row["observed_at"]) < actual[stop]
        leg = shapely.LineString([(at.longitude[line, one], at.latitude[line, one]) for one in (stop - 1, stop)])
        assert leg.distance(shapely.Point(row["longitude"], row["latitude"])) < 2 * metre
        assert row["vehicle_id"] == f"bus-{line:02d}-{vehicles(tables[line])[trip]:02d}"
        assert row["current_status_code"] == "in_transit_to"
        seen.add((row["vehicle_id"], row["observed_at"]))
    assert len(seen) == len(rows), "no bus is at two places at once"
    assert {int(row["route_id"][1:]) for row in rows} == set(followed)
    every = len(told.read["gtfs_rt_vehicle_positions"])
    assert len(told.refused("gtfs_rt_vehicle_positions")) == told.spoilt("gtfs_rt_vehicle_positions", every) > 0


def test_a_bus_is_free_before_its_next_trip(told: Told) -> None:
    for line in range(8):
        timetable = trips(told.city, told.facts.day, told.facts.disturbances, line)
        actual, of = timetable.planned_s + timetable.delay_s, vehicles(timetable)
        for number in range(int(of.max()) + 1):
            mine = actual[of == number]
            assert (mine[1:, 0] > mine[:-1, -1]).all()


def test_alerts_are_read_while_the_operator_knows_of_what_holds_up(told: Told) -> None:
    known, held_up = told.facts.announcements, told.facts.disturbances
    is_spoilt = spoilt(told.city, "gtfs_rt_service_alerts", told.facts.day.ordinal, len(known["told_s"]))
    step = told.city.simulation["feeds"]["gtfs_rt_service_alerts"]["every_seconds"]
    expected, seen = set(), set()
    for row, alert_id in enumerate(known["alert_id"].tolist()):
        for at in range(told.facts.day.starts_s, told.facts.day.ends_s, step):
            if known["told_s"][row] <= at < known["until_s"][row]:
                expected.add((alert_id, at, bool(is_spoilt[row])))
    for row in told.rows("gtfs_rt_service_alerts", "silver.service_alert"):
        (number,) = np.flatnonzero(known["alert_id"] == row["alert_id"])
        incident = held_up["incident_id"] == known["incident_id"][number]
        seen.add((row["alert_id"], seconds(row["feed_at"]), False))
        assert seconds(row["active_from_at"]) == known["from_s"][number]
        assert seconds(row["active_until_at"]) == known["until_s"][number]
        assert set(json.loads(row["route_ids"])) == {f"L{line:02d}" for line in held_up["line"][incident]}
        is_accident = CATEGORIES[known["category"][number]] == "collision"
        assert (row["cause_code"] == "accident") == is_accident
        assert row["language"] == "fr"
        assert "SIMULÉ" in row["header_text"]
        assert str(known["incident_id"][number]) not in json.dumps(row), "the truth is not told"
    assert expected
    assert seen == {one for one in expected if not one[2]}
    assert len(told.refused("gtfs_rt_service_alerts")) == len(expected) - len(seen)


def test_rates_of_a_week_are_those_of_the_arrivals_of_that_week(told: Told) -> None:
    monday = told.facts.day.date - timedelta(days=told.facts.day.date.weekday() + 7)
    week = [simulate_day(told.city, monday + timedelta(days=ahead)) for ahead in range(-1, 7)]
    begins, ends = week[1].day.starts_s, week[-1].day.ends_s
    brought: Counter[str] = Counter()
    for facts in week:
        category = dict(zip(facts.incidents["incident_id"].tolist(), facts.incidents["category"].tolist(), strict=True))
        inside = (facts.arrivals["arrived_s"] >= begins) & (facts.arrivals["arrived_s"] < ends)
        named = facts.arrivals["incident_id"][inside].tolist()
        brought.update(CATEGORIES[category[one]] if one else "" for one in named)
    is_spoilt = bool(told.spoilt("spf_oscour", 1))
    rows = {row["activity_indicator"]: row for row in told.rows("spf_oscour", "silver.hospital_activity")}
    assert len(rows) == (0 if is_spoilt else 3)
    assert len(told.refused("spf_oscour")) == (3 if is_spoilt else 0)
    for row in rows.values():
        assert (row["activity_start_date"], row["territory_id"]) == (str(monday), "insee_departement:00")
        assert (row["group_code"], row["activity_unit_code"]) == ("all", "per_100000")
    expected = 100_000 * brought["collision"] / brought.total()
    road = rows["Taux de passages aux urgences pour accident de la circulation"]
    assert road["activity_value"] == pytest.approx(expected, abs=1e-4) != 0


def test_a_contradictory_week_is_told_and_refused(town_of: Callable[..., City], tmp_path: Path) -> None:
    town = town_of(1)
    town.simulation["feeds"]["spf_oscour"]["spoilt_ratio"] = 1.0
    write(town, DAYS[0], DAYS[0], tmp_path, {"spf_oscour": writers()["spf_oscour"]})
    found = list(read(town, "spf_oscour", files(tmp_path, "spf_oscour")))
    assert len(found) == 3
    assert {violation.column for one in found for violation in one.violations} == {"activity_start_date"}


def test_the_same_seed_tells_the_same_and_a_feed_changes_no_other(town_of: Callable[..., City]) -> None:
    one, other = town_of(3), town_of(3)
    other.simulation["feeds"]["avl_positions"]["spoilt_ratio"] = 0.5
    for name, writer in writers().items():
        first, second = (list(writer.messages(city, simulate_day(city, DAYS[0]))) for city in (one, other))
        assert (first == second) is (name != "avl_positions"), name
