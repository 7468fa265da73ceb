"""One weather, told by four sources that agree; warnings follow what will hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.city import City
from simulator.day import day_of, specials
from simulator.output import write
from simulator.wire import writers
from simulator.wire.meteofrance_rain import AHEAD_MINUTES, intensity, place
from tests.simulator.reading import files, read, seconds

INTENSITIES = ("none", "light", "moderate", "heavy")
NIGHTS = [date(2026, 3, 29), date(2026, 10, 25)]


def told(city: City, name: str, on: date, folder: Path, days: int = 1) -> list[dict[str, Any]]:
    """Rows of some days, none of which is refused."""
    write(city, on, on + timedelta(days=days - 1), folder / name / str(on), {name: writers()[name]})
    found = list(read(city, name, files(folder / name / str(on), name)))
    assert not [one for one in found if one.violations]
    return [dict(one.row or {}) for one in found]


def special(city: City, name: str) -> date:
    return next(one.first for year in range(2020, 2040) for one in specials(city, year) if one.name == name)


def wet_day(city: City) -> date:
    days = (date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(365))
    return next(on for on in days if day_of(city, on).holds["rain"].any() and not day_of(city, on).specials)


def some_days(city: City) -> list[date]:
    return [*NIGHTS, special(city, "storm"), wet_day(city)]


def test_the_station_agrees_with_the_aerodrome(town: City, tmp_path: Path) -> None:
    seen = set()
    for on in some_days(town):
        reports = {seconds(row["observed_at"]): row for row in told(town, "metar_reports", on, tmp_path)}
        observations = told(town, "meteofrance_synop", on, tmp_path)
        day = day_of(town, on)
        assert [seconds(row["observed_at"]) for row in observations] == [at for at in reports if at % 10800 == 0]
        for row in observations:
            report, hour = reports[seconds(row["observed_at"])], (seconds(row["observed_at"]) - day.starts_s) // 3600
            assert row["temperature_c"] == pytest.approx(day.temperature_c[hour], abs=0.006)
            assert report["temperature_c"] == pytest.approx(row["temperature_c"], abs=0.51)
            assert row["wind_speed_ms"] == pytest.approx(report["wind_speed_ms"], abs=0.06)
            assert row["wind_direction_deg"] == report["wind_direction_deg"]
            assert (row["wind_gust_ms"] is None) == (report["wind_gust_ms"] is None)
            assert row["sea_level_pressure_pa"] == report["altimeter_setting_pa"]
            seen.add(row["present_weather_code"])
    assert seen == {"0", "61", "95"}


def test_rain_of_three_hours_is_what_fell_in_them_also_over_midnight(town: City, tmp_path: Path) -> None:
    traces = 0
    for on in some_days(town):
        before, day = day_of(town, on - timedelta(days=1)), day_of(town, on)
        fallen = np.concatenate([before.rain_mm, day.rain_mm])
        for row in told(town, "meteofrance_synop", on, tmp_path):
            until = (seconds(row["observed_at"]) - before.starts_s) // 3600
            expected = fallen[until - 3 : until].sum()
            assert row["precipitation_3h_mm"] == pytest.approx(0 if expected < 0.1 else expected, abs=0.051)
            traces += row["has_trace_precipitation"]
    assert traces, "a trace is told as one and read as nothing"


def test_a_forecast_begins_with_the_rain_that_falls(town: City, tmp_path: Path) -> None:
    wrong = 0
    for on in some_days(town):
        day, following = day_of(town, on), day_of(town, on + timedelta(days=1))
        falls = np.concatenate([day.rain_mm, following.rain_mm])
        rows = told(town, "meteofrance_rain", on, tmp_path)
        assert len(rows) == len(day.hours) * 4 * len(AHEAD_MINUTES)
        for row in rows:
            truth = INTENSITIES[intensity(falls, seconds(row["forecast_at"]) - day.starts_s) - 1]
            is_now = row["forecast_at"] == row["issued_at"]
            assert not is_now or row["rain_intensity_code"] == truth
            assert abs(INTENSITIES.index(row["rain_intensity_code"]) - INTENSITIES.index(truth)) <= 1
            wrong += row["rain_intensity_code"] != truth
            assert (row["longitude"], row["latitude"]) == place(town) == (5.3698, 43.2965)
    assert wrong
    storm = day_of(town, special(town, "storm"))
    assert intensity(storm.rain_mm, 15 * 3600) == 4


@pytest.mark.parametrize(
    ("name", "phenomenon", "level"), [("storm", "thunderstorm", "red"), ("heat_wave", "heat", "orange")]
)
def test_colours_follow_what_holds_and_are_told_the_day_before(
    name: str, phenomenon: str, level: str, town: City, tmp_path: Path
) -> None:
    first = special(town, name)
    rows = told(town, "meteofrance_vigilance", first - timedelta(days=1), tmp_path, days=2)
    day = day_of(town, first)
    held = {day.starts_s + 3600 * hour for hour in np.flatnonzero(day.holds[name]).tolist()}
    for row in rows:
        assert row["area_codes"] == "insee_dep:13"
        hours = set(range(seconds(row["starts_at"]), seconds(row["ends_at"]), 3600))
        if day.starts_s <= seconds(row["starts_at"]) < day.ends_s and row["phenomenon_code"] == phenomenon:
            assert row["warning_level_code"] in (level, "green")
            assert hours <= held if row["warning_level_code"] == level else not hours & held
        elif row["warning_level_code"] != "green":
            assert row["phenomenon_code"] == phenomenon, "the next day's heat alone may follow"
    warned = [row for row in rows if row["warning_level_code"] == level and seconds(row["starts_at"]) in held]
    issued = {datetime.fromtimestamp(seconds(row["issued_at"]), UTC).date() for row in warned}
    assert {first - timedelta(days=1), first} <= issued
    bulletins = {row["message_id"] for row in rows}
    assert len(bulletins) == 4
    for bulletin in bulletins:  # every hour from the bulletin on has one colour
        mine = [row for row in rows if row["message_id"] == bulletin and row["phenomenon_code"] == phenomenon]
        ends = [seconds(row["ends_at"]) for row in mine]
        assert [seconds(row["starts_at"]) for row in mine[1:]] == ends[:-1]
        assert seconds(mine[0]["starts_at"]) == seconds(mine[0]["issued_at"])


@pytest.mark.parametrize(("on", "hours"), [(NIGHTS[0], 23), (NIGHTS[1], 25)])
def test_the_long_and_the_short_day_are_told_whole(on: date, hours: int, town: City, tmp_path: Path) -> None:
    assert len(told(town, "meteofrance_rain", on, tmp_path)) == hours * 4 * len(AHEAD_MINUTES)
    warnings = [row for row in told(town, "meteofrance_vigilance", on, tmp_path) if row["phenomenon_code"] == "wind"]
    whole = [seconds(row["ends_at"]) - seconds(row["starts_at"]) for row in warnings]
    assert max(whole) == 24 * 3600, "the day after"
    assert min(whole) == 8 * 3600, "from four in the afternoon to midnight"
    assert len({row["observation_id"] for row in told(town, "meteofrance_synop", on, tmp_path)}) == 8
