"""Sensors tell what is around them: crowds, what is noisy, what is closed; and nothing that they may not."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.sdk import registry
from connectors.sdk.accounting import Outcome
from connectors.sdk.element import Payload
from connectors.sdk.judge import outcomes
from schemas.isolation import Authorisation
from simulator.city import CATEGORIES, City
from simulator.facts import DayFacts, simulate_day
from simulator.output import write
from simulator.truth.counting import counting, expected, notices
from simulator.truth.noise import levels, meters
from simulator.truth.occupations import born, middle
from simulator.truth.presence import crowd_in_zones, crowd_near, gatherings, presences, residents
from simulator.truth.roads import DAMAGES, POTHOLE, campaign, findings, grades, turn
from simulator.truth.sounds import places as microphones
from simulator.truth.traffic import sites, traffic
from simulator.wire import usual_writers, writers
from simulator.wire.datex2_measured_data import name_of as site_name
from simulator.wire.mobile_presence import threshold_of
from tests.simulator.reading import files, read, rows_of, seconds

DAY = date(2026, 5, 5)
NIGHTS = (date(2026, 3, 29), date(2026, 10, 25))
DAYS = pytest.mark.parametrize("on", [DAY, *NIGHTS], ids=["usual", "spring", "autumn"])


def told(city: City, name: str, on: date, folder: Path) -> list[Outcome]:
    write(city, on, on, folder, {name: writers()[name]})
    return list(read(city, name, files(folder, name)))


def march_day(city: City) -> date:
    """A day on which the crowd of a demonstration walks."""
    days = (DAY + timedelta(days=ahead) for ahead in range(120))
    return next(on for on in days if any(one.route and one.attendance > 500 for one in born(city, on)))


@DAYS
def test_levels_are_read_as_measured_and_a_silent_meter_gives_none(on: date, town: City, tmp_path: Path) -> None:
    found = told(town, "noise_levels", on, tmp_path)
    assert not [one for one in found if one.violations]
    facts = simulate_day(town, on)
    measured = levels(town, facts)
    rows = {
        (row["sensor_id"], row["noise_indicator_code"], seconds(row["measured_from_at"])): row
        for row in rows_of(found, "silver.noise_measure")
    }
    tables = {"laeq": measured.mean, "lamax": measured.loudest, "la90": measured.quiet}
    assert len(rows) == len(found) == 3 * len(meters(town)) * len(facts.day.hours) * 4
    for period, at in enumerate(measured.from_s.tolist()):
        for meter in range(len(meters(town))):
            for code, table in tables.items():
                row = rows[f"noise:meter-{meter:03d}", code, at]
                level = float(table[period, meter])
                assert row["level_db"] is None if math.isnan(level) else row["level_db"] == level
                assert seconds(row["measured_until_at"]) == at + measured.step_s
    assert ((measured.quiet < measured.mean) | np.isnan(measured.mean)).all()
    assert 35 < np.nanmin(measured.mean) < np.nanmax(measured.mean) < 105


def test_a_meter_is_silent_now_and_then(city: City) -> None:
    days = [levels(city, simulate_day(city, DAY + timedelta(days=ahead))).mean for ahead in range(5)]
    gaps = [np.isnan(day).any(axis=0).mean() for day in days]
    assert 0 < np.mean(gaps) < 0.2


def test_it_is_louder_where_a_crowd_or_something_noisy_is(city: City) -> None:
    facts = simulate_day(city, DAY)
    x, y = meters(city)[0]
    quiet = levels(city, facts).mean[:, 0]
    happened = {name: values.copy() for name, values in facts.incidents.items()}
    row = int(np.flatnonzero(happened["category"] == CATEGORIES.index("noise"))[0])
    happened["longitude"][row], happened["latitude"][row] = x, y
    happened["occurred_s"][row], happened["ended_s"][row] = facts.day.at(3), facts.day.at(4)
    loud = levels(city, replace(facts, incidents=happened)).mean[:, 0]
    difference = np.nan_to_num(loud - quiet)
    assert (difference[12:16] > 8).all(), "the four quarters it lasted"
    assert np.abs(np.delete(difference, range(12, 16))).max() < 15
    assert np.median(np.abs(np.delete(difference, range(12, 16)))) == 0


@DAYS
def test_presences_are_read_and_small_ones_are_withheld(on: date, town: City, tmp_path: Path) -> None:
    found = told(town, "mobile_presence", on, tmp_path)
    assert not [one for one in found if one.violations]
    begins, step, persons = presences(town, simulate_day(town, on).day)
    rows = {(row["source_zone"], seconds(row["measured_from_at"])): row for row in rows_of(found, "silver.crowd_count")}
    assert len(rows) == len(found) == persons.size
    states: Counter[str] = Counter()
    for period, at in enumerate(begins.tolist()):
        for zone, count in zip(town.zone_names.tolist(), persons[period].tolist(), strict=False):
            row = rows[zone, at]
            is_small = count < threshold_of(town)
            assert row["count_state_code"] == ("suppressed" if is_small else "measured")
            assert row["counted_count"] == (None if is_small else count)
            assert seconds(row["measured_until_at"]) == at + step
            states[row["count_state_code"]] += 1
    assert 0 < states["suppressed"] < states["measured"] / 20
    content = b"".join(path.read_bytes() for path in files(tmp_path, "mobile_presence"))
    shown = [line.rpartition(b",")[2] for line in content.splitlines()[1:]]
    assert min(int(one) for one in shown if one.isdigit()) >= threshold_of(town)


def test_all_live_somewhere_and_a_crowd_is_counted_in_the_zone_it_walks_through(city: City) -> None:
    assert residents(city).sum() == pytest.approx(city.simulation["inhabitants"])
    on = march_day(city)
    day = simulate_day(city, on).day
    one = next(each for each in gatherings(city, day) if each.route and each.on == on)
    at = np.arange(one.starts_s, one.ends_s, 600)
    counted, zones = crowd_in_zones(city, day, at), city.zone(*middle(city, one, at).T)
    assert all(counted[row, zone] > 0 for row, zone in enumerate(zones.tolist()) if zone >= 0)


@DAYS
def test_passages_are_counted_and_what_the_law_forbids_is_refused(on: date, town: City, tmp_path: Path) -> None:
    found = told(town, "onvif_events", on, tmp_path)
    noticed = notices(town, simulate_day(town, on).day)
    by_nature = Counter(one.nature for one in noticed)
    refused = [one for one in found if one.violations]
    assert {violation.rule for one in refused for violation in one.violations} <= {"forbidden"}
    assert len(refused) == by_nature["forbidden"] > 0
    assert not any(b"PlateNumber" in bytes(one.message.value) for one in refused)
    assert len(found) == len(noticed)
    counts = rows_of(found, "silver.crowd_count")
    assert Counter(
        (row["counter_id"], row["counted_unit_code"], seconds(row["measured_from_at"]))
        for row in counts
        if row["counted_count"] == 1
    ) == Counter(
        (f"onvif:camera-{one.camera:04d}-main", one.what, one.at_s // 60 * 60)
        for one in noticed
        if one.nature == "passage"
    )
    assert len({row["count_id"] for row in counts}) == len(counts)
    assert sum(row["counted_count"] == 0 for row in counts) == by_nature["state"] == len(counting(town))
    detections = rows_of(found, "silver.sensor_detection")
    assert Counter((row["detection_code"], seconds(row["observed_at"])) for row in detections) == Counter(
        (one.what, one.at_s) for one in noticed if one.nature == "device"
    )


def test_more_pass_before_a_camera_in_a_crowd(city: City) -> None:
    at, compared = counting(city), 0
    for ahead in range(7, 28):
        day, before = (simulate_day(city, DAY + timedelta(days=ahead - ago)).day for ago in (0, 7))
        (begins, rates), (_, week_before) = expected(city, day), expected(city, before)
        seen = city.simulation["sensors"]["counting"]["sees_m"]
        people, then = (
            crowd_near(city, one, begins - day.starts_s + one.starts_s + 450, at[:, 0], at[:, 1], seen)
            for one in (day, before)
        )
        only_now = (people > 200) & (then == 0)
        assert (rates[only_now] > 1.99 * week_before[only_now]).all()
        same = (people == 0) & (then == 0)
        assert np.allclose(rates[same], week_before[same])
        compared += int(only_now.sum())
    assert compared


def test_sounds_are_read_under_a_decision_only(city: City, tmp_path: Path) -> None:
    name = "sound_events"
    assert name not in usual_writers()
    assert name in writers()
    facts = simulate_day(city, DAY)
    write(city, DAY, DAY, tmp_path, {name: writers()[name]})
    profile = city.simulation.city
    decision = Authorisation("made for the test", "nobody", DAY, date(2026, 6, 2))
    source = profile.source(name)
    source = replace(source, authorisation=decision, settings={**source.settings, "enabled": True})
    connector = registry.load(name)(source, profile)
    (file,) = files(tmp_path, name)
    found = list(outcomes(connector, Payload(file.read_bytes(), "file:sounds", datetime(2026, 5, 6, tzinfo=UTC))))
    assert not [one for one in found if one.violations]
    alerts, at = facts.sound_alerts, microphones(city)
    columns = [alerts[column].tolist() for column in ("alert_id", "sensor", "event", "at_s", "confidence")]
    truth = {row[0]: row[1:] for row in zip(*columns, strict=True)}
    rows = rows_of(found, "silver.sensor_detection")
    assert len(rows) == len(truth) > 0
    for row in rows:
        sensor, event, moment, confidence = truth[row["detection_id"].partition("-")[2].partition("-")[2]]
        assert row["sensor_id"] == f"sound:mic-{sensor:03d}"
        assert (row["source_label"], seconds(row["observed_at"])) == (event, moment)
        assert row["confidence_ratio"] == confidence
        assert (row["longitude"], row["latitude"]) == tuple(round(value, 6) for value in at[sensor].tolist())


def test_most_alerts_on_shots_are_of_something_else(city: City) -> None:
    days = [simulate_day(city, DAY + timedelta(days=ahead)).sound_alerts for ahead in range(30)]
    shots = np.concatenate([day["incident_id"][day["event"] == "Gunshot, gunfire"] for day in days])
    assert len(shots) > 30
    assert np.mean(shots == "") == pytest.approx(0.909, abs=0.08)


@DAYS
def test_traffic_is_read_as_measured(on: date, town: City, tmp_path: Path) -> None:
    found = told(town, "datex2_measured_data", on, tmp_path)
    assert not [one for one in found if one.violations]
    measured = traffic(town, simulate_day(town, on))
    rows = {
        (row["counting_site_id"], row["channel_number"], seconds(row["period_started_at"])): row
        for row in rows_of(found, "silver.traffic_measure")
    }
    assert len(rows) == len(found) == 3 * measured.flow.size
    for period, at in enumerate(measured.from_s.tolist()):
        for site in range(measured.flow.shape[1]):
            flow, speed, occupancy = (
                rows[f"datex2:fr-SIMULATED-{site_name(site)}", channel, at] for channel in (1, 2, 3)
            )
            for value, truth in (
                (flow["flow_vehicles_per_hour"], measured.flow[period, site]),
                (speed["mean_speed_kmh"], measured.speed_kmh[period, site]),
                (occupancy["road_occupancy_ratio"], measured.occupancy_percent[period, site] / 100),
            ):
                assert value is None if np.isnan(truth) else value == pytest.approx(truth)


def test_traffic_is_held_up_by_what_happens_and_by_closed_streets(city: City) -> None:
    facts = simulate_day(city, DAY)
    x, y = (float(value) for value in sites(city)[0])
    usual = traffic(city, facts)
    assert usual.left.min() < 1
    happened = {name: values.copy() for name, values in facts.incidents.items()}
    row = int(np.flatnonzero(happened["category"] == CATEGORIES.index("collision"))[0])
    happened["longitude"][row], happened["latitude"][row] = x, y
    happened["occurred_s"][row], happened["ended_s"][row] = facts.day.at(10), facts.day.at(11)
    held = traffic(city, replace(facts, incidents=happened))
    rest = city.simulation["sensors"]["traffic"]["slowed_by"]["collision"]
    during = (held.from_s >= facts.day.at(10)) & (held.from_s < facts.day.at(11))
    assert during.sum() >= 4
    assert (held.left[during, 0] <= rest + 1e-9).all()
    assert np.nanmean(held.flow[during, 0]) < np.nanmean(usual.flow[during, 0]) * 0.85
    assert np.nanmean(held.speed_kmh[during, 0]) < np.nanmean(usual.speed_kmh[during, 0]) * 0.85
    assert (held.left[~during, 0] >= usual.left[~during, 0]).all()


def test_a_closed_street_lets_a_tenth_through(city: City) -> None:
    days = (DAY + timedelta(days=ahead) for ahead in range(60))
    at, step = sites(city), 60 * city.simulation["sensors"]["traffic"]["every_minutes"]
    for facts in (simulate_day(city, on) for on in days):
        for one in born(city, facts.day.date):
            metres = city.metres(at[:, 0], at[:, 1], one.longitude, one.latitude)
            near = np.flatnonzero(metres <= one.radius_m)
            if one.closes_street and not one.route and len(near):
                measured = traffic(city, facts)
                inside = (measured.from_s >= one.setup_s) & (measured.from_s + step <= one.removed_s)
                assert (measured.left[np.ix_(inside, near)] <= 0.1 + 1e-9).all()
                return
    pytest.fail("no closed street beside a site in sixty days")


def test_streets_are_read_as_the_vehicle_found_them(town: City, tmp_path: Path) -> None:
    words: Any = town.simulation.city.source("road_survey").settings
    facts: DayFacts = simulate_day(town, DAY)
    found = told(town, "road_survey", DAY, tmp_path)
    assert not [one for one in found if one.violations]
    rows = {row["condition_id"]: row for row in rows_of(found, "silver.road_condition_observation")}
    truth = findings(town, facts)
    assert len(rows) == len(truth) >= town.simulation["sensors"]["survey"]["per_day"]
    for one in truth:
        row = rows[f"releve_marseille:{campaign(DAY)}-{DAY:%y%m%d}{one.number:03d}"]
        assert row["road_label"] == town.places.names[one.place]
        assert row["condition_grade"] == one.grade
        assert row["assessment_code"] == ("not_assessed" if one.grade is None else "assessed")
        assert row["damage_classes"] == (" ".join(one.damages) or None)
        if one.grade is not None:
            assert row["has_safety_damage"] is bool(set(one.damages) & set(words["safety_damages"]))
        assert seconds(row["surveyed_at"]) == one.at_s
        assert (row["longitude"], row["latitude"]) == (one.longitude, one.latitude)
    assert not any(b"SIMULE" in bytes(one.message.value) for one in found)


def test_each_street_has_its_turn_once_in_half_a_year(city: City) -> None:
    first = date(2026, 1, 1)
    passed: Counter[int] = Counter()
    potholes = 0
    for ahead in range(181):
        on = first + timedelta(days=ahead)
        if on.weekday() >= 5:
            continue
        passed.update(turn(city, on).tolist())
    streets = city.places.by_kind["street"]
    assert max(passed.values()) == 1
    assert len(passed) > 0.95 * len(streets)
    for ahead in range(5):
        facts = simulate_day(city, DAY + timedelta(days=ahead))
        for one in findings(city, facts):
            assert set(one.damages) <= {*DAMAGES[int(grades(city)[one.place])], POTHOLE}
            if POTHOLE in one.damages:
                potholes += 1
                hazards = facts.incidents["category"] == CATEGORIES.index("road_hazard")
                assert one.place in facts.incidents["place"][hazards]
    assert potholes
