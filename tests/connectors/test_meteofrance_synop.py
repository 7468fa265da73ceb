"""The traps of the SYNOP files."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

WEATHER = "silver.weather_observation"
NATIVE = (
    "numer_sta;date;pmer;tend;cod_tend;dd;ff;t;td;u;vv;ww;w1;w2;n;nbas;hbas;cl;cm;ch;pres;raf10;rafper;rr1;rr3;\n"
    "07650;20240115060000;101320;-40;8;350;7.200000;277.150000;271.350000;66;30000;2;mq;mq;25;0;mq;30;20;10;"
    "101250;11.800000;12.100000;-0.100000;mq;\n"
)


@pytest.fixture
def source(recorded: Callable[[str], Any]) -> Any:
    """The connector with its recordings."""
    return recorded("meteofrance_synop")


def changed(source: Any, changes: dict[str, str]) -> bytes:
    """The fourth line of the slice with some fields changed; of a doubled title the first."""
    header, *lines = csv.reader(io.StringIO(source.slice.decode("utf-8-sig"), newline=""), delimiter=";")
    line = lines[3]
    for title, value in changes.items():
        line[header.index(title)] = value
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";", lineterminator="\n").writerows([header, line])
    return out.getvalue().encode("utf-8-sig")


def one(source: Any, content: bytes) -> dict[str, Any]:
    """The only row of the content."""
    ((_, row),) = source.read(content).accepted
    return dict(row)


def test_trace_of_rain_is_no_negative_rain(source: Any) -> None:
    """-0.1 mm occurs 163 times for one hour and 197 times for three."""
    rows = source.full.rows(WEATHER)
    assert min(row["precipitation_1h_mm"] for row in rows if row["precipitation_1h_mm"] is not None) == 0
    assert min(row["precipitation_3h_mm"] for row in rows if row["precipitation_3h_mm"] is not None) == 0
    assert source.recording.count(b";-0.1;") > 0
    elements = [e.value for e in source.connector.split(source.payload(source.recording))]
    hour = [e["Précipitations dans la dernière heure"] == "-0.1" for e in elements]
    three = [e["Précipitations dans les 3 dernières heures"] == "-0.1" for e in elements]
    assert (sum(hour), sum(three)) == (163, 197)
    assert [row["has_trace_precipitation"] is True for row in rows] == [
        a or b for a, b in zip(hour, three, strict=True)
    ]


def test_trace_is_unknown_when_no_rain_was_measured(source: Any) -> None:
    """No measurement is not "no trace"."""
    row = one(
        source,
        changed(
            source,
            {"Précipitations dans la dernière heure": "", "Précipitations dans les 3 dernières heures": ""},
        ),
    )
    assert {"precipitation_1h_mm", "precipitation_3h_mm", "has_trace_precipitation"}.isdisjoint(row)


def test_kelvin_column_is_read_and_not_its_celsius_twin(source: Any) -> None:
    """The column in degrees Celsius may say anything."""
    row = one(source, changed(source, {"Température": "290.15", "Température (°C)": "99"}))
    assert row["temperature_c"] == 17.0


def test_celsius_agrees_with_the_source_own_conversion(source: Any) -> None:
    """Over the whole recording, to a hundredth of a degree."""
    theirs = [float(e.value["Température (°C)"]) for e in source.connector.split(source.payload(source.recording))]
    ours = [row["temperature_c"] for row in source.full.rows(WEATHER)]
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 0.005


def test_code_is_read_where_a_title_occurs_twice(source: Any) -> None:
    """The first "Temps présent" is the code, the second its text."""
    assert all(row["present_weather_code"].isdigit() for row in source.full.rows(WEATHER))


def test_percentages_become_shares(source: Any) -> None:
    """Humidity and cloud cover lie between 0 and 1."""
    rows = source.full.rows(WEATHER)
    assert max(row["humidity_ratio"] for row in rows) == 0.98
    assert {0.0, 0.1, 0.25, 0.9, 1.0} <= {row["cloud_cover_ratio"] for row in rows}
    assert sum(row["cloud_cover_ratio"] is None for row in rows) == 42


def test_night_of_25_hours_keeps_its_observations_apart(source: Any) -> None:
    """Offsets differ on the night the clocks change: the instants stay three hours apart."""
    for day, instants in {
        "2023-10-29": ["2023-10-29T00:00:00Z", "2023-10-29T03:00:00Z"],
        "2024-10-27": ["2024-10-27T00:00:00Z", "2024-10-27T03:00:00Z"],
        "2024-03-31": ["2024-03-31T00:00:00Z", "2024-03-31T03:00:00Z"],
    }.items():
        found = sorted(r["observed_at"] for r in source.full.rows(WEATHER) if r["observed_at"].startswith(day))
        assert found[:2] == instants


def test_key_is_station_and_instant(source: Any) -> None:
    """The same observation written with another offset is the same one."""
    winter = one(source, changed(source, {"Date": "2024-12-04T10:00:00+01:00"}))
    utc = one(source, changed(source, {"Date": "2024-12-04T09:00:00+00:00"}))
    assert winter["observation_id"] == utc["observation_id"] == "synop:07690:2024-12-04T09:00:00Z"


def test_byte_order_mark_hides_no_column(source: Any) -> None:
    """With and without it the station is found."""
    content = changed(source, {})
    assert content.startswith(b"\xef\xbb\xbf")
    assert one(source, content) == one(source, content[3:])


def test_native_file_is_read_alike(source: Any) -> None:
    """Short names, compact UTC dates, `mq` for missing, a trailing semicolon."""
    assert one(source, NATIVE.encode()) == {
        "observation_id": "synop:07650:2024-01-15T06:00:00Z",
        "station_id": "synop:07650",
        "observed_at": "2024-01-15T06:00:00Z",
        "temperature_c": 4.0,
        "dew_point_c": -1.8,
        "humidity_ratio": 0.66,
        "wind_speed_ms": 7.2,
        "wind_gust_ms": 11.8,
        "wind_direction_deg": 350,
        "sea_level_pressure_pa": 101_320,
        "station_pressure_pa": 101_250,
        "visibility_m": 30_000,
        "precipitation_1h_mm": 0.0,
        "has_trace_precipitation": True,
        "present_weather_code": "2",
        "cloud_cover_ratio": 0.25,
    }


def test_native_file_without_a_column_is_refused(source: Any) -> None:
    """A renamed column never shifts another into its place."""
    reading = source.read(NATIVE.replace(";pres;", ";pression;").encode())
    assert [(rule, column) for _, _, rule, column in reading.refused] == [("shape", "pres")]


def test_native_line_kept_in_bronze_is_read_again(source: Any) -> None:
    """Replay knows the dialect of what was kept."""
    (element,) = source.connector.split(source.payload(NATIVE.encode()))
    assert source.connector.reread(source.connector.text(element)).value == element.value


def test_a_station_number_that_lost_its_zero_is_the_same_station(source: Any) -> None:
    """Spreadsheets drop it."""
    assert one(source, NATIVE.replace("07650;", "7650;").encode())["station_id"] == "synop:07650"
