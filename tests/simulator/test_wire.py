"""What is written is read: by the real connectors, without a loss, and as the source saw it."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from connectors.sdk import registry
from connectors.sdk.element import Payload
from connectors.sdk.judge import outcomes
from schemas.isolation import Authorisation
from simulator.chance import taken
from simulator.city import CATEGORIES, City
from simulator.day import specials
from simulator.facts import DayFacts, simulate_day
from simulator.feeds import patrols_of, sites_of
from simulator.output import write
from simulator.truth.buses import trips
from simulator.truth.hospital import MODES
from simulator.truth.units import tracks
from simulator.wire import writers
from simulator.wire._told import Told, told_by
from tests.simulator.reading import files, read, rows_of, seconds

DAY = date(2026, 5, 1)
AUTUMN = date(2026, 10, 25)
REPORTING = ("cisu_emsi", "cisu_rc_eda", "municipal_logbook", "open311_requests")
STATES = {
    "cisu_emsi": {"open": "in_progress"}, "municipal_logbook": {"open": "in_progress"}, "cisu_rc_eda": {},
    "open311_requests": {},
}  # fmt: skip


@pytest.fixture(scope="module")
def written(town: City, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulated")
    write(town, DAY, DAY, folder, writers())
    return folder


@pytest.fixture(scope="module")
def facts(town: City) -> DayFacts:
    return simulate_day(town, DAY)


def test_every_source_of_the_profile_has_a_writer_and_every_writer_a_connector(town: City) -> None:
    assert set(town.simulation["sources"]) <= set(writers())
    for name in writers():
        assert registry.load(name).__name__
        assert town.simulation.city.source(name)


@pytest.mark.parametrize("name", REPORTING)
def test_all_reports_are_read_but_those_planted_spoilt(name: str, town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, name, files(written, name)))
    told = list(told_by(facts, name))
    spoilt = {row.report_id for row in told if row.is_spoilt}
    assert spoilt
    refused = [one for one in found if one.violations]
    if name != "cisu_emsi":  # there, messages on units repeat the case
        assert len(found) == len(told)
        assert len(refused) == sum(row.is_spoilt for row in told)
    read_ids = {row["report_id"] for row in rows_of(found, "silver.incident_report")}
    assert {row.report_id for row in told if not row.is_spoilt} <= read_ids
    assert read_ids <= {row.report_id for row in told}
    assert {violation.rule for one in refused for violation in one.violations} <= {"pattern", "type", "time_zone"}


@pytest.mark.parametrize("name", REPORTING)
def test_a_report_is_read_as_its_source_saw_it(name: str, town: City, facts: DayFacts, written: Path) -> None:
    profile = town.simulation.city
    versions: dict[str, list[Told]] = {}
    for version in told_by(facts, name):
        versions.setdefault(version.report_id, []).append(version)
    seen: Counter[tuple[str, int]] = Counter()
    for row in rows_of(list(read(town, name, files(written, name))), "silver.incident_report"):
        as_told = _matching(name, versions[row["report_id"]], row)
        seen[as_told.report_id, as_told.version] += 1
        assert seconds(row["occurred_at"]) == as_told.occurred_s
        assert (row["source_category"], row.get("source_subcategory") or "") == (as_told.word, as_told.second_word)
        status = "open" if name == "cisu_rc_eda" and as_told.status == "closed" else as_told.status
        assert row["status_code"] == STATES[name].get(status, status)
        assert bool(row.get("is_exercise")) == (as_told.nature == "exercise" and name.startswith("cisu"))
        counted = profile.source(name).category(row["source_category"], row.get("source_subcategory"), DAY)
        assert counted == CATEGORIES[_category(facts, as_told)]
        if as_told.longitude is None or as_told.latitude is None:
            assert row["longitude"] is row["location_precision_m"] is None
        else:
            tolerance = 0.00051 if name.startswith("cisu") else 2e-7  # the hub's places are cut to three decimals
            assert row["longitude"] == pytest.approx(as_told.longitude, abs=tolerance)
            assert row["latitude"] == pytest.approx(as_told.latitude, abs=tolerance)
            assert row["location_precision_m"] == as_told.precision_m
    readable = {(one.report_id, one.version) for some in versions.values() for one in some if not one.is_spoilt}
    assert set(seen) == readable


def _matching(name: str, versions: list[Told], row: dict[str, Any]) -> Told:
    """The version a row tells: by when it was told, or by what it says where the source does not say when."""
    if row.get("source_updated_at"):
        return [one for one in versions if one.told_s <= seconds(row["source_updated_at"])][-1]
    (found,) = {
        one.version: one
        for one in versions
        if STATES[name].get(one.status, one.status) == row["status_code"] and _says(one, row)
    }.values()
    return found


def _says(one: Told, row: dict[str, Any]) -> bool:
    near = row["longitude"] is one.longitude is None or (
        None not in (row["longitude"], one.longitude) and abs(row["longitude"] - (one.longitude or 0)) < 1e-6
    )
    return bool(near) and one.word == row["source_category"]


def _category(facts: DayFacts, row: Told) -> int:
    found = facts.reports
    rows = (found["report_id"] == row.report_id) & (found["version"] == row.version)
    return int(found["category"][rows][0])


def test_units_sent_are_read_with_their_instants(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "cisu_emsi", files(written, "cisu_emsi")))
    sent = facts.dispatches
    truth = {str(name): row for row, name in enumerate(sent["dispatch_id"])}
    incident_of = {row.report_id: row.incident_id for row in told_by(facts, "cisu_emsi")}
    dispatches = rows_of(found, "silver.unit_dispatch")
    assert dispatches
    for row in dispatches:
        number = truth[row["dispatch_id"].partition(f"{row['report_id'][5:]}-")[2].rpartition(f"-{row['unit_id']}")[0]]
        assert row["unit_id"] == sent["unit_id"][number]
        assert incident_of[row["report_id"]] == sent["incident_id"][number]
        assert seconds(row["dispatched_at"]) == sent["dispatched_s"][number]
        assert row["closed_at"] is None or seconds(row["closed_at"]) == sent["closed_s"][number]
    states = Counter(row["unit_status_code"] for row in rows_of(found, "silver.unit_status"))
    assert set(states) == {"on_scene", "available"}


def test_patrols_are_read_where_they_were(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "cot_events", files(written, "cot_events")))
    assert not [one for one in found if one.violations]
    truth = {
        (f"cot:{sha256(f'SIMULATED-{track.unit_id}'.encode()).hexdigest()[:16]}", int(at)): (x, y)
        for track in tracks(town, facts.day, facts.dispatches, "police", patrols_of(town, "cot_events"))
        for at, x, y in zip(track.at_s, track.longitude, track.latitude, strict=True)
    }
    rows = rows_of(found, "silver.unit_status")
    assert {(r["unit_id"], seconds(r["observed_at"])): (r["longitude"], r["latitude"]) for r in rows} == truth


def test_buses_are_read_with_their_delays(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "gtfs_rt_trip_updates", files(written, "gtfs_rt_trip_updates")))
    assert found
    assert not [one for one in found if one.violations]
    timetables = [trips(town, facts.day, facts.disturbances, line) for line in range(8)]
    for row in rows_of(found, "silver.trip_delay"):
        line, trip = (int(part) for part in row["trip_id"].removeprefix("L").split("-"))
        assert row["arrival_delay_seconds"] == timetables[line].delay_s[trip, row["stop_sequence"] - 1]
        assert row["start_date"] == str(DAY)


def test_stays_are_read_without_the_patient(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "hl7v2_adt", files(written, "hl7v2_adt")))
    assert not [one for one in found if one.violations]
    rows = rows_of(found, "silver.hospital_arrival")
    told_here = taken(facts.arrivals, np.isin(facts.arrivals["site"], list(sites_of(town, "hl7v2_adt"))))
    quarter = told_here["arrived_s"] // 900 * 900
    truth = Counter(zip(quarter.tolist(), (MODES[mode] for mode in told_here["mode"]), strict=True))
    for status in ("arrived", "left"):
        told = [row for row in rows if row["arrival_status_code"] == status]
        assert Counter((seconds(row["arrived_at"]), row["arrival_mode_code"]) for row in told) == truth
    assert len({row["hospital_arrival_id"] for row in rows}) == len(told_here["site"])
    triages = Counter(row["source_triage"] for row in rows if row["arrival_status_code"] == "arrived")
    assert triages == Counter(f"ESI {triage}" for triage in told_here["triage"])
    assert not any(b"Nobody" in one.message.value for one in found)


def test_planned_occupations_are_read_without_their_set_up(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "icalendar_events", files(written, "icalendar_events")))
    assert not [one for one in found if one.violations]
    rows = {row["occupation_id"]: row for row in rows_of(found, "silver.planned_occupation")}
    assert set(rows) == {f"ical:{one.occupation_id}@simulated" for one in facts.occupations}
    for one in facts.occupations:
        row = rows[f"ical:{one.occupation_id}@simulated"]
        assert (seconds(row["starts_at"]), seconds(row["ends_at"])) == (one.starts_s, one.ends_s)
        assert row["occupation_kind_code"] == one.kind
        assert (row["longitude"], row["latitude"]) == (one.longitude, one.latitude)
        assert row["address"] == town.places.names[one.place]


def test_four_things_of_a_button_are_read_as_four(town: City, facts: DayFacts, written: Path) -> None:
    name = "emergency_buttons"
    found = list(read(town, name, files(written, name)))
    presses = {row.report_id: row for row in told_by(facts, name)}
    rows = {row["detection_id"]: row for row in rows_of(found, "silver.sensor_detection")}
    assert {key for key in rows if key in presses} == {key for key, row in presses.items() if not row.is_spoilt}
    assert len([one for one in found if one.violations]) == sum(row.is_spoilt for row in presses.values())
    for key, row in presses.items():
        if not row.is_spoilt:
            assert rows[key]["detection_code"] == ("button_test" if row.nature == "exercise" else "button_press")
            assert seconds(rows[key]["observed_at"]) == row.occurred_s
            assert (rows[key]["longitude"], rows[key]["latitude"]) == (row.longitude, row.latitude)
    others = Counter(row["source_label"] for key, row in rows.items() if key not in presses)
    assert others == Counter(facts.signals["event"])
    assert set(others) == {"heartbeat", "test", "fault"}


def test_alerts_of_cameras_are_read_under_a_decision_only(city: City, tmp_path: Path) -> None:
    name = "onvif_video_alerts"
    write(city, DAY, DAY, tmp_path, {name: writers()[name]})
    profile = city.simulation.city
    decision = Authorisation("made for the test", "nobody", DAY, date(2026, 5, 2))
    connector = registry.load(name)(replace(profile.source(name), authorisation=decision), profile)
    (file,) = files(tmp_path, name)
    found = list(outcomes(connector, Payload(file.read_bytes(), "file:alerts", datetime(2026, 5, 2, tzinfo=UTC))))
    assert not [one for one in found if one.violations]
    alerts = simulate_day(city, DAY).video_alerts
    truth = zip(alerts["camera"], alerts["video_category"], alerts["at_s"], alerts["confidence"], strict=True)
    assert Counter(
        (row["sensor_id"], row["video_category_code"], seconds(row["observed_at"]), row["confidence_ratio"])
        for row in rows_of(found, "isolated.video_alert")
    ) == Counter((f"onvif:camera-{camera:04d}-main", event, at, sure) for camera, event, at, sure in truth)


def test_events_of_the_road_are_read_as_the_operator_saw_them(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "datex2_situations", files(written, "datex2_situations")))
    told = {(row.report_id, row.version): row for row in told_by(facts, "datex2_situations")}
    works = {f"datex2:fr-SIMULATED-{one.occupation_id}": one for one in facts.occupations if one.kind == "works"}
    assert works
    readable = {key for key, row in told.items() if not row.is_spoilt} | {(name, 1) for name in works}
    rows = rows_of(found, "silver.road_event")
    assert {(row["road_event_id"], row["record_version"]) for row in rows} == readable
    assert len([one for one in found if one.violations]) == len(told) + len(works) - len(readable)
    for row in rows:
        if row["road_event_id"] in works:
            one = works[row["road_event_id"]]
            assert (seconds(row["starts_at"]), seconds(row["ends_at"])) == (one.setup_s, one.removed_s)
            assert row["event_type_code"] == "roadworks"
            continue
        as_told = told[row["road_event_id"], row["record_version"]]
        assert seconds(row["starts_at"]) == as_told.occurred_s
        assert (row["longitude"], row["latitude"]) == (as_told.longitude, as_told.latitude)
        assert row["source_type"] == as_told.word
        status = {"open": "scheduled", "closed": "ended", "cancelled": "cancelled"}[as_told.status]
        assert row["event_status_code"] == status
        assert row["is_exercise"] is (as_told.nature == "exercise")
    occupied = {row["occupation_id"] for row in rows_of(found, "silver.planned_occupation")}
    assert occupied == set(works)


@pytest.mark.parametrize(
    ("name", "phenomenon", "level"), [("storm", "thunderstorm", "red"), ("heat_wave", "heat", "orange"),
                                      ("crisis", "other", None)],
)  # fmt: skip
def test_warnings_are_read(name: str, phenomenon: str, level: str | None, town: City, tmp_path: Path) -> None:
    found = [one for year in range(2020, 2030) for one in specials(town, year) if one.name == name]
    write(town, found[0].first, found[0].first, tmp_path, {"cap_alerts": writers()["cap_alerts"]})
    outcome = list(read(town, "cap_alerts", files(tmp_path, "cap_alerts")))
    assert not [one for one in outcome if one.violations]
    (row,) = (row for row in rows_of(outcome, "silver.weather_warning") if name in str(row["warning_id"]))
    assert (row["phenomenon_code"], row["warning_level_code"]) == (phenomenon, level)
    assert seconds(row["starts_at"]) < seconds(row["ends_at"])


def test_the_weather_is_read_by_the_hour(town: City, facts: DayFacts, written: Path) -> None:
    found = list(read(town, "metar_reports", files(written, "metar_reports")))
    assert not [one for one in found if one.violations]
    rows = rows_of(found, "silver.weather_observation")
    told = {seconds(row["observed_at"]): row["temperature_c"] for row in rows}
    starts = facts.day.starts_s
    assert told == {starts + 3600 * hour: round(value) for hour, value in enumerate(facts.day.temperature_c.tolist())}


def test_the_hour_that_the_clock_shows_twice_is_told_once(town: City, tmp_path: Path) -> None:
    facts = simulate_day(town, AUTUMN)
    write(town, AUTUMN, AUTUMN, tmp_path, {"municipal_logbook": writers()["municipal_logbook"]})
    told = {row.report_id: row for row in told_by(facts, "municipal_logbook")}
    found = list(read(town, "municipal_logbook", files(tmp_path, "municipal_logbook")))
    for row in rows_of(found, "silver.incident_report"):
        assert seconds(row["occurred_at"]) == told[row["report_id"]].occurred_s
    assert len(facts.day.hours) == 25
    assert np.bincount(facts.day.hours)[2] == 2
